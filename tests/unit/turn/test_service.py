"""The one way of a turn, with fakes for what is above it: a place, somebody who keeps, somebody who watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from chatbot.turn.events import Done, Exchange, Failed, TurnEvent, Waiting
from chatbot.turn.options import TurnOptions
from chatbot.turn.protocols import TurnContext, TurnRequest
from chatbot.turn.service import TurnService
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, Cancelled, LimitError
from pipelines.core.types import Turn
from tests.support.page_user import HELLO, ScriptedEngine

OPTIONS = TurnOptions()
HI = TurnRequest(Turn("Hi"))


class World:
    """A queue, a history and a log, which write down in one list what happens to them."""

    def __init__(self, positions: Sequence[int] = (), error: Exception | None = None) -> None:
        self.positions, self.error = positions, error
        self.happened: list[str] = []
        self.problem: str | None = None

    @contextmanager
    def enter(self, person: str, cancel: CancelToken) -> Iterator[Iterator[int]]:
        if self.error is not None:
            raise self.error
        self.happened.append(f"{person} enters")
        yield self._wait(cancel)
        cancel.on_idle(lambda: self.happened.append("place is free"))

    def _wait(self, cancel: CancelToken) -> Iterator[int]:
        for position in self.positions:
            yield position
            cancel.raise_if_cancelled()

    @contextmanager
    def watch(self, request: TurnRequest, context: TurnContext) -> Iterator[Callable[[TurnEvent], None]]:
        self.happened.append("watched")
        yield lambda event: self.happened.append(f"saw {type(event).__name__}")

    def __enter__(self) -> World:
        self.happened.append("begun")
        return self

    def __exit__(self, *_: Any) -> None:
        self.happened.append("left")

    def take(self, event: TurnEvent) -> None:
        self.happened.append(f"kept {type(event).__name__}")


def service(engine: ScriptedEngine, world: World | None = None) -> TurnService:
    return TurnService(engine, world, world)  # type: ignore[arg-type]


def context(world: World | None = None, **changes: Any) -> TurnContext:
    return TurnContext("ann", "c1", OPTIONS, saver=world, **changes)


def test_every_step_comes_in_its_order() -> None:
    engine, world = ScriptedEngine((HELLO[2], HELLO[-1])), World([2, 1])
    events = list(service(engine, world).run(HI, context(world)))
    assert [type(event).__name__ for event in events] == ["Waiting", "Waiting", "TextDelta", "Done"]
    assert world.happened == [
        "begun",
        "ann enters",
        *["kept Waiting"] * 2,
        "watched",
        *("saw TextDelta", "kept TextDelta", "saw Done", "kept Done"),
        "place is free",
        "left",
    ]


def test_history_is_read_once_and_only_when_the_turn_begins() -> None:
    engine, world, reads = ScriptedEngine(), World([1]), []
    past = (Exchange("Hello", "Hi"),)

    def read() -> tuple[Exchange, ...]:
        reads.append(list(world.happened))
        return past

    request = TurnRequest(Turn("Hi"), known=(HELLO[0].evidence,))  # type: ignore[union-attr]
    token = CancelToken()
    list(service(engine, world).run(request, context(world, history=read, cancel=token)))
    assert len(reads) == 1 and "watched" in reads[0]
    (call,) = engine.calls
    assert (call["history"], call["options"], call["known"]) == (past, OPTIONS, request.known)
    assert call["cancel"] is token and token.cancelled, "a turn that is over holds nothing up"


def test_a_turn_that_may_not_begin_fails_and_is_kept() -> None:
    world = World(error=LimitError("Too many messages"))
    engine = ScriptedEngine()
    (failed,) = service(engine, world).run(HI, context(world))
    assert isinstance(failed, Failed) and str(failed.message) == "Too many messages."
    assert isinstance(failed.error, LimitError) and engine.calls == []
    assert world.happened == ["begun", "kept Failed", "left"]


def test_stop_while_waiting_ends_the_turn_as_stopped() -> None:
    world, token = World([3, 2]), CancelToken()
    events = service(ScriptedEngine(), world).run(HI, context(world, cancel=token))
    assert next(events) == Waiting(3)
    token.cancel()
    (last,) = events
    assert isinstance(last, Done) and last.reply.stopped
    assert world.happened[-2:] == ["kept Done", "left"]


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (BackendError("The model broke"), Failed, "The model broke."),
        (RuntimeError("secret"), Failed, "Something went wrong (RuntimeError)"),
        (Cancelled(), Done, ""),
    ],
)
def test_no_error_leaves_it_and_what_was_said_stays(error: Exception, kind: type, message: str) -> None:
    world = World()
    *_, last = service(ScriptedEngine((*HELLO[:3], error)), world).run(HI, context(world))
    assert isinstance(last, kind) and isinstance(last, Done | Failed)
    assert last.reply.text == "Hello there." and last.reply.context is not None
    assert message in str(getattr(last, "message", "")) and "secret" not in str(last)
    assert world.happened[-2:] == [f"kept {kind.__name__}", "left"]


def test_closing_it_closes_everything_and_marks_nothing_as_ended() -> None:
    engine, world, token = ScriptedEngine(), World(), CancelToken()
    events = service(engine, world).run(HI, context(world, cancel=token))
    next(events)
    events.close()
    assert engine.closed.is_set() and token.cancelled
    assert world.happened[-1] == "left" and "kept Done" not in world.happened


def test_the_place_is_held_until_the_last_stage_has_really_ended() -> None:
    world, token = World(), CancelToken()
    release = token.hold()
    list(service(ScriptedEngine(), world).run(HI, context(world, cancel=token)))
    assert "place is free" not in world.happened
    release()
    assert world.happened[-1] == "place is free"


def test_a_turn_may_only_be_understood() -> None:
    class Listening(ScriptedEngine):
        def understand(self, turn: Turn, **how: Any) -> Iterator[TurnEvent]:
            yield from HELLO[:2]

    engine = Listening()
    list(service(engine).run(TurnRequest(Turn("Hi"), answer=False), context()))
    assert engine.calls == []
