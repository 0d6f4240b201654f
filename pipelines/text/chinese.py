"""Sentiment and emotion of Chinese: a cut and fine-tuned multilingual-e5-small, int8, and the characters.

Trained by `training/feelings/chinese.py`. The encoder: Wang et al., 2024, arXiv:2402.05672. The network reads
sense, linear models on characters know more words: together they are right more often than either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.core.linear import LinearHead, distribution
from pipelines.core.registry import Registry
from pipelines.core.types import Distribution
from pipelines.text.characters import buckets_of, character_scores
from pipelines.text.classifiable import cleaned
from pipelines.text.clean import clean
from pipelines.text.feelings import EmotionOfReader, Feelings, SentimentOfReader, TextReader
from pipelines.text.scripts import simplified

WEIGHTS = "chinese-feelings"
TOKENIZER = "tokenizer.json"
SENTIMENTS = ("negative", "neutral", "positive")
SHARE = 0.7
"""How much the characters' scores count beside the network's; chosen on held-back texts."""
EMOTIONS = ("joy", "sadness", "anger", "fear", "surprise", "neutral")


def plain(text: str) -> str:
    """Return a text as the model reads it: cleaned, in small letters, in simplified characters."""
    return simplified(clean(text).lower())


class ChineseReader(TextReader):
    """Of Chinese."""

    model = "Trio Chinese feelings (fine-tuned multilingual-e5-small, int8, and characters)"
    weights = WEIGHTS
    tokenizer = (WEIGHTS, TOKENIZER)
    longest = 128
    example = "你好"

    def __init__(self, registry: Registry, *, threads: int = 2) -> None:
        super().__init__(registry, threads=threads)
        self._votes: dict[str, LinearHead] = {}

    def open(self, folder: Path, tokenizer: Path) -> None:
        """Open the files of `folder`, which somebody else has verified. Raises ModelError."""
        super().open(folder, tokenizer)
        self._votes = {name: LinearHead.read(folder / f"{name}.npz") for name in self.heads}

    def unload(self) -> None:
        """Free the weights."""
        super().unload()
        self._votes = {}

    def scores(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return each head's scores with what the characters say, float32 (texts, labels), of plain texts."""
        found, buckets = super().scores(texts), [buckets_of(text) for text in texts]
        for name, head in self._votes.items():
            found[name] = found[name] + SHARE * np.stack([character_scores(head, each) for each in buckets])
        return found

    def _plain(self, text: str) -> str:
        return plain(cleaned(text))

    def _feelings(self, scores: Mapping[str, NDArray[np.float32]]) -> Feelings:
        return Feelings(self._one("sentiment", scores), self._one("emotion", scores))

    def _one(self, name: str, scores: Mapping[str, NDArray[np.float32]]) -> Distribution:
        return distribution(self.heads[name].labels, self.chances(name, scores))


class ChineseSentiment(SentimentOfReader):
    """Of Chinese text."""

    model, reader = ChineseReader.model, "chinese"


class ChineseEmotion(EmotionOfReader):
    """Joy, sadness, anger, fear, surprise or "neutral", of Chinese text."""

    model, reader = ChineseReader.model, "chinese"
