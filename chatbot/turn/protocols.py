"""What a turn is asked with, and the three things that it needs of those above it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from chatbot.turn.events import Exchange, TurnEvent
from chatbot.turn.options import TurnOptions
from chatbot.turn.understanding import Coming
from pipelines.core.cancel import CancelToken
from pipelines.core.said import Text
from pipelines.core.types import Evidence, Turn


class TurnSaver(Protocol):
    """Keeps a turn, which has been begun already; `chatbot.history.TurnWriter` is one.

    A context manager: leaving it before the turn's end marks the turn as interrupted.
    """

    @property
    def problem(self) -> Text | None:
        """Why something could not be kept, for the person."""

    def __enter__(self) -> object: ...

    def __exit__(self, *error: Any) -> None: ...

    def take(self, event: TurnEvent) -> None:
        """Keep what an event brings; `problem` is set where that fails."""


@dataclass(frozen=True, eq=False)
class TurnRequest:
    """What is asked.

    Attributes:
        turn: What the person gave.
        known: What is understood already, for example what a person put right: stages of the same kind and
            source do not run.
        coming: What is being understood already, in the same way.
        answer: Whether to answer; else the turn is only understood.
    """

    turn: Turn
    known: tuple[Evidence, ...] = ()
    coming: Coming | None = None
    answer: bool = True


@dataclass(frozen=True, eq=False)
class TurnContext:
    """Who asks, where, and how to answer.

    Attributes:
        person: Whom limits and logs count.
        conversation: Its id, for the log.
        options: How to answer.
        cancel: The turn's token; it is cancelled when the turn ends.
        history: Returns the earlier turns, oldest first; called once, when the turn begins.
        saver: Keeps the turn; None where nothing does.
    """

    person: str
    conversation: str
    options: TurnOptions
    cancel: CancelToken = field(default_factory=CancelToken)
    history: Callable[[], Sequence[Exchange]] = tuple
    saver: TurnSaver | None = None


class Admission(Protocol):
    """Who may begin now; `chatbot.web.hosting.Hosting` is one."""

    def enter(self, person: str, cancel: CancelToken) -> AbstractContextManager[Iterator[int]]:
        """Return what holds a place, until nothing works under `cancel` any more.

        Its value yields the position (1 is next) whenever it changes, and ends when the work may begin;
        it raises Cancelled with the token. Entering raises LimitError where the person asks for too much.
        """


class Observer(Protocol):
    """Counts and logs turns; `chatbot.web.observability.turn_observer.TurnObserver` is one."""

    def watch(
        self, request: TurnRequest, context: TurnContext
    ) -> AbstractContextManager[Callable[[TurnEvent], None]]:
        """Return what is told of a turn's events, from when it begins until it is left."""
