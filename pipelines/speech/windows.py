"""Long speech in windows that a model takes at once, cut where nobody speaks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.speech.vad import SAMPLE_RATE, Speech

WINDOW_SECONDS = 30
LONG_GAP_SECONDS = 5
_SEARCH_SECONDS = 5
_FRAME = SAMPLE_RATE // 50


@dataclass(frozen=True, eq=False)
class Window:
    """`samples`: float32 (n,), 16 kHz, at most 30 s; `start`: seconds into the speech (silences cut out)."""

    start: float
    samples: NDArray[np.float32]


def windows(speech: Speech) -> list[Window]:
    """Return the speech in windows as long as 30 s allow, cut between stretches of speech.

    After a gap of 5 s a window begins too: the model may write both sides of it as one sentence, without a
    time between them. A stretch that is longer is cut at the quietest moment of its last 5 s that fit.
    """
    cuts, begin, end, before = [0], 0, 0, 0
    most, long_gap = WINDOW_SECONDS * SAMPLE_RATE, LONG_GAP_SECONDS * SAMPLE_RATE
    for start, stop in speech.spans:
        length = stop - start
        if end > begin and (end + length - begin > most or start - before >= long_gap):
            cuts.append(begin := end)
        end, before = end + length, stop
        while end - begin > most:
            cuts.append(begin := begin + _quietest(speech.samples[begin : begin + most]))
    cuts.append(len(speech.samples))
    return [
        Window(first / SAMPLE_RATE, speech.samples[first:last])
        for first, last in pairwise(cuts)
        if last > first
    ]


def _quietest(samples: NDArray[np.float32]) -> int:
    """Return the middle of the quietest 20 ms of the last 5 s, as an index into `samples`."""
    first = len(samples) - _SEARCH_SECONDS * SAMPLE_RATE
    frames = samples[first:].reshape(-1, _FRAME)
    return first + int(np.square(frames).sum(axis=1).argmin()) * _FRAME + _FRAME // 2
