"""The linear models on characters that vote beside the Chinese network (`chinese.py`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from pipelines.core.linear import LinearHead
from pipelines.text.characters import BUCKETS, buckets_of
from pipelines.text.chinese import plain
from training.common.losses import IGNORED
from training.feelings.chinese_problem import LABELS, calibrated, codes, macro_f1
from training.feelings.chinese_texts import Labelled, Split

STRENGTHS = (3.0, 10.0)
WEIGHTINGS = (0.0, 0.5, 1.0)
"""How much a rare label counts: 0 as often as it stands in the data, 1 as much as every other."""


def fit_characters(split: Split) -> dict[str, LinearHead]:
    """Return a model for each head; strength, weighting and temperature do best on the held-back texts."""
    train, held_back = vectors(split.train), vectors(split.held_back)
    return {name: _fit(train, held_back, split, name) for name in LABELS}


def vectors(rows: Sequence[Labelled]) -> csr_matrix:
    """Return the texts' vectors of length 1, sparse (texts, 65536)."""
    found = [buckets_of(plain(row.text)) for row in tqdm(rows, unit="text")]
    values = np.concatenate([np.full(len(b), 1.0 / np.sqrt(max(1, len(b))), np.float32) for b in found])
    ends = np.cumsum([0, *map(len, found)])
    return csr_matrix((values, np.concatenate(found), ends), shape=(len(found), BUCKETS))


def _fit(train: csr_matrix, held_back: csr_matrix, split: Split, name: str) -> LinearHead:
    truth = codes(split.train, name)
    known = truth != IGNORED
    tried = []
    for strength in STRENGTHS:
        for weighting in WEIGHTINGS:
            counted = _weights(truth[known], weighting)
            model = LogisticRegression(C=strength, max_iter=300, class_weight=counted)
            model.fit(train[known], truth[known])
            scores = np.asarray(model.decision_function(held_back))
            tried.append((macro_f1(scores, split.held_back, name), strength, weighting, model, scores))
    *_, model, scores = max(tried, key=lambda row: row[:3])
    temperature = calibrated(scores, split.held_back, name)
    zero, one = np.zeros(BUCKETS, np.float32), np.ones(BUCKETS, np.float32)
    weights, bias = model.coef_.astype(np.float16), model.intercept_.astype(np.float32)
    return LinearHead(zero, one, weights, bias, temperature, LABELS[name])


def _weights(found: NDArray[np.int64], weighting: float) -> dict[int, float]:
    counts = np.bincount(found)
    return {code: float((len(found) / (len(counts) * n)) ** weighting) for code, n in enumerate(counts)}
