"""Stop: it shows at once, and nothing is given back before the last stage has ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from chatbot.config.settings import Settings
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Done, EvidenceReady, TurnEvent
from chatbot.turn.understanding import AT_ONCE
from chatbot.web.admission.turn_queue import QueueLength, TurnQueue
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled
from pipelines.core.types import Evidence, Image, Sentiment, Stage, Turn
from tests.support.scripted import scripted_registry

WAIT = 60
TURN = Turn("Hi", (Image(np.zeros((8, 8, 3), np.uint8)),))
KNOWN = [Evidence(Stage.SENTIMENT, "text", Sentiment("positive", 0.9), 0.9, "known", 0.0)]
"""What is known comes first, whatever the stages do: a turn that has begun can be stopped after it."""


class Stubborn:
    """A stage that hears no token; it ends when it is let go."""

    def __init__(self, bot: Chatbot, stage: Stage = Stage.OCR) -> None:
        self.leave, self.entered = threading.Event(), threading.Semaphore(0)
        self.running = self.most = self.calls = 0
        self._lock = threading.Lock()
        bot.registry.get(stage)._act = self.act

    def wait(self) -> None:
        assert self.entered.acquire(timeout=WAIT)

    def act(self, given: Any) -> None:
        with self._lock:
            self.running, self.calls = self.running + 1, self.calls + 1
            self.most = max(self.most, self.running)
        self.entered.release()
        assert self.leave.wait(WAIT)
        with self._lock:
            self.running -= 1


@pytest.fixture
def bot() -> Iterator[Chatbot]:
    with Chatbot(Settings(turns_at_once=2), scripted_registry()) as bot:
        yield bot


def stop(bot: Chatbot, token: CancelToken, before: Callable[[], None]) -> list[TurnEvent]:
    """Begin a turn, stop it while a stage runs, and return what is told after that."""
    events = bot.respond(TURN, cancel=token, known=KNOWN)
    assert isinstance(next(events), EvidenceReady)
    before()
    token.cancel()
    return list(events)


def idle_of(token: CancelToken) -> threading.Event:
    idle = threading.Event()
    token.on_idle(idle.set)
    return idle


def stopped(events: list[TurnEvent]) -> bool:
    return isinstance(events[-1], Done) and events[-1].reply.stopped


def test_stop_and_resend_never_runs_more_stages_than_the_limit(bot: Chatbot) -> None:
    stage, limit = Stubborn(bot), 3 * AT_ONCE  # two turns, and a draft
    tokens = [CancelToken() for _ in range(20)]
    for number, token in enumerate(tokens):
        assert stopped(stop(bot, token, stage.wait if number < limit else lambda: None))
    assert stage.running == limit
    stage.leave.set()
    assert all(idle_of(token).wait(WAIT) for token in tokens)
    assert (stage.most, stage.calls) == (limit, limit), "what waited was dropped"
    assert isinstance(list(bot.respond(TURN))[-1], Done)


def test_stop_and_resend_begins_no_turn_while_stopped_ones_fill_the_places(bot: Chatbot) -> None:
    stage, queue = Stubborn(bot), TurnQueue(at_once=2, each=100)
    tokens, begun = [CancelToken() for _ in range(20)], 0
    for token in tokens:
        with queue.ticket("anna", token) as ticket:
            if next(ticket.wait(), 0):  # it waits: the person gives up on it too
                token.cancel()
                continue
            begun += 1
            assert stopped(stop(bot, token, stage.wait))
    assert (begun, stage.most, queue.length()) == (2, 2, QueueLength(2, 0))
    stage.leave.set()
    assert all(idle_of(token).wait(WAIT) for token in tokens)
    assert queue.length() == QueueLength(0, 0)


def test_whoever_waits_begins_when_the_stopped_turns_stage_has_ended(bot: Chatbot) -> None:
    stage, queue, token = Stubborn(bot), TurnQueue(at_once=1), CancelToken()
    with queue.ticket("anna", token) as ticket:
        assert list(ticket.wait()) == []
        assert stopped(stop(bot, token, stage.wait))
    with queue.ticket("anna", CancelToken()) as ticket:
        positions = ticket.wait()
        assert next(positions) == 1
        stage.leave.set()
        assert list(positions) == []


def test_quiet_moments_begin_when_the_last_stage_has_ended(bot: Chatbot) -> None:
    stage, token, ran = Stubborn(bot), CancelToken(), threading.Event()
    assert stopped(stop(bot, token, stage.wait))
    bot.idle.put("job", lambda _: ran.set())
    assert bot.idle._turns == 1 and not ran.is_set()
    stage.leave.set()
    assert ran.wait(WAIT)


@pytest.mark.parametrize("stage", [Stage.GENERATE, Stage.SPEAK])
def test_a_model_that_hangs_holds_the_token_and_not_the_person(bot: Chatbot, stage: Stage) -> None:
    entered, leave, token = threading.Event(), threading.Event(), CancelToken()

    def stream(*_: Any, **__: Any) -> Iterator[Any]:
        entered.set()
        assert leave.wait(WAIT)
        yield from ()

    bot.registry.get(stage).stream = stream

    def stop_it() -> None:
        assert entered.wait(WAIT)
        token.cancel()

    stopper = threading.Thread(target=stop_it)
    stopper.start()
    assert stopped(list(bot.respond(Turn("Hi"), cancel=token)))
    stopper.join(WAIT)
    idle = idle_of(token)
    assert not idle.is_set()
    leave.set()
    assert idle.wait(WAIT)


def test_closing_the_engine_waits_for_its_stages(bot: Chatbot) -> None:
    stage, running = Stubborn(bot), list[int]()
    unload = bot.registry.unload

    def noted() -> None:
        running.append(stage.running)
        unload()

    bot.registry.unload = noted  # type: ignore[method-assign]
    assert stopped(stop(bot, CancelToken(), stage.wait))
    closer = threading.Thread(target=bot.close)
    closer.start()
    stage.leave.set()
    closer.join(WAIT)
    assert running == [0], "the models are freed under no stage"


def test_a_position_changes_when_somebody_comes_between() -> None:
    queue, seen, changed = TurnQueue(at_once=1), list[int](), threading.Semaphore(0)
    first, token = queue.ticket("ann", CancelToken()), CancelToken()
    assert list(first.wait()) == []

    def wait() -> None:
        with pytest.raises(Cancelled), queue.ticket("ann", token) as ticket:
            for position in ticket.wait():
                seen.append(position)
                changed.release()

    thread = threading.Thread(target=wait)
    thread.start()
    assert changed.acquire(timeout=WAIT)
    queue.ticket("bob", CancelToken())
    assert changed.acquire(timeout=WAIT)
    token.cancel()
    thread.join(WAIT)
    assert seen == [1, 2] and not thread.is_alive()
