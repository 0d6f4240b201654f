"""What self-critical training rewards: CIDEr-D and BLEU-4, less for pairs of words that people avoid.

CIDEr-D (Vedantam et al., 2015, arXiv:1411.5726) takes its document frequencies from the train captions:
pycocoevalcap takes them from the sentences that it is given, which a batch is too small for. BLEU-4 of one
sentence is smoothed by adding one to its longer n-grams (Lin and Och, 2004).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.image.words import END, START, UNKNOWN

LONGEST_GRAM = 4
SIGMA = 6.0
SELF = 10.0
"""CIDEr-D of a sentence and itself."""
LEAST_WEIGHT = 0.25
ODD_PENALTY = 0.3
ODD_SHARE = 0.2
ODD_EXPECTED = 5.0
Gram = tuple[int, ...]
Grams = Counter[Gram]
Vector = list[dict[Gram, float]]
Captions = Sequence[Sequence[Sequence[int]]]
"""The captions of each train photo, as tokens with END and without START."""


def grams_of(tokens: Sequence[int]) -> Grams:
    """Return the counts of a sentence's 1- to 4-grams."""
    return Counter(
        tuple(tokens[at : at + n]) for n in range(1, LONGEST_GRAM + 1) for at in range(len(tokens) - n + 1)
    )


class CaptionReward:
    """CIDEr-D plus smoothed BLEU-4, 0 to about 11, less 0.3 for each odd pair of words."""

    def __init__(self, references: Captions) -> None:
        self._cider, self._bleu = CiderReward(references), BleuReward(references)
        self._pairs = OddPairs(references)

    def score(self, photo: int, tokens: Sequence[int]) -> float:
        """Return the reward of a sentence for train photo number `photo`; END, if it ended, is a word."""
        near = self._cider.score(photo, tokens) + self._bleu.score(photo, tokens)
        return near - ODD_PENALTY * self._pairs.count(tokens)

    def consensus(self, captions: Captions) -> list[NDArray[np.float32]]:
        """Return how near each caption is to its photo's others by CIDEr-D, over the mean; 0.25 at least."""
        near = [
            np.array([self._cider.score(photo, caption) for caption in rows]) - SELF / len(rows)
            for photo, rows in enumerate(captions)
        ]
        mean = max(1e-6, float(np.mean(np.concatenate(near))))
        return [np.maximum(row / mean, LEAST_WEIGHT).astype(np.float32) for row in near]


class CiderReward:
    """How near a sentence is to a photo's captions; 0 to about 10."""

    def __init__(self, references: Captions) -> None:
        grams = [[grams_of(caption) for caption in captions] for captions in references]
        documents: Counter[Gram] = Counter()
        for captions in grams:
            documents.update(set().union(*captions))
        self._documents, self._total = documents, math.log(len(references))
        self._references = [
            [
                (vector, [_norm(part) for part in vector], len(caption))
                for vector, caption in zip(map(self._vector, counts), captions, strict=True)
            ]
            for counts, captions in zip(grams, references, strict=True)
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
        for reference, others, length in self._references[photo]:
            penalty = math.exp(-((len(tokens) - length) ** 2) / (2 * SIGMA**2))
            for n, (own, other) in enumerate(zip(vector, reference, strict=True)):
                overlap = sum(
                    min(weight, other[gram]) * other[gram] for gram, weight in own.items() if gram in other
                )
                scale = norms[n] * others[n]
                totals[n] += penalty * overlap / scale if scale else 0.0
        return float(10.0 * totals.mean() / len(self._references[photo]))


class BleuReward:
    """Smoothed BLEU-4 of one sentence, 0 to 1; END counts for nothing."""

    def __init__(self, references: Captions) -> None:
        self._references = [[_spoken(caption) for caption in captions] for captions in references]

    def score(self, photo: int, tokens: Sequence[int]) -> float:
        """Return the BLEU-4 of a sentence against the captions of train photo number `photo`."""
        spoken, references = _spoken(tokens), self._references[photo]
        most: Grams = Counter()
        for reference in references:
            most |= grams_of(reference)
        matched = [0] * LONGEST_GRAM
        for gram, count in grams_of(spoken).items():
            matched[len(gram) - 1] += min(count, most[gram])
        if not matched[0]:
            return 0.0
        logs = [math.log(matched[0] / len(spoken))]
        for n in range(1, LONGEST_GRAM):
            logs.append(math.log((matched[n] + 1) / (max(1, len(spoken) - n) + 1)))
        nearest = min((abs(len(r) - len(spoken)), len(r)) for r in references)[1]
        return math.exp(sum(logs) / LONGEST_GRAM + min(0.0, 1.0 - nearest / len(spoken)))


class OddPairs:
    """Neighbouring words that people write less than a fifth as often as chance would have it.

    Training on rewards alone learns endings such as "in a" and pairs such as "a air"; START and END are words
    here. Pairs that chance would give fewer than five times are never odd: rare words are no fault.
    """

    def __init__(self, references: Captions) -> None:
        captions = [[START, *caption] for photo in references for caption in photo]
        self._pairs = Counter(pair for caption in captions for pair in pairwise(caption))
        self._firsts: Counter[int] = Counter()
        self._seconds: Counter[int] = Counter()
        for (first, second), count in self._pairs.items():
            self._firsts[first] += count
            self._seconds[second] += count
        self._all = self._pairs.total()

    def is_odd(self, first: int, second: int) -> bool:
        """Whether people avoid `second` after `first`."""
        expected = self._firsts[first] * self._seconds[second] / self._all
        return expected >= ODD_EXPECTED and self._pairs[first, second] < ODD_SHARE * expected

    def count(self, tokens: Sequence[int]) -> int:
        """Return how many pairs of a sentence are odd; no end, after all the words, is one more."""
        odd = sum(self.is_odd(*pair) for pair in pairwise([START, *tokens]) if UNKNOWN not in pair)
        return odd + (not tokens or tokens[-1] != END)


def _norm(part: dict[Gram, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in part.values()))


def _spoken(tokens: Sequence[int]) -> list[int]:
    return [token for token in tokens if token != END]
