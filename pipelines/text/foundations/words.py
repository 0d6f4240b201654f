"""Words of a text, and vocabularies that number them; for word vectors and neural models."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.text.clean import clean

PAD, UNKNOWN = 0, 1
SPECIAL = ("<pad>", "<unknown>")
_APOSTROPHE = re.compile("\\s*[\u2018\u2019'`]\\s*(s|m|t|re|ve|ll|d)\\b")
_WORD = re.compile(r"n't|'[a-z]+|[^\W\d_]+?(?=n't)|[^\W\d_]+|\d|[.,!?;:$%&()/\-]")


def words_of(text: str) -> list[str]:
    """Return lower-case words, single digits and punctuation, contractions cut as the Penn treebank does.

    "Don't!" becomes "do", "n't", "!".
    """
    return _WORD.findall(_APOSTROPHE.sub(r"'\1", clean(text).lower()))


@dataclass(frozen=True)
class WordNumbers:
    """Words by number; the first are `SPECIAL`."""

    words: tuple[str, ...]
    _numbers: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_numbers", {word: number for number, word in enumerate(self.words)})

    @classmethod
    def build(
        cls, sentences: Iterable[Sequence[str]], least: int = 1, special: tuple[str, ...] = SPECIAL
    ) -> WordNumbers:
        """Return the words that occur at least `least` times, the commonest first."""
        counts = Counter(word for sentence in sentences for word in sentence)
        kept = sorted((w for w, n in counts.items() if n >= least), key=lambda w: (-counts[w], w))
        return cls((*special, *kept))

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, words: Iterable[str]) -> list[int]:
        """Return the numbers of words; `UNKNOWN` where there is none."""
        return [self._numbers.get(word, UNKNOWN) for word in words]

    def write(self, path: Path) -> None:
        """Write the words as JSON."""
        path.write_text(json.dumps(self.words, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> WordNumbers:
        """Return what `write` wrote."""
        return cls(tuple(json.loads(path.read_text("utf-8"))))


def padded(rows: Sequence[Sequence[int]], least: int = 1) -> NDArray[np.int64]:
    """Return int64 (rows, longest), at least `least` wide; `PAD` after the end of a row."""
    out = np.full((len(rows), max(least, *map(len, rows))), PAD, np.int64)
    for number, row in enumerate(rows):
        out[number, : len(row)] = row
    return out
