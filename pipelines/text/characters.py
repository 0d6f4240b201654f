"""Sentiment of Chinese text: a linear model on hashed character n-grams (`chinese_sentiment`), in numpy.

Source of the features: NB-SVM's bag of n-grams (Wang and Manning, 2012), hashed (Weinberger et al., 2009).
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import BackendError, EmptyInputError
from pipelines.core.linear import LinearHead
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Sentiment
from pipelines.text.clean import clean

WEIGHTS = "chinese-sentiment"
BUCKETS = 1 << 16
LONGEST = 3
_KEPT = 2_000


def buckets_of(text: str) -> NDArray[np.int64]:
    """Return the buckets of a text's character n-grams, 1 to 3 long, each once, in order.

    Traditional characters count as simplified ones; spaces are left out; the first 2,000 characters count.
    """
    import opencc

    plain = opencc.OpenCC("t2s").convert(clean(text).lower()).replace(" ", "")[:_KEPT]
    grams = {plain[at : at + n] for n in range(1, LONGEST + 1) for at in range(len(plain) - n + 1)}
    return np.unique([zlib.crc32(gram.encode("utf-8")) % BUCKETS for gram in grams]).astype(np.int64)


class ChineseSentiment:
    """Positive or negative, of Chinese text."""

    model = "Trio Chinese sentiment (character n-grams)"

    def __init__(self, registry: Registry) -> None:
        self._store = registry.store
        self._head: LinearHead | None = None

    def load(self) -> None:
        """Verify and read the weights. Raises ModelError."""
        self._head = LinearHead.read(self._store.path(WEIGHTS) / "head.npz")

    def warm_up(self) -> None:
        """Read one word."""
        self.classify("你好")

    def unload(self) -> None:
        """Free the weights."""
        self._head = None

    def classify(self, text: str) -> Sentiment:
        """Return the sentiment. Raises EmptyInputError for text without characters."""
        if self._head is None:
            raise BackendError(said("The classifier is not loaded"), fix=said("Load it through the registry"))
        buckets = buckets_of(text)
        if not len(buckets):
            raise EmptyInputError(said("There is no text to classify"), fix=said("Write a sentence"))
        found = self._head.classify(vector(buckets))
        return Sentiment(found.label, found.confidence)


def vector(buckets: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return float32 (65536,) of length 1, equal in every bucket of the text."""
    out = np.zeros(BUCKETS, np.float32)
    out[buckets] = 1.0 / np.sqrt(max(1, len(buckets)))
    return out
