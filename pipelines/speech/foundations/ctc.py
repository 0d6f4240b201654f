"""Reading the output of connectionist temporal classification (Graves et al., 2006, ICML).

A path gives a label or a blank to every step; repeats are merged, then blanks are left out. Many paths
spell one reading. Greedy decoding takes the best path; prefix beam search (Hannun et al., 2014,
arXiv:1408.2873) adds up the paths of each reading.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLANK = 0
Reading = tuple[int, ...]
"""Indices of labels; label 0 is column 1 of the scores."""
_Ends = tuple[float, float]
"""Log-probability of a prefix's paths that end in a blank, and of those that end in its last label."""
_NEVER = float("-inf")


def greedy(log_probabilities: NDArray[np.float32]) -> Reading:
    """Return the reading of the best path through (steps, 1 + labels)."""
    path = log_probabilities.argmax(axis=1)
    new = np.concatenate([[True], path[1:] != path[:-1]])[: len(path)]
    return tuple(int(column) - 1 for column in path[new & (path != BLANK)])


def beam_search(log_probabilities: NDArray[np.float32], beam: int) -> list[tuple[Reading, float]]:
    """Return the likeliest readings and their log-probabilities, best first.

    Args:
        log_probabilities: (steps, 1 + labels), blank first.
        beam: How many prefixes are kept at every step.
    """
    prefixes: dict[Reading, _Ends] = {(): (0.0, _NEVER)}
    for step in log_probabilities.astype(np.float64):
        grown: dict[Reading, list[float]] = {}
        for prefix, ends in prefixes.items():
            _grow(grown, prefix, ends, step)
        best = sorted(grown.items(), key=lambda item: -np.logaddexp(item[1][0], item[1][1]))[:beam]
        prefixes = {prefix: (ends[0], ends[1]) for prefix, ends in best}
    return [(prefix, float(np.logaddexp(*ends))) for prefix, ends in prefixes.items()]


def _grow(grown: dict[Reading, list[float]], prefix: Reading, ends: _Ends, step: NDArray[np.float64]) -> None:
    """Add what one prefix becomes with a blank, its last label again, or a new label."""
    blank, label = ends
    whole = float(np.logaddexp(blank, label))
    _add(grown, prefix, 0, whole + step[BLANK])
    for index, score in enumerate(step[1:]):
        if prefix and prefix[-1] == index:
            _add(grown, prefix, 1, label + score)
            _add(grown, (*prefix, index), 1, blank + score)
        else:
            _add(grown, (*prefix, index), 1, whole + score)


def _add(grown: dict[Reading, list[float]], prefix: Reading, end: int, score: float) -> None:
    if score == _NEVER:
        return
    kept = grown.setdefault(prefix, [_NEVER, _NEVER])
    kept[end] = float(np.logaddexp(kept[end], score))
