"""Metrics of classifiers, over scikit-learn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    precision_recall_fscore_support,
)

BINS = 15
Input = TypeVar("Input")


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


def bootstrap_interval(right: NDArray[np.bool_], resamples: int = 1000, seed: int = 0) -> list[float]:
    """Return the 95 % interval of the mean of `right` over resamples (Efron, 1979)."""
    draws = np.random.default_rng(seed).integers(len(right), size=(resamples, len(right)))
    low, high = np.percentile(right[draws].mean(axis=1), [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def report(
    probabilities: NDArray[Any], truth: Sequence[str] | NDArray[Any], labels: Sequence[str]
) -> dict[str, Any]:
    """Return what a card and a reader want to know of a classifier on held-out data.

    Accuracy with its 95 % bootstrap interval, macro precision, recall and F1, each class's, calibration
    error, confusion matrix (rows are the truth) and the accuracy of always guessing the commonest class.
    """
    guesses = np.array(labels)[probabilities.argmax(axis=1)]
    each = precision_recall_fscore_support(truth, guesses, labels=list(labels), zero_division=0)
    counts = np.unique(np.array(truth), return_counts=True)[1]
    return {
        "count": len(truth),
        "accuracy": round(float(accuracy_score(truth, guesses)), 4),
        "accuracy_interval": bootstrap_interval(guesses == np.array(truth)),
        "macro_precision": round(float(each[0].mean()), 4),
        "macro_recall": round(float(each[1].mean()), 4),
        "macro_f1": round(float(each[2].mean()), 4),
        "calibration_error": round(calibration_error(probabilities, truth, labels), 4),
        "majority_baseline": round(float(counts.max() / counts.sum()), 4),
        "labels": list(labels),
        "per_class": {
            label: {"precision": round(float(p), 4), "recall": round(float(r), 4), "f1": round(float(f), 4)}
            for label, p, r, f in zip(labels, *each[:3], strict=True)
        },
        "confusion": confusion_matrix(truth, guesses, labels=list(labels)).tolist(),
    }


def classifier_metrics(
    probabilities: Callable[[Sequence[Input]], NDArray[Any]],
    inputs: Sequence[Input],
    truth: Sequence[str] | NDArray[Any],
    labels: Sequence[str],
    *,
    timed: int = 64,
) -> dict[str, Any]:
    """Return `report` of a classifier, and `predict_ms`: milliseconds for one input at a time, median.

    Args:
        probabilities: Gives (inputs, labels), rows that sum to 1.
        inputs: Held-out inputs.
        truth: Their labels.
        labels: All the labels, in the order of the columns.
        timed: How many of the inputs are timed.
    """
    found = report(probabilities(inputs), truth, labels)
    seconds = []
    for each in inputs[: timed + 1]:
        start = time.perf_counter()
        probabilities([each])
        seconds.append(time.perf_counter() - start)
    return {**found, "predict_ms": round(1000 * float(np.median(seconds[1:] or seconds)), 3)}
