"""What one session has said and been told: the page shows it, the engine gets it as history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from chatbot.events import Exchange, Reply
from chatbot.ui.markup import notice, plain
from chatbot.ui.turns import Draft
from chatbot.ui.words import DEFAULT_LANGUAGE, Words, words_for
from pipelines.core.types import Image

Content = Any
Message = dict[str, Any]
Render = Callable[[Words], list[Content]]
"""What a message shows, in the page's words."""
PREVIEW_SIDE = 1024


@dataclass(eq=False)
class Conversation:
    """The record of one session.

    Attributes:
        words: What the page says to this session; `relabel` changes it.
        messages: What the chat shows, in Gradio's message format, without the reply being written.
        exchanges: Past turns for the engine.
        draft: The last message, kept for Retry.
        turn: Counts replies; a reply that is still being written when it changes is out of date.
        waiting: Whether `draft` waits for somebody to answer it.
    """

    words: Words = field(default_factory=lambda: words_for(DEFAULT_LANGUAGE))
    messages: list[Message] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    draft: Draft | None = None
    turn: int = 0
    waiting: bool = False
    _remembered: bool = False
    _renders: list[tuple[Literal["user", "assistant"], Render]] = field(default_factory=list)

    def relabel(self, words: Words) -> None:
        """Say everything in other words from now on, what was said already too."""
        self.words = words
        self.messages = [_message(role, render(words)) for role, render in self._renders]

    def _add(self, role: Literal["user", "assistant"], render: Render) -> None:
        self._renders.append((role, render))
        self.messages.append(_message(role, render(self.words)))

    def ask(self, draft: Draft, shown: list[Content]) -> None:
        """Add a message; its answer comes next."""
        self._add("user", lambda _: shown)
        self.draft, self.waiting, self._remembered = draft, True, False
        self.turn += 1

    def take_draft(self) -> Draft | None:
        """Return the draft that waits for an answer, once; None where there is none."""
        if not self.waiting:
            return None
        self.waiting = False
        return self.draft

    def ask_again(self) -> bool:
        """Take back the last answer; return False where there is nothing to answer again."""
        if self.draft is None:
            return False
        while self.messages and self.messages[-1]["role"] == "assistant":
            self.messages.pop()
            self._renders.pop()
        if self._remembered:
            self.exchanges.pop()
        self.waiting, self._remembered = True, False
        self.turn += 1
        return True

    def answered(self, render: Render, reply: Reply | None, turn: int) -> None:
        """Keep the reply to `turn` in the chat and, if anything was said, as history for the engine."""
        if turn != self.turn:
            return
        self._add("assistant", render)
        if reply is None or not reply.text.strip() or self.draft is None:
            return
        user = reply.context.words if reply.context is not None else self.draft.text
        self.exchanges.append(Exchange(user=user, reply=reply.text, context=reply.context))
        self._remembered = True

    def clear(self) -> None:
        """Forget everything. The turn count goes on, so that a late reply finds itself out of date."""
        self.messages, self.exchanges, self.draft = [], [], None
        self._renders = []
        self.waiting = self._remembered = False
        self.turn += 1


def shown_message(draft: Draft, cache: str) -> list[Content]:
    """Return the person's message for the chat: words as written, pictures, recordings, broken files.

    Pictures are shown from what was decoded, so that every format and orientation displays.

    Args:
        draft: The message.
        cache: The page's folder for files that it serves.
    """
    content: list[Content] = []
    for attachment in draft.attachments:
        if isinstance(attachment.content, Image):
            path = _preview(attachment.content, cache)
            content.append({"path": path, "alt_text": attachment.name})
        else:
            content.append({"path": str(attachment.path), "alt_text": attachment.name})
    if draft.text.strip():
        content.append(block(plain(draft.text.strip())))
    if not content:
        content.append(block(plain(", ".join(problem.name for problem in draft.problems))))
    return content


def problem_notices(draft: Draft, words: Words) -> list[Content]:
    """Return one notice for each file that could not be used."""
    return [
        block(notice(words.messages.file_problem(problem.name), problem.message(words)))
        for problem in draft.problems
    ]


def _message(role: str, content: list[Content]) -> Message:
    return {"role": role, "content": content}


def block(markup: str) -> Content:
    """Return HTML of ours as a part of a chat message. Outside words in it must be escaped already."""
    import gradio as gr

    return gr.HTML(markup, apply_default_css=False, js_on_load=None, render=False)


def _preview(image: Image, cache: str) -> str:
    from gradio.processing_utils import save_pil_to_cache
    from PIL import Image as Pillow

    picture = Pillow.fromarray(image.pixels)
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    path: str = save_pil_to_cache(picture, cache, name="picture", format="webp")
    return path
