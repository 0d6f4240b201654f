"""Metrics of classifiers, over scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score

BINS = 15


def calibration_error(
    probabilities: NDArray[Any], truth: Sequence[str] | NDArray[Any], labels: Sequence[str]
) -> float:
    """Return the expected calibration error over 15 equal bins of the top probability (Guo et al., 2017)."""
    confidence = probabilities.max(axis=1)
    guesses = np.array(labels)[probabilities.argmax(axis=1)]
    right = guesses == np.array(truth)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean()
        for b in range(BINS)
        if (bins == b).any()
    ]
    return float(sum(gaps))


def report(
    probabilities: NDArray[Any], truth: Sequence[str] | NDArray[Any], labels: Sequence[str]
) -> dict[str, Any]:
    """Return accuracy, macro recall and F1, calibration error, confusion matrix and the majority baseline."""
    guesses = np.array(labels)[probabilities.argmax(axis=1)]
    counts = np.unique(np.array(truth), return_counts=True)[1]
    return {
        "count": len(truth),
        "accuracy": round(float(accuracy_score(truth, guesses)), 4),
        "macro_recall": round(float(recall_score(truth, guesses, average="macro")), 4),
        "macro_f1": round(float(f1_score(truth, guesses, average="macro")), 4),
        "calibration_error": round(calibration_error(probabilities, truth, labels), 4),
        "majority_baseline": round(float(counts.max() / counts.sum()), 4),
        "labels": list(labels),
        "confusion": confusion_matrix(truth, guesses, labels=list(labels)).tolist(),
    }
