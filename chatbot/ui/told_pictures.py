"""What pictures show, shown again once it is told in the person's language."""

from __future__ import annotations

from anyio import to_thread

from chatbot.ui.chat_handlers import ChatHandlers
from chatbot.ui.quiet_news import written
from chatbot.ui.tab_session import Session, Visitor
from chatbot.ui.transcript import Message


async def retold(handlers: ChatHandlers, visitor: Visitor, session: Session) -> list[Message] | None:
    """Wait, without holding a thread, until captions are translated; return what the chat shows then.

    None where none were translated, or the tab shows another conversation by then, or this one is being
    answered.
    """
    conversation = session.conversation
    if handlers.quiet is None or conversation is None:
        return None
    coming = handlers.quiet.captions.coming(conversation)
    if coming is None:
        return None
    async for _ in written([coming]):
        if session.conversation == conversation and handlers.running.get(conversation) is None:
            return await to_thread.run_sync(handlers.messages, visitor, session)
    return None
