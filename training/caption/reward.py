"""CIDEr-D (Vedantam et al., 2015, arXiv:1411.5726) with document frequencies of the train captions.

pycocoevalcap takes the frequencies from the sentences that it is given, which a batch is too small for.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LONGEST_GRAM = 4
SIGMA = 6.0
Grams = Counter[tuple[int, ...]]
Vector = list[dict[tuple[int, ...], float]]


def grams_of(tokens: Sequence[int]) -> Grams:
    """Return the counts of a sentence's 1- to 4-grams."""
    return Counter(
        tuple(tokens[at : at + n]) for n in range(1, LONGEST_GRAM + 1) for at in range(len(tokens) - n + 1)
    )


class CiderReward:
    """How near a sentence is to a photo's captions; 0 to about 10.

    Args:
        references: The captions of each train photo, as tokens.
    """

    def __init__(self, references: Sequence[Sequence[Sequence[int]]]) -> None:
        grams = [[grams_of(caption) for caption in captions] for captions in references]
        documents: Counter[tuple[int, ...]] = Counter()
        for captions in grams:
            documents.update(set().union(*captions))
        self._documents, self._total = documents, math.log(len(references))
        self._references = [
            [(self._vector(counts), len(caption)) for counts, caption in zip(*pair, strict=True)]
            for pair in zip(grams, references, strict=True)
        ]

    def _vector(self, counts: Grams) -> Vector:
        vector: Vector = [{} for _ in range(LONGEST_GRAM)]
        for gram, count in counts.items():
            weight = self._total - math.log(max(1, self._documents[gram]))
            vector[len(gram) - 1][gram] = count * weight
        return vector

    def score(self, photo: int, tokens: Sequence[int]) -> float:
        """Return the CIDEr-D of a sentence against the captions of train photo number `photo`."""
        vector = self._vector(grams_of(tokens))
        norms = [_norm(part) for part in vector]
        totals: NDArray[np.float64] = np.zeros(LONGEST_GRAM)
        for reference, length in self._references[photo]:
            penalty = math.exp(-((len(tokens) - length) ** 2) / (2 * SIGMA**2))
            for n, (own, other) in enumerate(zip(vector, reference, strict=True)):
                overlap = sum(
                    min(weight, other.get(gram, 0.0)) * other.get(gram, 0.0) for gram, weight in own.items()
                )
                scale = norms[n] * _norm(other)
                totals[n] += penalty * overlap / scale if scale else 0.0
        return float(10.0 * totals.mean() / len(self._references[photo]))


def _norm(part: dict[tuple[int, ...], float]) -> float:
    return math.sqrt(sum(weight * weight for weight in part.values()))
