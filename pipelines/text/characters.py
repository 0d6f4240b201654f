"""Scores of Chinese text from its characters: linear models on hashed n-grams, in numpy.

Trained by `training/feelings/characters.py`. Source of the features: NB-SVM's bag of n-grams (Wang and
Manning, 2012), hashed (Weinberger et al., 2009).
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from pipelines.core.linear import LinearHead

BUCKETS = 1 << 16
LONGEST = 3
_KEPT = 2_000


def buckets_of(text: str) -> NDArray[np.int64]:
    """Return the buckets of a text's character n-grams, 1 to 3 long, each once, in order.

    `text`: as `pipelines.text.chinese.plain` returns it. Spaces are left out; 2,000 characters count.
    """
    plain = text.replace(" ", "")[:_KEPT]
    grams = {plain[at : at + n] for n in range(1, LONGEST + 1) for at in range(len(plain) - n + 1)}
    return np.unique([zlib.crc32(gram.encode("utf-8")) % BUCKETS for gram in grams]).astype(np.int64)


def character_scores(head: LinearHead, found: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return a head's calibrated scores, float32 (labels,), of a text's buckets; its vector has length 1."""
    summed = head.weights[:, found].astype(np.float32).sum(axis=1) / np.sqrt(max(1, len(found)))
    return np.asarray((summed + head.bias) / head.temperature, np.float32)
