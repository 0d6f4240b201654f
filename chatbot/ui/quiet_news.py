"""Waits for what a model writes of a conversation in quiet moments, so that the page shows it at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from chatbot.history.quiet_work import QuietWork

LONGEST_WAIT = 120.0
"""Seconds; what is written later is shown when the page is drawn the next time."""


async def written(quiet: QuietWork | None, conversation: str | None) -> AsyncIterator[None]:
    """Yield whenever there is something new to show of a conversation; holds no thread meanwhile."""
    if quiet is None or conversation is None:
        return
    waiting = {asyncio.wrap_future(found) for found in quiet.coming(conversation)}
    while waiting:
        done, waiting = await asyncio.wait(waiting, timeout=LONGEST_WAIT, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return
        if any(found.result() for found in done):
            yield
