"""Interpolated Kneser-Ney n-grams, the baseline of the neural language models.

Sources: Kneser and Ney, 1995; Chen and Goodman, 1999, Computer Speech and Language 13, section 2.7.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

DISCOUNT = 0.75
Gram = tuple[int, ...]


class KneserNey:
    """Chance of a token after up to `order` - 1 others; every chance is above 0 and they sum to 1.

    The highest order counts n-grams; the lower ones count how many different tokens stand before one, but
    n-grams that begin a row, before which nothing can stand, as often as they occur. Each
    gives up `DISCOUNT` of every count to the next lower order, the lowest to the even distribution.
    """

    def __init__(self, order: int, size: int) -> None:
        self.order, self.size = order, size
        self._counts: list[dict[Gram, int]] = [defaultdict(int) for _ in range(order)]
        self._totals: list[dict[Gram, int]] = [defaultdict(int) for _ in range(order)]
        self._kinds: list[dict[Gram, int]] = [defaultdict(int) for _ in range(order)]

    def fit(self, rows: Iterable[Sequence[int]]) -> KneserNey:
        """Count the n-grams of rows of tokens; the first token of a row is only a context."""
        highest = self._counts[-1]
        lower: list[set[Gram]] = [set() for _ in range(self.order)]
        for row in rows:
            for at in range(1, len(row)):
                longest = tuple(row[max(0, at - self.order + 1) : at + 1])
                if len(longest) == self.order:
                    highest[longest] += 1
                else:
                    self._counts[at][longest] += 1
                for length in range(2, len(longest) + 1):
                    lower[length - 1].add(longest[-length:])
        for grams, counts in zip(lower[1:], self._counts, strict=False):
            for gram in grams:
                counts[gram[1:]] += 1
        for counts, totals, kinds in zip(self._counts, self._totals, self._kinds, strict=True):
            for gram, count in counts.items():
                totals[gram[:-1]] += count
                kinds[gram[:-1]] += 1
        return self

    def chance(self, context: Sequence[int], token: int) -> float:
        """Return the chance of a token after a context, of which the last `order` - 1 tokens count."""
        found = 1.0 / self.size
        for length in range(self.order):
            if length > len(context):
                break
            before = tuple(context[len(context) - length :])
            total = self._totals[length].get(before, 0)
            if total:
                counted = max(self._counts[length].get((*before, token), 0) - DISCOUNT, 0.0)
                found = (counted + DISCOUNT * self._kinds[length][before] * found) / total
        return found

    def perplexity(self, rows: Iterable[Sequence[int]]) -> float:
        """Return exp of the mean surprise of every token but the first of each row."""
        surprise, count = 0.0, 0
        for row in rows:
            for at in range(1, len(row)):
                surprise -= math.log(self.chance(row[max(0, at - self.order + 1) : at], row[at]))
                count += 1
        return math.exp(surprise / count)
