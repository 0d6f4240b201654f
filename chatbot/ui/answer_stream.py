"""A turn's events to what the page shows, as they happen."""

from __future__ import annotations

import base64
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from chatbot.history import History, NotFoundError, TurnRecord
from chatbot.history.corrections import exchanges
from chatbot.history.writer import ENDS
from chatbot.turn.events import SpeechChunk, TextDelta, TurnEvent
from chatbot.turn.options import TurnOptions
from chatbot.turn.protocols import TurnContext, TurnRequest
from chatbot.turn.service import TurnService
from chatbot.turn.state import TurnState, fold
from chatbot.ui import panel
from chatbot.ui.markup import escape, notice
from chatbot.ui.tab_session import PendingTurn, Session, Visitor
from chatbot.ui.transcript import Content, Message, block, messages, question
from chatbot.ui.words import Words
from pipelines.core.cancel import CancelToken
from pipelines.core.types import Turn
from pipelines.speech.wav import to_wav_bytes

MIN_INTERVAL = 0.06


@dataclass(frozen=True)
class View:
    """One state of the page. `player` is None where the voice has nothing new."""

    messages: list[Message]
    player: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class AnswerStream:
    """Answers a message.

    Attributes:
        asked: The message.
        turns: Answers it.
        history: Where the conversation is kept.
        visitor: Who asked.
        session: The tab; a reply that it does not show any more is written to its end without being shown.
        token: Cancels the turn.
        options: How to answer.
    """

    asked: PendingTurn
    turns: TurnService
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
        writer, draft, words = self.asked.writer, self.asked.draft, self.session.words
        with writer:
            if draft.answerable:
                yield from self._answer(draft.turn())
                return
            writer.fail(" ".join(f"{p.name}: {p.message(words)}" for p in draft.problems))
        yield View(self._ended())

    def _answer(self, turn: Turn) -> Generator[View, None, None]:
        asked, writer = self.asked, self.asked.writer
        screen = _Screen(asked, self.session, turn)
        request = TurnRequest(turn, asked.known)
        context = TurnContext(
            self.visitor.person,
            writer.conversation,
            self.options,
            self.token,
            lambda: exchanges(asked.turns),
            writer,
        )
        yield screen.view(sound=True)
        with closing(self.turns.run(request, context)) as events:
            for event in events:
                if screen.take(event):
                    yield screen.view(sound=isinstance(event, SpeechChunk))
        if (problem := writer.problem) is not None:
            self.session.notes.setdefault(writer.turn, []).append(
                lambda words: notice(words.messages.failed_title, words.problems.say(problem))
            )
        if screen.current:
            yield View(self._ended(screen.state if problem else None), screen.player)

    def _ended(self, unsaved: TurnState | None = None) -> list[Message]:
        """Return the chat with the turn as it was kept, or as it ended where that failed."""
        if self.session.rated:
            return conversation_messages(self.history, self.visitor.user, self.session)
        *before, last = self.asked.turns
        try:
            last = (
                self.history.turn(self.visitor.user, last.id) if unsaved is None else _as_it_is(last, unsaved)
            )
        except NotFoundError:
            return []
        return messages([*before, last], self.session.words, self.session.notes)


class _Screen:
    """What a tab sees while a reply is written: the turns before, the question, and the reply so far."""

    def __init__(self, asked: PendingTurn, session: Session, turn: Turn) -> None:
        self._asked, self._session, self._number = asked, session, session.turn
        self._notes = session.notes.get(asked.writer.turn, [])
        self._expected = [] if asked.begun else panel.expected(turn)
        self._state, self._chunks, self._shown = TurnState(), list[str](), 0.0
        self._before: list[Message] = []
        self._language: str | None = None

    @property
    def state(self) -> TurnState:
        """What is known of the turn."""
        return self._state

    @property
    def current(self) -> bool:
        """Whether the tab still shows this turn."""
        return self._session.turn == self._number

    @property
    def player(self) -> dict[str, Any]:
        """The player's value: all of the voice so far."""
        return {"turn": self._number, "chunks": list(self._chunks)}

    def take(self, event: TurnEvent) -> bool:
        """Note an event; return whether to show it: text at most every `MIN_INTERVAL` seconds."""
        self._state = fold(self._state, event)
        if isinstance(event, SpeechChunk):
            self._chunks.append(base64.b64encode(to_wav_bytes(event.audio)).decode("ascii"))
        now = time.monotonic()
        soon = isinstance(event, TextDelta) and now - self._shown < MIN_INTERVAL
        if self._state.ended or not self.current or soon:
            return False
        self._shown = now
        return True

    def view(self, *, sound: bool = False) -> View:
        """Return the page's state, with the voice where it has something new."""
        words = self._session.words
        if self._language != self._session.language:
            *earlier, asked = self._asked.turns
            self._before = [*messages(earlier, words, self._session.notes), question(asked, words)]
            self._language = self._session.language
        content = [*(block(note(words)) for note in self._notes), *self._reply(words)]
        message: Message = {"role": "assistant", "content": content}
        return View([*self._before, message], self.player if sound else None)

    def _reply(self, words: Words) -> list[Content]:
        state, begun = self._state, self._asked.begun
        text = state.text or begun
        live = _waiting_line(state.position, words) if state.position else self._live(words)
        return [text, block(live)] if text else [block(live)]

    def _live(self, words: Words) -> str:
        state, begun = self._state, self._asked.begun
        return panel.live(
            () if begun else state.evidence,
            self._expected,
            words,
            thinking=state.context is not None,
            writing=len(state.text) > len(begun),
            clock=str(self._number),
        )


def _as_it_is(turn: TurnRecord, state: TurnState) -> TurnRecord:
    """Return the record of a turn that has ended and could not be kept."""
    return replace(
        turn,
        status=ENDS[state.phase],
        reply_text=state.text,
        evidence=state.evidence,
        context=state.context,
        answer=state.reply,
        error=state.error,
    )


def _waiting_line(position: int, words: Words) -> str:
    line = escape(words.messages.in_line(position))
    chip = f'<span class="trio-chip trio-pending"><span class="trio-dot"></span>{line}</span>'
    return f'<div class="trio-live" role="status" aria-live="polite">{chip}</div>'


def conversation_messages(history: History, user: str, session: Session) -> list[Message]:
    """Return what the chat shows of a session's conversation; nothing where it was deleted."""
    if session.conversation is None:
        return []
    try:
        turns = history.path(user, session.conversation)
    except NotFoundError:
        return []
    return messages(turns, session.words, session.notes)
