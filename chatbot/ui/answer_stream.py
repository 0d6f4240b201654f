"""The engine's events to what the page shows and the store keeps, as they happen."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from chatbot.history import History, HistoryError, NotFoundError, TurnWriter
from chatbot.turn.events import (
    ContextReady,
    Done,
    EvidenceReady,
    Failed,
    SpeechChunk,
    TextDelta,
    TurnEvent,
    Waiting,
)
from chatbot.turn.options import TurnOptions
from chatbot.turn.protocols import TurnEngine
from chatbot.ui import panel
from chatbot.ui.markup import escape, notice
from chatbot.ui.tab_session import PendingTurn, Session, Visitor
from chatbot.ui.transcript import Content, Message, block, messages, question
from chatbot.ui.words import DEFAULT_LANGUAGE, Words, words_for
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import TrioError
from pipelines.core.types import Evidence, Stage, Turn
from pipelines.speech.wav import to_wav_bytes

MIN_INTERVAL = 0.06
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """One state of the page. `player` is None where the voice has nothing new."""

    messages: list[Message]
    player: dict[str, Any] | None = None


@dataclass(eq=False)
class _Writing:
    """A reply while it is being written, as the page shows it.

    `clock`: names the turn for the page's clock. `begun`: what the reply begins with, there already.
    """

    expected: list[tuple[Stage, str]]
    evidence: list[Evidence] = field(default_factory=list)
    text: str = ""
    chunks: list[str] = field(default_factory=list)
    thinking: bool = False
    position: int = 0
    clock: str = ""
    begun: str = ""

    def take(self, event: TurnEvent) -> None:
        self.position = event.position if isinstance(event, Waiting) else 0
        if isinstance(event, EvidenceReady):
            self.evidence.append(event.evidence)
        elif isinstance(event, ContextReady):
            self.thinking = True
        elif isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, SpeechChunk):
            self.chunks.append(base64.b64encode(to_wav_bytes(event.audio)).decode("ascii"))

    def shown(self, words: Words) -> list[Content]:
        text = self.text or self.begun
        parts: list[Content] = [text] if text else []
        if self.position:
            return [*parts, block(_waiting_line(self.position, words))]
        return [*parts, block(self._live(words))]

    def _live(self, words: Words) -> str:
        writing = len(self.text) > len(self.begun)
        evidence, expected = (self.evidence, self.expected) if not self.begun else ((), ())
        return panel.live(
            evidence, expected, words, thinking=self.thinking, writing=writing, clock=self.clock
        )


def _waiting_line(position: int, words: Words) -> str:
    line = escape(words.messages.in_line(position))
    chip = f'<span class="trio-chip trio-pending"><span class="trio-dot"></span>{line}</span>'
    return f'<div class="trio-live" role="status" aria-live="polite">{chip}</div>'


@dataclass(frozen=True, eq=False)
class AnswerStream:
    """Answers a message.

    Attributes:
        asked: The message.
        engine: The chatbot.
        history: Where the conversation is kept.
        visitor: Who asked.
        session: The tab; a reply that it does not show any more is written to its end without being shown.
        token: Cancels the turn.
        options: How to answer.
    """

    asked: PendingTurn
    engine: TurnEngine
    history: History
    visitor: Visitor
    session: Session
    token: CancelToken
    options: TurnOptions

    def views(self) -> Generator[View, None, None]:
        """Answer and yield the page's states.

        Every way of ending leaves the turn with an answer in the store: a reply, a part of one, or what
        failed. Closing the generator cancels the turn and marks it as interrupted.
        """
        if self.asked.draft.answerable:
            yield from self._answer(self.asked)
        else:
            words = self.session.words
            problems = [f"{p.name}: {p.message(words)}" for p in self.asked.draft.problems]
            with self.asked.writer as writer:
                _fail(writer, " ".join(problems))
            yield View(self.shown())

    def shown(self) -> list[Message]:
        """Return the conversation as it is kept now."""
        return conversation_messages(self.history, self.visitor.user, self.session)

    def _answer(self, asked: PendingTurn) -> Generator[View, None, None]:
        number, writer = self.session.turn, asked.writer
        turn = asked.draft.turn()
        writing = _Writing(panel.expected(turn), clock=str(number), begun=asked.begun)
        try:
            screen = _Screen(self, asked, number)
        except NotFoundError:
            self.token.cancel()
            return
        with writer:
            try:
                yield screen.view(writing, _player(writing, number))
                with closing(self._events(asked, turn)) as events:
                    yield from screen.follow(events, writing)
            except TrioError as error:
                _fail(writer, str(error))
            except Exception:
                _log.exception("answering a turn failed")
                _fail(writer, words_for(DEFAULT_LANGUAGE).messages.crashed)
            finally:
                self.token.cancel()
        if (problem := writer.problem) is not None:
            self.session.notes.setdefault(writer.turn, []).append(
                lambda words: notice(words.messages.failed_title, words.problems.say(problem))
            )
        if screen.current:
            yield View(self.shown(), _player(writing, number))

    def _events(self, asked: PendingTurn, turn: Turn) -> Generator[TurnEvent, None, None]:
        """Yield the engine's events; each is kept before it is shown."""
        writer = asked.writer
        past = tuple(self.history.exchanges(self.visitor.user, writer.conversation))
        running = self.engine.respond(turn, past, cancel=self.token, options=self.options, known=asked.known)
        with closing(_closable(running)) as events:
            for event in events:
                writer.take(event)
                yield event


class _Screen:
    """What a tab sees while a reply is written: the turns before, the question, and the reply so far."""

    def __init__(self, answering: AnswerStream, asked: PendingTurn, number: int) -> None:
        self._session, self._number = answering.session, number
        self._notes = answering.session.notes.get(asked.writer.turn, [])
        self._before: list[Message] = []
        self._turns = answering.history.path(answering.visitor.user, asked.writer.conversation)
        self._language: str | None = None

    @property
    def current(self) -> bool:
        """Whether the tab still shows this turn."""
        return self._session.turn == self._number

    def view(self, writing: _Writing, player: dict[str, Any] | None = None) -> View:
        words = self._session.words
        if self._language != self._session.language:
            *earlier, asked = self._turns
            self._before = [*messages(earlier, words, self._session.notes), question(asked, words)]
            self._language = self._session.language
        content = [*(block(note(words)) for note in self._notes), *writing.shown(words)]
        return View([*self._before, {"role": "assistant", "content": content}], player)

    def follow(self, events: Iterator[TurnEvent], writing: _Writing) -> Generator[View, None, None]:
        """Show text at most every `MIN_INTERVAL` seconds, everything else at once."""
        shown = 0.0
        for event in events:
            writing.take(event)
            if isinstance(event, Done | Failed):
                return
            now = time.monotonic()
            if not self.current or (isinstance(event, TextDelta) and now - shown < MIN_INTERVAL):
                continue
            shown = now
            player = _player(writing, self._number) if isinstance(event, SpeechChunk) else None
            yield self.view(writing, player)


def conversation_messages(history: History, user: str, session: Session) -> list[Message]:
    """Return what the chat shows of a session's conversation; nothing where it was deleted."""
    if session.conversation is None:
        return []
    try:
        turns = history.path(user, session.conversation)
    except NotFoundError:
        return []
    return messages(turns, session.words, session.notes)


def _fail(writer: TurnWriter, message: str) -> None:
    try:
        writer.fail(message)
    except HistoryError as error:
        _log.exception("a failed turn could not be kept")
        writer.problem = str(error)


def _closable(events: Iterator[TurnEvent]) -> Any:
    """Return an iterator with `close`, which generators have and plain iterators lack."""
    return events if hasattr(events, "close") else (event for event in events)


def _player(writing: _Writing, number: int) -> dict[str, Any]:
    return {"turn": number, "chunks": list(writing.chunks)}
