"""Turns that are being answered: each goes to its end on the server, whoever still watches it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from chatbot.turn.events import Done, TurnEvent
from chatbot.turn.protocols import TurnSaver
from chatbot.ui.tab_session import PendingTurn
from pipelines.core.cancel import CancelToken
from pipelines.core.said import Text

GOODBYE_SECONDS = 10.0


class RunningTurn:
    """A turn that is answered in a thread of its own, and its events so far. A `TurnSaver`. Thread-safe.

    Attributes:
        asked: The message.
        token: Cancels it.
    """

    def __init__(self, asked: PendingTurn) -> None:
        self.asked, self.token = asked, CancelToken()
        self._events: list[TurnEvent] = []
        self._over = self._dropped = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def conversation(self) -> str:
        """Id of its conversation."""
        return self.asked.writer.conversation

    @property
    def problem(self) -> Text | None:
        """Why something could not be kept, for the person."""
        return self.asked.writer.problem

    def __enter__(self) -> TurnSaver:
        self.asked.writer.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.asked.writer.__exit__(*error)

    def take(self, event: TurnEvent) -> None:
        """Keep an event, and show it to whoever watches."""
        if not (self._dropped and isinstance(event, Done) and event.reply.stopped):
            self.asked.writer.take(event)
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def start(self, run: Callable[[], object]) -> None:
        """Call `run`, which answers the turn and gives its events to `take`, in a thread."""
        self._thread = threading.Thread(target=self._run, args=(run,), name="trio-turn", daemon=True)
        self._thread.start()

    def _run(self, run: Callable[[], object]) -> None:
        try:
            run()
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def so_far(self) -> tuple[TurnEvent, ...]:
        """Return the events until now."""
        with self._changed:
            return tuple(self._events)

    def events(self, seen: int = 0) -> Iterator[TurnEvent]:
        """Yield the events after the first `seen` as they come, until the turn is over."""
        while new := self._after(seen):
            seen += len(new)
            yield from new

    def _after(self, seen: int) -> list[TurnEvent]:
        with self._changed:
            self._changed.wait_for(lambda: self._over or len(self._events) > seen)
            return self._events[seen:]

    def drop(self) -> None:
        """End it because the program ends: it is kept as interrupted, not as stopped by the person."""
        self._dropped = True
        self.token.cancel()

    def join(self, seconds: float | None = None) -> None:
        """Wait until it is over."""
        if self._thread is not None:
            self._thread.join(seconds)


class RunningTurns:
    """The turns that are being answered, at most one a conversation. Thread-safe; closes itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[str, RunningTurn] = {}
        self._taken: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Interrupt what runs and wait for it."""
        with self._lock:
            turns = list(self._turns.values())
        for turn in turns:
            turn.drop()
        for turn in turns:
            turn.join(GOODBYE_SECONDS)

    def __len__(self) -> int:
        with self._lock:
            return len(self._turns)

    @contextmanager
    def place(self, conversation: str) -> Iterator[bool]:
        """Hold a conversation (or a tab without one) while a turn begins; False where it is taken."""
        with self._lock:
            free = conversation not in self._turns and conversation not in self._taken
            if free:
                self._taken.add(conversation)
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._taken.discard(conversation)

    def get(self, conversation: str | None) -> RunningTurn | None:
        """Return the turn of a conversation that is being answered."""
        with self._lock:
            return self._turns.get(conversation) if conversation is not None else None

    def start(self, turn: RunningTurn, run: Callable[[], object], ended: Callable[[], object]) -> None:
        """Answer a turn with `run`; `ended` is called once it is over."""

        def whole() -> None:
            try:
                run()
            finally:
                with self._lock:
                    del self._turns[turn.conversation]
                ended()

        with self._lock:
            self._turns[turn.conversation] = turn
        turn.start(whole)

    def stop(self, conversation: str | None) -> None:
        """Cancel the turn of a conversation, if any; what was said stays."""
        if (turn := self.get(conversation)) is not None:
            turn.token.cancel()
