"""Windows of long speech."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.speech.vad import SAMPLE_RATE, Speech
from pipelines.speech.windows import windows


@pytest.mark.parametrize(("gap", "starts"), [(4, [0.0]), (6, [0.0, 2.0]), (60, [0.0, 2.0])])
def test_a_long_gap_begins_a_window(gap: int, starts: list[float]) -> None:
    spans = ((0, 2 * SAMPLE_RATE), ((2 + gap) * SAMPLE_RATE, (5 + gap) * SAMPLE_RATE))
    found = windows(Speech(np.ones(5 * SAMPLE_RATE, np.float32), spans))
    assert [window.start for window in found] == starts
    assert sum(len(window.samples) for window in found) == 5 * SAMPLE_RATE


def test_speech_that_begins_late_has_one_window() -> None:
    spans = ((60 * SAMPLE_RATE, 62 * SAMPLE_RATE),)
    assert [window.start for window in windows(Speech(np.ones(2 * SAMPLE_RATE, np.float32), spans))] == [0.0]
