"""The benchmark of a call's turns: a pause where it is said to be, and who is cut in on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import call_turns
from chatbot.call.call_session import CallSession
from chatbot.call.call_settings import SAMPLE_RATE, CallSettings
from pipelines.core.types import Audio, Transcript
from pipelines.text.turn_end import Ending
from tests.support.call_sessions import clip, silero


@pytest.fixture
def recording(samples: Path) -> call_turns.Recording:
    speech, voiced = call_turns._spoken(silero(), clip(samples, "lj"))
    begin, end = call_turns._longest_pause(voiced, speech)
    return call_turns.with_pause("lj", "en", speech[:begin], speech[end:])


def test_the_pause_lasts_as_long_as_is_said_and_is_quiet(recording: call_turns.Recording) -> None:
    assert (recording.resume - recording.pause) / SAMPLE_RATE == pytest.approx(1.5)
    quiet = recording.samples[recording.pause : recording.resume]
    assert np.abs(quiet).max() < 0.01 < np.abs(recording.samples[recording.resume :]).max()


@pytest.mark.parametrize(("ending", "cut"), [(Ending.UNFINISHED, False), (Ending.UNSURE, True)])
def test_a_turn_is_cut_where_the_words_do_not_hold_it(
    recording: call_turns.Recording, ending: Ending, cut: bool
) -> None:
    session = CallSession(silero(), CallSettings(), lambda text: ending)
    pace = call_turns.Pace(0.2, 0.6)
    turn = call_turns.call(recording, session, lambda audio: Transcript("So", "en", 1.0), pace)
    assert turn.cut is cut
    assert turn.delay == pytest.approx(1.8 if ending is Ending.UNFINISHED else 0.9, abs=0.2)


def test_cut_ins_and_delays_are_counted() -> None:
    turns = [call_turns.Turn(True, 0.5), call_turns.Turn(False, 0.7), call_turns.Turn(False, 1.8)]
    assert call_turns.summary(turns) == {
        "recordings": 3,
        "cut_ins": 1,
        "delay_median": 0.7,
        "delay_worst": 1.8,
    }


def test_a_transcript_is_made_once() -> None:
    class Registry:
        asked = 0

        def get(self, stage: object) -> Registry:
            return self

        def transcribe(self, audio: Audio) -> Transcript:
            self.asked += 1
            return Transcript("Hello", "en", 1.0)

    registry = Registry()
    listened = call_turns.Listened(registry)  # type: ignore[arg-type]
    for _ in range(2):
        assert listened(Audio(np.zeros(16, np.float32), SAMPLE_RATE)).text == "Hello"
    assert registry.asked == 1


def test_the_table_has_a_row_for_each_pace_and_way() -> None:
    row = {"recordings": 50, "cut_ins": 3, "delay_median": 0.7, "delay_worst": 1.8}
    rows = {"words": {"en": row, "zh": {**row, "cut_ins": 4}}}
    lines = call_turns.table(dict.fromkeys(call_turns.PACES, rows))
    assert len(lines) == 2 + len(call_turns.PACES)
    assert lines[2].endswith("| words | 3 of 50 | 4 of 50 | 0.7 s (1.8 s), 0.7 s (1.8 s) |")
    assert len({line.count("|") for line in lines}) == 1
