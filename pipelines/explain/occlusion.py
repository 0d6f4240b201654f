"""Occlusion: hide a part of the input, ask again, and see how much surer the label was with it.

Works with every back-end, because it only calls it. Sources: Zeiler and Fergus, 2014, arXiv:1311.2901
(regions of pictures); Li, Monroe and Jurafsky, 2016, arXiv:1612.08220 (erasing words).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import EmptyInputError
from pipelines.core.said import said
from pipelines.core.types import Audio, Image

MOST_CALLS = 48
"""Hidden parts of one input at most; longer inputs get larger parts."""
GRID = 6
SPAN = 2
"""A hidden square of a picture covers 2 by 2 cells of 6 by 6, and moves one cell at a time."""
MOMENT_SECONDS = 0.25
FADE_SECONDS = 0.01
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|(?:(?![{_CJK}])\w)+(?:['\u2019-](?:(?![{_CJK}])\w)+)*")
Progress = Callable[[int, int], None]
"""Takes how many hidden parts are done, of how many."""
_Rows = NDArray[np.float32]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Part:
    """A stretch of text. `weight`: how much surer the label was with it; None between the words."""

    text: str
    weight: float | None


@dataclass(frozen=True, eq=False)
class Moments:
    """`weights`: of each stretch of `seconds` (the last may be shorter), float32 (n,)."""

    weights: _Rows
    seconds: float


def explain_words(
    text: str,
    probability: Callable[[str], float],
    *,
    cancel: CancelToken | None = None,
    progress: Progress | None = None,
) -> tuple[Part, ...]:
    """Return the text in parts, which joined give it again; every Chinese character is a word.

    Args:
        text: What was judged.
        probability: Of the label that is explained, of a text.
        cancel: Checked before every call.
        progress: Told after every call.

    Raises:
        EmptyInputError: where there are no words.
        Cancelled: when the token is cancelled.
    """
    words = [found.span() for found in _WORD.finditer(text)]
    if not words:
        raise EmptyInputError(said("There are no words to explain"), given=repr(text[:60]))
    groups = _grouped(words)
    whole = probability(text)
    weights = [
        whole - (probability(rest) if (rest := text[:start] + text[end:]).strip() else 0.0)
        for start, end in _watched(groups, cancel, progress)
    ]
    parts: list[Part] = []
    at = 0
    for (start, end), weight in zip(groups, weights, strict=True):
        if start > at:
            parts.append(Part(text[at:start], None))
        parts.append(Part(text[start:end], weight))
        at = end
    return (*parts, Part(text[at:], None)) if at < len(text) else tuple(parts)


def _grouped(words: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans of neighbouring words, as few as are allowed, each of as many words."""
    each = -(-len(words) // MOST_CALLS)
    return [(words[at][0], words[min(at + each, len(words)) - 1][1]) for at in range(0, len(words), each)]


def explain_regions(
    image: Image,
    likeness: Callable[[Image], float],
    *,
    cancel: CancelToken | None = None,
    progress: Progress | None = None,
) -> _Rows:
    """Return how much each cell of a picture mattered, float32 (6, 6), rows from the top.

    A cell's value is the mean loss of likeness over the hidden squares that cover it.

    Args:
        image: What was judged.
        likeness: How much what is found in a picture is like what was found in the whole one, 0 to 1.
        cancel: Checked before every call.
        progress: Told after every call.

    Raises:
        Cancelled: when the token is cancelled.
    """
    whole = likeness(image)
    colour = image.pixels.reshape(-1, 3).mean(axis=0).astype(np.uint8)
    lost, covered = np.zeros((GRID, GRID), np.float32), np.zeros((GRID, GRID), np.float32)
    places = [(row, column) for row in range(GRID - SPAN + 1) for column in range(GRID - SPAN + 1)]
    for row, column in _watched(places, cancel, progress):
        cells = np.s_[row : row + SPAN, column : column + SPAN]
        lost[cells] += whole - likeness(_hidden(image, row, column, colour))
        covered[cells] += 1
    return lost / covered


def _hidden(image: Image, row: int, column: int, colour: NDArray[np.uint8]) -> Image:
    pixels = image.pixels.copy()
    edges = [np.linspace(0, side, GRID + 1).round().astype(int) for side in (image.height, image.width)]
    pixels[edges[0][row] : edges[0][row + SPAN], edges[1][column] : edges[1][column + SPAN]] = colour
    return Image(pixels)


def explain_moments(
    audio: Audio,
    probability: Callable[[Audio], float],
    *,
    cancel: CancelToken | None = None,
    progress: Progress | None = None,
) -> Moments:
    """Return how much each moment of a recording mattered; moments are 0.25 s or, of long sound, longer.

    Args:
        audio: What was judged.
        probability: Of the label that is explained, of a recording; may raise EmptyInputError.
        cancel: Checked before every call.
        progress: Told after every call.

    Raises:
        Cancelled: when the token is cancelled.
    """
    seconds = max(MOMENT_SECONDS, audio.seconds / MOST_CALLS)
    starts = [round(at * seconds * audio.sample_rate) for at in range(int(np.ceil(audio.seconds / seconds)))]
    whole = probability(audio)
    weights = []
    for start, end in _watched(
        [*zip(starts, [*starts[1:], len(audio.samples)], strict=True)], cancel, progress
    ):
        try:
            weights.append(whole - probability(_silenced(audio, start, end)))
        except EmptyInputError:
            weights.append(whole)
    return Moments(np.array(weights, np.float32), seconds)


def _silenced(audio: Audio, start: int, end: int) -> Audio:
    """Return the sound with a stretch faded out, so that no click is heard in its place."""
    gain = np.ones(len(audio.samples), np.float32)
    gain[start:end] = 0.0
    fade = max(1, round(FADE_SECONDS * audio.sample_rate))
    before, after = gain[max(0, start - fade) : start], gain[end : end + fade]
    before[:] = np.linspace(1.0, 0.0, len(before), dtype=np.float32)
    after[:] = np.linspace(0.0, 1.0, len(after), dtype=np.float32)
    return Audio(audio.samples * gain, audio.sample_rate)


def _watched(items: Sequence[_T], cancel: CancelToken | None, progress: Progress | None) -> Iterator[_T]:
    """Yield the items; ask the token before each, tell the progress after each."""
    for done, item in enumerate(items, start=1):
        if cancel is not None:
            cancel.raise_if_cancelled()
        yield item
        if progress is not None:
            progress(done, len(items))
