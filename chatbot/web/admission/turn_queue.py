"""The queue in which turns wait: a few are answered at once, and nobody can fill it alone."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import LimitError
from pipelines.core.said import said


class QueueFullError(LimitError):
    """A person has as many turns in the queue as one may have, or the queue is full."""


@dataclass(frozen=True)
class QueueLength:
    """How many turns are answered now, and how many wait."""

    running: int
    waiting: int


class TurnQueue:
    """Who is answered next. Thread-safe.

    People take their turns in rounds: everybody's first comes before anybody's second, and within a
    round the earlier comes first. So with one turn each it is first come, first served.

    Args:
        at_once: Turns that are answered at the same time.
        each: Tickets that one person may hold, running and waiting.
        most: Tickets in all.
    """

    def __init__(self, at_once: int = 2, each: int = 3, most: int = 100) -> None:
        self.at_once, self.each, self.most = at_once, each, most
        self._changed = threading.Condition()
        self._running: list[Ticket] = []
        self._waiting: list[Ticket] = []

    def ticket(self, user: str, cancel: CancelToken) -> Ticket:
        """Take a ticket at the end of the queue; use it as a context manager, so that it is given back.

        Args:
            user: Whose turn it is.
            cancel: The turn's token; cancelling it ends the waiting.

        Raises:
            QueueFullError: if the person has `each` tickets already, or all of them are taken.
        """
        ticket = Ticket(self, user, cancel)
        with self._changed:
            held = sum(other.user == user for other in (*self._running, *self._waiting))
            if held >= self.each:
                raise QueueFullError(
                    said("You have too many messages waiting"),
                    given=str(held + 1),
                    allowed=said("{count} at once", count=self.each),
                    fix=said("Wait for a reply, or stop one"),
                )
            if len(self._running) + len(self._waiting) >= self.most:
                raise QueueFullError(said("Too many people are waiting"), fix=said("Try again in a minute"))
            self._waiting.append(ticket)
            self._changed.notify_all()  # a first turn may come before others' second ones
        return ticket

    def length(self) -> QueueLength:
        """Return how long the queue is."""
        with self._changed:
            return QueueLength(len(self._running), len(self._waiting))

    def _position(self, ticket: Ticket) -> int:
        """Start `ticket` if it is next and there is room; return its position, 0 once it runs."""
        if ticket in self._running:
            return 0
        position = self._order().index(ticket) + 1
        room = self.at_once - len(self._running)
        if position > room:
            return position - room
        self._waiting.remove(ticket)
        self._running.append(ticket)
        self._changed.notify_all()
        return 0

    def _order(self) -> list[Ticket]:
        ahead = Counter(ticket.user for ticket in self._running)
        rounds: list[tuple[int, int, Ticket]] = []
        for arrival, ticket in enumerate(self._waiting):
            rounds.append((ahead[ticket.user], arrival, ticket))
            ahead[ticket.user] += 1
        return [ticket for _, _, ticket in sorted(rounds, key=lambda entry: entry[:2])]

    def _wait(self, ticket: Ticket) -> Iterator[int]:
        shown, forget = -1, ticket.cancel.on_cancel(self._wake)
        try:
            while True:
                with self._changed:
                    ticket.cancel.raise_if_cancelled()
                    while (position := self._position(ticket)) == shown:
                        self._changed.wait()
                        ticket.cancel.raise_if_cancelled()
                if position == 0:
                    return
                shown = position
                yield position
        finally:
            forget()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _leave(self, ticket: Ticket) -> None:
        with self._changed:
            for tickets in (self._running, self._waiting):
                if ticket in tickets:
                    tickets.remove(ticket)
            self._changed.notify_all()


class Ticket:
    """One turn's ticket in the queue; leaving the context gives its place back.

    Where a turn ends before its stages, because it was stopped, that happens once the last of them has ended:
    no other turn begins in its place while something works under the turn's token.
    """

    def __init__(self, queue: TurnQueue, user: str, cancel: CancelToken) -> None:
        self.user, self.cancel = user, cancel
        self._queue = queue

    def wait(self) -> Iterator[int]:
        """Yield the position (1 is next) at first and whenever it changes; end when the turn may run.

        Nothing is yielded where it may run at once.

        Raises:
            Cancelled: if the turn's token is cancelled while it waits.
        """
        return self._queue._wait(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel.on_idle(lambda: self._queue._leave(self))
