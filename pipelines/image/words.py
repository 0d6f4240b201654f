"""The captioner's words: how sentences become tokens and tokens sentences."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

PAD, START, END, UNKNOWN = range(4)
SPECIAL = ("<pad>", "<start>", "<end>", "<unknown>")
_TOKEN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*|'[a-z]+")


def tokenize(sentence: str) -> list[str]:
    """Return lower-case words; punctuation is left out, "man's" becomes "man", "'s"."""
    return _TOKEN.findall(sentence.lower())


@dataclass(frozen=True)
class Vocabulary:
    """Words by number; the first four are `SPECIAL`."""

    words: tuple[str, ...]

    @classmethod
    def build(cls, sentences: Iterable[str], least: int) -> Vocabulary:
        """Return the words that occur at least `least` times, the commonest first."""
        counts = Counter(word for sentence in sentences for word in tokenize(sentence))
        kept = sorted((w for w, n in counts.items() if n >= least), key=lambda w: (-counts[w], w))
        return cls((*SPECIAL, *kept))

    @classmethod
    def read(cls, path: Path) -> Vocabulary:
        """Return the vocabulary in a JSON file."""
        return cls(tuple(json.loads(path.read_text("utf-8"))))

    def write(self, path: Path) -> None:
        """Write the words as JSON."""
        path.write_text(json.dumps(self.words, ensure_ascii=False) + "\n", encoding="utf-8")

    def encode(self, sentence: str) -> list[int]:
        """Return START, the words' numbers, END."""
        numbers = {word: number for number, word in enumerate(self.words)}
        return [START, *(numbers.get(word, UNKNOWN) for word in tokenize(sentence)), END]

    def sentence(self, tokens: Sequence[int]) -> str:
        """Return tokens as a sentence with a capital and a full stop; empty for no words."""
        text = " ".join(self.words[token] for token in tokens if token >= len(SPECIAL)).replace(" '", "'")
        return f"{text[0].upper()}{text[1:]}." if text else ""
