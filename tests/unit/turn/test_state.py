"""Events in, the turn's state out."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest

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
from chatbot.turn.state import Phase, TurnState, collect, fold
from pipelines.core.errors import BackendError
from pipelines.core.types import Audio
from tests.support import records

CONTEXT = records.context("hello")
SOUND = Audio(np.zeros(240, np.float32), 24_000)
EVENTS: tuple[TurnEvent, ...] = (
    Waiting(2),
    Waiting(1),
    EvidenceReady(CONTEXT.evidence[0]),
    ContextReady(CONTEXT),
    TextDelta("Hello "),
    SpeechChunk(SOUND, "Hello"),
    TextDelta("there."),
)


def test_every_event_leads_to_the_next_state() -> None:
    states = list(accumulate(EVENTS, fold, initial=TurnState()))
    assert [(state.phase, state.position, state.text, len(state.speech)) for state in states] == [
        (Phase.UNDERSTANDING, 0, "", 0),
        (Phase.WAITING, 2, "", 0),
        (Phase.WAITING, 1, "", 0),
        (Phase.UNDERSTANDING, 0, "", 0),
        (Phase.WRITING, 0, "", 0),
        (Phase.WRITING, 0, "Hello ", 0),
        (Phase.WRITING, 0, "Hello ", 1),
        (Phase.WRITING, 0, "Hello there.", 1),
    ]
    assert states[3].evidence == (CONTEXT.evidence[0],) and states[3].context is None
    assert states[-1].context is CONTEXT and states[-1].sound == [SOUND]
    assert not any(state.ended for state in states)


FAILURE = BackendError("The model broke")


@pytest.mark.parametrize(
    ("end", "phase", "error"),
    [
        (Done(records.reply("Hello there.")), Phase.DONE, None),
        (Done(records.reply("Hello", stopped=True)), Phase.STOPPED, None),
        (Failed("No room.", records.reply("Hello")), Phase.FAILED, "No room."),
        (Failed("Broken.", records.reply(""), FAILURE), Phase.FAILED, "Broken."),
    ],
)
def test_a_turn_ends_in_one_of_three_ways(end: Done | Failed, phase: Phase, error: str | None) -> None:
    state = collect((*EVENTS, end))
    assert state.ended and (state.phase, state.error) == (phase, error)
    assert state.reply is end.reply
    assert state.text == "Hello there.", "what came stays beside what is kept of it"


def test_a_turn_that_was_never_heard_of_has_a_state_too() -> None:
    state = collect(())
    assert (state.phase, state.reply, state.ended) == (Phase.UNDERSTANDING, None, False)
