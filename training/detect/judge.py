"""How well a detector's objects agree with what people wrote of the same photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.detect.described import NOUNS, Described

Found = Sequence[tuple[str, float]]
"""Objects of one photo: label and score."""
SHOWN = ("person", "dog", "bicycle", "boat", "skateboard", "sports ball")
NUMBERS = (1, 2, 3)


@dataclass(frozen=True)
class Agreement:
    """Photos by what the captions say and what was found. Kinds that one person alone names are left out."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of what was found that the captions name."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Share of what the captions name that was found."""
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)


def agreement(
    photos: Iterable[tuple[Found, Described]], least: float, kinds: Iterable[str] = tuple(NOUNS)
) -> Agreement:
    """Return how often "there is a KIND" is right, for objects with a score of `least` and more."""
    right = wrong = missed = 0
    wanted = frozenset(kinds)
    for found, said in photos:
        seen = {label for label, score in found if score >= least} & wanted
        right += len(seen & said.present)
        wrong += len(seen - said.named)
        missed += len((said.present & wanted) - seen)
    return Agreement(right, wrong, missed)


def counting(
    photos: Iterable[tuple[Found, Described]], least: float, kinds: Iterable[str] = tuple(NOUNS)
) -> dict[int, tuple[int, int]]:
    """Return by number how many times people agree on it, and how many of those were counted right."""
    wanted, right, cases = frozenset(kinds), Counter[int](), Counter[int]()
    for found, said in photos:
        seen = Counter(label for label, score in found if score >= least)
        for kind, number in said.counts.items():
            if kind in wanted and kind in said.present and number in NUMBERS:
                cases[number] += 1
                right[number] += seen[kind] == number
    return {number: (cases[number], right[number]) for number in NUMBERS}


def counted_right(cases: Mapping[int, tuple[int, int]]) -> float:
    """Return the mean over the numbers of the share that was counted right: ones are the most frequent."""
    shares = [right / many for many, right in cases.values() if many]
    return sum(shares) / max(1, len(shares))


def summary(photos: Sequence[tuple[Found, Described]], least: float) -> dict[str, Any]:
    """Return the figures at one threshold as they stand in the card."""
    whole = agreement(photos, least)
    rows: dict[str, Any] = {
        "precision": round(100 * whole.precision, 1),
        "recall": round(100 * whole.recall, 1),
        "f1": round(100 * whole.f1, 1),
    }
    for kind in SHOWN:
        one = agreement(photos, least, (kind,))
        rows[f"{kind}: precision, recall"] = f"{100 * one.precision:.1f}, {100 * one.recall:.1f}"
    for number, (many, right) in counting(photos, least).items():
        rows[f"counted right where there are {number}"] = f"{right} of {many}"
    return rows
