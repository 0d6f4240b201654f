"""What happens when a person sends, stops, retries, clears or leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Protocol

import gradio as gr

from chatbot.options import TurnOptions
from chatbot.ui.answer import Engine, stream
from chatbot.ui.conversation import Conversation, Message, shown_message
from chatbot.ui.markup import escape
from chatbot.ui.running import RunningTurns
from chatbot.ui.samples import samples
from chatbot.ui.turns import Draft, read_draft
from chatbot.ui.words import Words
from pipelines.core.registry import Registry

Box = Mapping[str, Any]
Change = dict[str, Any]


class WarmUp(Protocol):
    """How far the models are."""

    @property
    def ready(self) -> bool:
        """Whether every model is loaded."""

    @property
    def done(self) -> tuple[str, ...]:
        """Loaded models."""

    @property
    def pending(self) -> tuple[str, ...]:
        """Models still to load."""

    @property
    def errors(self) -> Mapping[str, str]:
        """Models that could not be loaded, and why."""


class Chatting(Engine, Protocol):
    """The chatbot, as the page uses it."""

    @property
    def registry(self) -> Registry:
        """The back-ends that can be chosen."""

    def status(self) -> WarmUp:
        """Tell how far the models are."""

    def start_warm_up(self) -> None:
        """Load the models in the background."""


@dataclass(frozen=True)
class Sent:
    """What the page shows once a message has been taken, or was not: `hint` says why."""

    messages: list[Message]
    taken: bool
    hint: str = ""


@dataclass(eq=False)
class Handlers:
    """The page's behaviour, apart from its parts.

    Attributes:
        chatbot: The engine.
        cache: The folder for files that the page serves.
        running: The turns that are being answered, by session.
    """

    chatbot: Chatting
    cache: str
    running: RunningTurns = field(default_factory=RunningTurns)

    def send(self, session: str, conversation: Conversation, draft_of: Box | None) -> Sent:
        """Read a message and add it to the conversation; `answer` comes next."""
        token = self.running.start(session)
        if token is None:
            return Sent(conversation.messages, False, conversation.words.messages.busy)
        try:
            box = draft_of or {}
            draft = read_draft(box.get("text"), box.get("files") or [])
            if draft.empty:
                self.running.finish(session, token)
                return Sent(conversation.messages, False, conversation.words.messages.empty)
            conversation.ask(draft, shown_message(draft, self.cache))
        except BaseException:
            self.running.finish(session, token)
            raise
        return Sent(list(conversation.messages), True)

    def send_sample(self, session: str, conversation: Conversation, number: int) -> Sent:
        """Send one of the samples of the empty page; `number` is that of its card."""
        sample = next((each for each in samples() if each.number == number), None)
        box = {"text": sample.text, "files": [str(path) for path in sample.files]} if sample else None
        return self.send(session, conversation, box)

    def retry(self, session: str, conversation: Conversation) -> Sent:
        """Take back the last answer, so that `answer` writes another."""
        token = self.running.start(session)
        if token is None:
            return Sent(conversation.messages, False, conversation.words.messages.busy)
        if not conversation.ask_again():
            self.running.finish(session, token)
            return Sent(conversation.messages, False, conversation.words.messages.nothing_to_retry)
        return Sent(list(conversation.messages), True)

    def answer(
        self, session: str, conversation: Conversation, options: TurnOptions
    ) -> Iterator[tuple[list[Message], dict[str, Any] | None]]:
        """Answer the message that waits; yield the chat and, where it changed, the player's value."""
        token = self.running.get(session)
        if token is None:
            return
        try:
            views = stream(self.chatbot, conversation, token, options, self.save)
            with closing(views):
                for view in views:
                    yield view.messages, view.player
        finally:
            self.running.finish(session, token)

    def clear(self, session: str, conversation: Conversation) -> None:
        """Stop the turn and forget the conversation."""
        self.running.leave(session)
        conversation.clear()

    def save(self, data: bytes, name: str) -> str:
        """Keep bytes in the page's folder and return the file's path."""
        from gradio.processing_utils import save_bytes_to_cache

        path: str = save_bytes_to_cache(data, name, self.cache)
        return path

    def status_line(self, words: Words) -> tuple[str, bool]:
        """Return the warm-up line as HTML, and whether it will change no more."""
        status = self.chatbot.status()
        settled = status.ready or not status.pending
        if status.errors:
            tone, line = (
                "trouble",
                words.status.failed([words.labels.stage(name) for name in sorted(status.errors)]),
            )
        elif settled:
            tone, line = "ready", words.status.ready
        else:
            tone = "warming"
            line = words.status.warming(len(status.done), len(status.done) + len(status.pending))
        detail = "; ".join(
            words.panel.named(words.labels.stage(name), why) for name, why in status.errors.items()
        )
        title = f' title="{escape(detail)}"' if detail else ""
        return (
            f'<div class="trio-status trio-{tone}" role="status"{title}><span class="trio-dot"></span>'
            f"{escape(line)}</div>",
            settled,
        )


def session_of(request: gr.Request) -> str:
    """Return the key of the tab that a request comes from."""
    return str(request.session_hash)


__all__ = ["Chatting", "Draft", "Handlers", "Sent", "WarmUp", "session_of"]
