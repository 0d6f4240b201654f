"""Where the language changes within a window of speech, from the encoder's output that is there anyway.

The decoder's first step names a language for any part of Whisper's encoder output; parts of 2 s are enough
to tell which of two languages is spoken, and all of a window's parts cost one step together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.speech.vad import SAMPLE_RATE

Guess = tuple[str, float]
"""A language (ISO 639-1) and its probability."""

PART, HOP = 100, 50
"""Encoder frames, 20 ms each, of a part and from one part to the next."""
SURE = 0.7
"""Probability at which a part counts for a language."""
LEAST_PARTS = 2
"""Parts in a row that another language takes to be believed."""
LEAST_FRAMES = PART + 2 * HOP
_SAMPLES_A_FRAME = SAMPLE_RATE // 50
_PAUSE = SAMPLE_RATE // 5
_STEP = SAMPLE_RATE // 50


@dataclass(frozen=True)
class Stretch:
    """Speech in one language. `start`, `end`: samples of the window."""

    start: int
    end: int
    language: str
    probability: float


def stretches(
    samples: NDArray[np.float32],
    frames: NDArray[np.float32],
    whole: Guess,
    guesses: Callable[[NDArray[np.float32]], Sequence[Guess]],
) -> list[Stretch]:
    """Return the stretches of a window of speech, each in its language.

    Args:
        samples: The speech, 16 kHz, shape (n,).
        frames: The encoder's output over it, (n_frames, width).
        whole: Language of the whole window.
        guesses: Gives the language of each part of encoder output, for (parts, frames, width).
    """
    if len(frames) < LEAST_FRAMES:
        return [Stretch(0, len(samples), *whole)]
    starts = range(0, len(frames) - PART + 1, HOP)
    parts = np.ascontiguousarray(np.stack([frames[at : at + PART] for at in starts]))
    runs = _runs(guesses(parts))
    if not runs:
        return [Stretch(0, len(samples), *whole)]
    if len(runs) == 1:
        language, probability, *_ = runs[0]
        return [Stretch(0, len(samples), *(whole if language == whole[0] else (language, probability)))]
    cuts = [0, *(_cut(samples, one[3], other[2]) for one, other in pairwise(runs)), len(samples)]
    return [
        Stretch(start, end, language, probability)
        for (start, end), (language, probability, *_) in zip(pairwise(cuts), runs, strict=True)
        if end > start
    ]


def _runs(guesses: Sequence[Guess]) -> list[tuple[str, float, int, int]]:
    """Return (language, mean probability, first part, last part) of the languages that follow one another."""
    runs: list[tuple[str, list[float], int, int]] = []
    for number, (language, probability) in enumerate(guesses):
        if probability < SURE:
            continue
        if runs and runs[-1][0] == language:
            runs[-1] = (language, [*runs[-1][1], probability], runs[-1][2], number)
        else:
            runs.append((language, [probability], number, number))
    joined: list[tuple[str, list[float], int, int]] = []
    for language, sure, first, last in runs:
        if len(sure) < LEAST_PARTS:
            continue
        if joined and joined[-1][0] == language:
            joined[-1] = (language, joined[-1][1] + sure, joined[-1][2], last)
        else:
            joined.append((language, sure, first, last))
    return [(language, float(np.mean(sure)), first, last) for language, sure, first, last in joined]


def _cut(samples: NDArray[np.float32], last: int, first: int) -> int:
    """Return the quietest moment between the middles of one language's last part and another's first."""
    half = PART // 2
    begin, end = ((part * HOP + half) * _SAMPLES_A_FRAME for part in (last, first))
    begin, end = max(0, begin - _PAUSE), min(len(samples), end + _PAUSE)
    starts = np.arange(begin, max(begin + 1, end - _PAUSE), _STEP)
    energies = [float(np.square(samples[at : at + _PAUSE]).sum()) for at in starts]
    return int(starts[int(np.argmin(energies))]) + _PAUSE // 2
