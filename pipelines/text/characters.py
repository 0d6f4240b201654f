"""Sentiment and emotion of Chinese text: linear models on hashed character n-grams, in numpy.

Trained by `training/feelings/chinese.py`. Source of the features: NB-SVM's bag of n-grams (Wang and Manning,
2012), hashed (Weinberger et al., 2009).
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import BackendError, EmptyInputError
from pipelines.core.linear import LinearHead
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Distribution, Sentiment
from pipelines.text.clean import clean
from pipelines.text.scripts import simplified

WEIGHTS = "chinese-feelings"
SENTIMENTS = ("negative", "neutral", "positive")
EMOTIONS = ("joy", "sadness", "anger", "fear", "surprise", "neutral")
BUCKETS = 1 << 16
LONGEST = 3
_KEPT = 2_000


def buckets_of(text: str) -> NDArray[np.int64]:
    """Return the buckets of a text's character n-grams, 1 to 3 long, each once, in order.

    Traditional characters count as simplified ones; spaces are left out; the first 2,000 characters count.
    """
    plain = simplified(clean(text).lower()).replace(" ", "")[:_KEPT]
    grams = {plain[at : at + n] for n in range(1, LONGEST + 1) for at in range(len(plain) - n + 1)}
    return np.unique([zlib.crc32(gram.encode("utf-8")) % BUCKETS for gram in grams]).astype(np.int64)


def vector(buckets: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return float32 (65536,) of length 1, equal in every bucket of the text."""
    out = np.zeros(BUCKETS, np.float32)
    out[buckets] = 1.0 / np.sqrt(max(1, len(buckets)))
    return out


class _CharacterHead:
    """What the two classifiers share. Subclasses name the file of the weights.

    Args:
        registry: Gives the weights.
    """

    file: str
    model: str

    def __init__(self, registry: Registry) -> None:
        self._store = registry.store
        self._head: LinearHead | None = None

    def load(self) -> None:
        """Verify and read the weights. Raises ModelError."""
        self._head = LinearHead.read(self._store.path(WEIGHTS) / self.file)

    def warm_up(self) -> None:
        """Read one word."""
        self.distribution("你好")

    def unload(self) -> None:
        """Free the weights."""
        self._head = None

    def distribution(self, text: str) -> Distribution:
        """Return the labels' probabilities. Raises EmptyInputError for text without characters."""
        if self._head is None:
            raise BackendError(said("The classifier is not loaded"), fix=said("Load it through the registry"))
        buckets = buckets_of(text)
        if not len(buckets):
            raise EmptyInputError(said("There is no text to classify"), fix=said("Write a sentence"))
        return self._head.classify(vector(buckets))


class ChineseSentiment(_CharacterHead):
    """Negative, neutral or positive, of Chinese text."""

    file = "sentiment.npz"
    model = "Trio Chinese sentiment (character n-grams)"

    def classify(self, text: str) -> Sentiment:
        """Return the sentiment. Raises EmptyInputError for text without characters."""
        return Sentiment.of(self.distribution(text))


class ChineseEmotion(_CharacterHead):
    """Joy, sadness, anger, fear, surprise or none of them ("neutral"), of Chinese text."""

    file = "emotion.npz"
    model = "Trio Chinese emotion (character n-grams)"

    def classify(self, text: str) -> Distribution:
        """Return the emotion. Raises EmptyInputError for text without characters."""
        return self.distribution(text)
