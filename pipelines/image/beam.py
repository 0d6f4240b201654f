"""Beam search over the captioner's ONNX graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.image.words import END, PAD, START, UNKNOWN

LENGTH_POWER = 0.7


@dataclass(frozen=True)
class Hypothesis:
    """A finished sentence. `score`: sum of log-probabilities over length to the power of 0.7."""

    tokens: tuple[int, ...]
    log_probability: float

    @property
    def score(self) -> float:
        """What the best hypothesis has most of."""
        return self.log_probability / max(1, len(self.tokens)) ** LENGTH_POWER

    @property
    def mean(self) -> float:
        """Mean log-probability of a word."""
        return self.log_probability / max(1, len(self.tokens))


def beam_search(
    step: Any,
    keys: NDArray[np.float32],
    values: NDArray[np.float32],
    *,
    beams: int,
    longest: int,
    cancel: CancelToken | None = None,
) -> list[Hypothesis]:
    """Return finished sentences, the best first; END counts as a word.

    Args:
        step: The session of `step.onnx`.
        keys: From `memory.onnx`, (layers, heads, 81, width).
        values: As `keys`.
        beams: Sentences that are followed at a time.
        longest: Most words.
        cancel: Checked before each word.

    Raises:
        Cancelled: when the token is cancelled.
    """
    layers, heads, _, width = keys.shape
    past = [np.zeros((layers, 1, heads, 0, width), np.float32)] * 2
    sentences: list[tuple[int, ...]] = [()]
    totals, finished = np.zeros(1, np.float32), []
    for place in range(longest):
        if cancel is not None:
            cancel.raise_if_cancelled()
        last = np.array([s[-1] if s else START for s in sentences], np.int64)
        given = {"token": last, "place": np.array([place], np.int64), "keys": keys, "values": values}
        scores, *past = step.run(None, {**given, "past_keys": past[0], "past_values": past[1]})
        scores[:, [PAD, START, UNKNOWN]] = -np.inf
        sums = totals[:, None] + scores
        best = np.argsort(sums, axis=None)[::-1][: 2 * beams]
        kept: list[tuple[int, int]] = []
        for origin, token in (divmod(int(index), sums.shape[1]) for index in best):
            if not np.isfinite(sums[origin, token]):
                break
            if token == END:
                finished.append(Hypothesis((*sentences[origin], END), float(sums[origin, END])))
            elif len(kept) < beams:
                kept.append((origin, token))
        if not kept or (
            len(finished) >= beams and _settled(finished, beams, float(sums[kept[0]]), place + 1)
        ):
            break
        totals = np.array([sums[pair] for pair in kept], np.float32)
        sentences = [(*sentences[origin], token) for origin, token in kept]
        past = [part[:, [origin for origin, _ in kept]] for part in past]
    finished = finished or [Hypothesis(s, float(total)) for s, total in zip(sentences, totals, strict=True)]
    return sorted(finished, key=lambda found: -found.score)


def _settled(finished: list[Hypothesis], beams: int, best_open: float, words: int) -> bool:
    """Whether the best open sentence, were it to end now, would not be among the finished ones."""
    if len(finished) < beams:
        return False
    worst = sorted((found.score for found in finished), reverse=True)[beams - 1]
    return best_open / words**LENGTH_POWER < worst
