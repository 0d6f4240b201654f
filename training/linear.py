"""Fitting `LinearHead`: logistic regression, its strength by cross-validation, then a temperature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold
from sklearn.preprocessing import StandardScaler

from pipelines.core.linear import LinearHead

INNER_FOLDS = 4
SEED = 0


def fit_head(
    features: NDArray[np.float32],
    truth: Sequence[str] | NDArray[Any],
    strengths: Sequence[float],
    groups: Sequence[str] | NDArray[Any] | None = None,
) -> tuple[LinearHead, float]:
    """Return a calibrated head and the chosen strength C.

    Strength and temperature are chosen on inner folds, which never share a group (speaker).
    """
    labels = np.array(truth)
    found = [(c, *_out_of_fold(features, labels, c, groups)) for c in strengths]
    strength, logits, codes = max(found, key=lambda row: float((row[1].argmax(1) == row[2]).mean()))
    head = _fit(features, labels, strength, _temperature(logits, codes))
    return head, strength


def _out_of_fold(
    features: NDArray[np.float32],
    labels: NDArray[Any],
    strength: float,
    groups: Sequence[str] | NDArray[Any] | None,
) -> tuple[NDArray[Any], NDArray[Any]]:
    if groups is None:
        folds = StratifiedKFold(INNER_FOLDS, shuffle=True, random_state=SEED).split(features, labels)
    else:
        folds = GroupKFold(min(INNER_FOLDS, len(set(groups)))).split(features, labels, groups)
    names, codes = np.unique(labels, return_inverse=True)
    logits = np.zeros((len(labels), len(names)))
    for train, test in folds:
        head = _fit(features[train], labels[train], strength, 1.0)
        logits[test] = np.log(np.maximum(head.probabilities(features[test]), 1e-9))
    return logits, codes


def _fit(
    features: NDArray[np.float32], labels: NDArray[Any], strength: float, temperature: float
) -> LinearHead:
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit(scaler.transform(features), labels)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    return LinearHead(
        scaler.mean_.astype(np.float32),
        scaler.scale_.astype(np.float32),
        weights.astype(np.float32),
        bias.astype(np.float32),
        temperature,
        tuple(str(name) for name in model.classes_),
    )


def _temperature(logits: NDArray[Any], codes: NDArray[Any]) -> float:
    """Return the temperature with the least negative log-likelihood."""

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        shifted = scaled - scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(shifted).sum(axis=1))
        return float((log_sum - shifted[np.arange(len(codes)), codes]).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
