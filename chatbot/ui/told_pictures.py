"""Waits, without holding a thread, until what pictures show is told in the person's language."""

from __future__ import annotations

import asyncio

from chatbot.history.caption_translations import CaptionTranslations
from chatbot.ui.follow_ups import LONGEST_WAIT
from chatbot.ui.tab_session import Session


async def translated(captions: CaptionTranslations | None, session: Session) -> bool:
    """Return once the captions of the tab's conversation are translated; whether there are new ones.

    Args:
        captions: Translates them; None where nothing does.
        session: The tab.
    """
    if captions is None or session.conversation is None:
        return False
    coming = captions.coming(session.conversation)
    if coming is None:
        return False
    done, _ = await asyncio.wait([asyncio.wrap_future(coming)], timeout=LONGEST_WAIT)
    return any(future.result() for future in done)
