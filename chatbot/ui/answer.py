"""The engine's events to what the page shows, as they happen."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Protocol

from chatbot.events import (
    ContextReady,
    Done,
    EvidenceReady,
    Exchange,
    Failed,
    Reply,
    ReplyEvent,
    SpeechChunk,
    TextDelta,
    Waiting,
)
from chatbot.options import TurnOptions
from chatbot.ui import panel
from chatbot.ui.conversation import Content, Conversation, Message, block, problem_notices
from chatbot.ui.markup import escape, icon, notice
from chatbot.ui.turns import Draft
from chatbot.ui.words import Words
from pipelines.core.cancel import CancelToken
from pipelines.core.types import Audio, Evidence, Stage, Turn
from pipelines.speech.wav import concatenate, to_wav_bytes

MIN_INTERVAL = 0.06
_log = logging.getLogger(__name__)
SaveFile = Callable[[bytes, str], str]


class Engine(Protocol):
    """What the page needs from the chatbot."""

    def respond(
        self,
        turn: Turn,
        history: Sequence[Exchange] = (),
        *,
        cancel: CancelToken | None = None,
        options: TurnOptions | None = None,
    ) -> Iterator[ReplyEvent]:
        """Answer a turn."""


@dataclass(frozen=True)
class View:
    """One state of the page. `player` is None where the voice has nothing new."""

    messages: list[Message]
    player: dict[str, Any] | None = None


@dataclass(eq=False)
class _Writing:
    """A reply while it is being written."""

    draft: Draft
    expected: list[tuple[Stage, str]]
    evidence: list[Evidence] = field(default_factory=list)
    text: str = ""
    sound: list[Audio] = field(default_factory=list)
    chunks: list[str] = field(default_factory=list)
    thinking: bool = False
    position: int = 0
    failure: str | None = None
    crashed: bool = False
    reply: Reply | None = None
    _voice: str | None = None

    def take(self, event: ReplyEvent) -> None:
        self.position = event.position if isinstance(event, Waiting) else 0
        if isinstance(event, EvidenceReady):
            self.evidence.append(event.evidence)
        elif isinstance(event, ContextReady):
            self.thinking = True
        elif isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, SpeechChunk):
            self.sound.append(event.audio)
            self.chunks.append(base64.b64encode(to_wav_bytes(event.audio)).decode("ascii"))
        elif isinstance(event, Done):
            self.reply = event.reply
        elif isinstance(event, Failed):
            self.reply, self.failure = event.reply, event.message

    def unfinished(self, words: Words) -> list[Content]:
        parts = problem_notices(self.draft, words)
        if self.position:
            line = escape(words.messages.in_line(self.position))
            return [*parts, block(f'<p class="trio-stopped" role="status">{line}</p>')]
        if self.text:
            parts.append(self.text)
        parts.append(block(panel.live(self.evidence, self.expected, words, thinking=self.thinking)))
        return parts

    def end(self, save: SaveFile) -> None:
        """Keep the voice as a file."""
        if self.sound:
            self._voice = save(to_wav_bytes(concatenate(self.sound)), "reply.wav")

    def finished(self, words: Words) -> list[Content]:
        said, parts = words.messages, problem_notices(self.draft, words)
        if text := (self.text or (self.reply.text if self.reply else "")).strip():
            parts.append(text)
        if self._voice is not None:
            parts.append({"path": self._voice})
        if failure := said.crashed if self.crashed else self.failure:
            parts.append(block(notice(said.failed_title, failure)))
        if self.reply is not None:
            if self.reply.stopped:
                parts.append(block(f'<p class="trio-stopped">{icon("stop")}{escape(said.stopped)}</p>'))
            if self.reply.voice_note:
                parts.append(block(notice(said.voice_note_title, self.reply.voice_note, tone="quiet")))
            parts.append(block(panel.render(self.reply, words, self.evidence)))
        return parts


def stream(
    engine: Engine, conversation: Conversation, token: CancelToken, options: TurnOptions, save: SaveFile
) -> Generator[View, None, None]:
    """Answer the conversation's waiting draft and yield the page's states.

    Every way of ending leaves the conversation with an answer in it: a reply, a part of one, or a
    notice that says what failed. Cancels `token` when the caller closes the generator.

    Args:
        engine: The chatbot.
        conversation: The session; its draft is answered and its record extended.
        token: Cancels the turn.
        options: How to answer.
        save: Keeps bytes under a name and returns the path of a file that the page may serve.
    """
    draft, number = conversation.take_draft(), conversation.turn
    if draft is None:
        return
    if not draft.answerable:
        conversation.answered(lambda words: problem_notices(draft, words), None, number)
        yield View(list(conversation.messages))
        return
    turn = draft.turn()
    writing = _Writing(draft, panel.expected(turn))
    yield _view(conversation, writing.unfinished(conversation.words), {"turn": number, "chunks": []})
    try:
        events = engine.respond(turn, tuple(conversation.exchanges), cancel=token, options=options)
        with closing(_follow(events, writing, conversation, number)) as views:
            for view in views:
                if conversation.turn != number:
                    return
                yield view
    except Exception:
        _log.exception("answering a turn failed")
        writing.crashed = True
    finally:
        token.cancel()
    writing.end(save)
    conversation.answered(writing.finished, writing.reply, number)
    if conversation.turn == number:
        yield View(list(conversation.messages), _player(writing, number))


def _follow(
    events: Iterator[ReplyEvent], writing: _Writing, conversation: Conversation, number: int
) -> Generator[View, None, None]:
    """Take the events; show text at most every `MIN_INTERVAL` seconds, everything else at once."""
    shown = 0.0
    with closing(_closable(events)) as running:
        for event in running:
            writing.take(event)
            if isinstance(event, Done | Failed):
                return
            now = time.monotonic()
            if isinstance(event, TextDelta) and now - shown < MIN_INTERVAL:
                continue
            shown = now
            player = _player(writing, number) if isinstance(event, SpeechChunk) else None
            yield _view(conversation, writing.unfinished(conversation.words), player)


def _closable(events: Iterator[ReplyEvent]) -> Any:
    """Return an iterator with `close`, which generators have and plain iterators lack."""
    return events if hasattr(events, "close") else (event for event in events)


def _player(writing: _Writing, number: int) -> dict[str, Any]:
    return {"turn": number, "chunks": list(writing.chunks)}


def _view(conversation: Conversation, content: list[Content], player: dict[str, Any] | None) -> View:
    message: Message = {"role": "assistant", "content": content}
    return View([*conversation.messages, message], player)
