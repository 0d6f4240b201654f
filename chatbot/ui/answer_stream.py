"""A turn's events to what the page shows, as they happen."""

from __future__ import annotations

import base64
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

from chatbot.history import History, NotFoundError, TurnRecord
from chatbot.history.writer import ENDS
from chatbot.turn.corrections import words_heard
from chatbot.turn.events import SpeechChunk, TextDelta, TurnEvent
from chatbot.turn.state import TurnState, fold
from chatbot.ui import panel
from chatbot.ui.markup import escape, notice
from chatbot.ui.running_turns import RunningTurn
from chatbot.ui.tab_session import PendingTurn, Session, Visitor
from chatbot.ui.transcript import Content, Message, block, messages, question
from chatbot.ui.words import Words
from pipelines.speech.wav import to_wav_bytes

MIN_INTERVAL = 0.06


@dataclass(frozen=True)
class View:
    """One state of the page. `player` is None where the voice has nothing new."""

    messages: list[Message]
    player: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class AnswerStream:
    """Shows a turn that is being answered; the answer does not depend on who watches it.

    Attributes:
        running: The turn.
        history: Where the conversation is kept.
        visitor: Who watches.
        session: The tab; it watches until it shows something else.
        mine: Whether this tab has asked: it hears the voice, and sees every step.
    """

    running: RunningTurn
    history: History
    visitor: Visitor
    session: Session
    mine: bool = True

    def views(self) -> Generator[View, None, None]:
        """Yield the page's states, the last one from what is kept."""
        running, writer = self.running, self.running.asked.writer
        screen = _Screen(running.asked, self.session)
        past = () if self.mine else running.so_far()
        for event in past:
            screen.take(event)
        yield screen.view(sound=self.mine)
        for event in running.events(len(past)):
            if not screen.current:
                return
            if screen.take(event):
                yield screen.view(sound=self.mine and isinstance(event, SpeechChunk))
        if (problem := writer.problem) is not None:
            self.session.notes.setdefault(writer.turn, []).append(
                lambda words: notice(words.messages.failed_title, words.say(problem))
            )
        if screen.current:
            kept = self._ended(screen.state if problem else None)
            yield View(kept, screen.player if self.mine else None)

    def _ended(self, unsaved: TurnState | None = None) -> list[Message]:
        """Return the chat with the turn as it was kept, or as it ended where that failed."""
        if self.session.rated:
            return conversation_messages(self.history, self.visitor.user, self.session)
        *before, last = self.running.asked.turns
        try:
            last = (
                self.history.turn(self.visitor.user, last.id) if unsaved is None else _as_it_is(last, unsaved)
            )
        except NotFoundError:
            return []
        return messages([*before, last], self.session.words, self.session.notes)


class _Screen:
    """What a tab sees while a reply is written: the turns before, the question, and the reply so far."""

    def __init__(self, asked: PendingTurn, session: Session) -> None:
        self._asked, self._session, self._number = asked, session, session.turn
        self._notes = session.notes.get(asked.writer.turn, [])
        self._expected = [] if asked.begun else panel.expected(asked.draft.turn())
        self._state, self._chunks, self._shown = TurnState(), list[str](), 0.0
        self._before: list[Message] = []
        self._drawn: tuple[str, str] | None = None

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
        *earlier, asked = self._asked.turns
        asked = replace(asked, evidence=self._state.evidence or asked.evidence)
        drawing = self._session.language, words_heard(asked.evidence)
        if self._drawn != drawing:
            before = messages(earlier, words, self._session.notes)
            self._before, self._drawn = [*before, question(asked, words, last=False)], drawing
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
