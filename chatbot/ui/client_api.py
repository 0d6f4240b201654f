"""Two endpoints for programs: `chat` answers a message, `conversations` lists what is kept.

client = gradio_client.Client(url)
for state in client.submit("Hello", [], None, api_name="/chat"): ...
client.predict("Hello", [handle_file("cat.jpg")], None, api_name="/chat")
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from chatbot.history import LOCAL_USER, TurnRecord
from chatbot.turn.options import TurnOptions
from chatbot.ui.chat_handlers import ChatHandlers
from chatbot.ui.tab_session import Session, Visitor
from pipelines.core.errors import TrioError

LIST_LIMIT = 1000
_SILENT = TurnOptions(speak=False)


def add_endpoints(handlers: ChatHandlers, usual: TurnOptions) -> None:
    """Add the endpoints to the page that is open; replies are not spoken."""
    options = dataclasses.replace(usual, speak=False)

    def chat(
        text: str, files: list[dict[str, Any]], conversation: str | None, request: gr.Request
    ) -> Iterator[dict[str, Any]]:
        """Answer a message and yield the state of the answer; the last one is whole.

        Args:
            text: The message.
            files: Uploaded pictures and recordings.
            conversation: Id of the conversation to go on with; None for a new one.
            request: Who asks.
        """
        yield from chat_states(handlers, visitor_of_program(request), text, files, conversation, options)

    def conversations(limit: int, offset: int, request: gr.Request) -> list[dict[str, Any]]:
        """List kept conversations, the one changed last first."""
        history = handlers.stores.kept
        if history is None:
            return []
        limit, offset = min(max(limit, 0), LIST_LIMIT), max(offset, 0)
        conversations = history.conversations(visitor_of_program(request).user, limit=limit, offset=offset)
        return [
            {"id": r.id, "title": r.title, "turns": r.turns, "updated_at": r.updated_at.isoformat()}
            for r in conversations
        ]

    gr.api(chat, api_name="chat", concurrency_limit=None)
    gr.api(conversations, api_name="conversations", concurrency_limit=None)


def visitor_of_program(request: gr.Request) -> Visitor:
    """Return who is behind a call; each call counts as a tab of its own."""
    return Visitor(request.username or LOCAL_USER, f"call-{uuid.uuid4().hex}")


def chat_states(
    handlers: ChatHandlers,
    visitor: Visitor,
    text: str,
    files: list[Any],
    conversation: str | None,
    options: TurnOptions = _SILENT,
) -> Iterator[dict[str, Any]]:
    """Answer a message; yield `{conversation, turn, status, text}` as it grows.

    Raises:
        gr.Error: with the reason, where the message is not taken.
    """
    session = Session()
    try:
        paths = [uploaded_path(item, session) for item in files]
        if conversation:
            if handlers.stores.kept is None:
                raise gr.Error(session.words.history.actions.missing, print_exception=False)
            handlers.stores.kept.conversation(visitor.user, conversation)
            session.show(conversation)
        sent = handlers.send(visitor, session, {"text": text, "files": paths})
        if not sent.taken:
            raise gr.Error(sent.hint, print_exception=False)
        asked = _last(handlers, visitor, session)
        for messages, _ in handlers.answer(visitor, session, options):
            text = "".join(part for part in messages[-1]["content"] if isinstance(part, str))
            yield {**_state(asked), "text": text}
        yield _state(_last(handlers, visitor, session))
    except TrioError as error:
        raise gr.Error(str(error), print_exception=False) from error
    finally:
        handlers.leave(visitor.tab)


def uploaded_path(item: Any, session: Session) -> str:
    """Return the path of a file that was uploaded to the page, and of no other."""
    path = item.get("path") if isinstance(item, dict) else None
    if isinstance(path, str):
        real = Path(path).resolve()
        if real.is_file() and real.is_relative_to(Path(get_upload_folder()).resolve()):
            return str(real)
    raise gr.Error(session.words.history.actions.not_yours, print_exception=False)


def _last(handlers: ChatHandlers, visitor: Visitor, session: Session) -> TurnRecord:
    assert session.conversation is not None
    return handlers.history(session).path(visitor.user, session.conversation)[-1]


def _state(turn: TurnRecord) -> dict[str, Any]:
    return {
        "conversation": turn.conversation,
        "turn": turn.id,
        "status": str(turn.status),
        "text": turn.reply_text,
        "error": turn.error,
    }
