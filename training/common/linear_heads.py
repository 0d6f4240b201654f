"""Fitting `LinearHead`: a linear classifier chosen by cross-validation, then a temperature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from pipelines.core.linear import LinearHead

INNER_FOLDS = 4
SEED = 0


@dataclass(frozen=True)
class Candidate:
    """A linear classifier to try. `name`: for the model card; `make` returns a new estimator."""

    name: str
    make: Callable[[], Any]


def logistic(strength: float) -> Candidate:
    """Return multinomial logistic regression with the inverse regularisation `strength`."""
    return Candidate(
        f"logistic regression, C = {strength}", lambda: LogisticRegression(C=strength, max_iter=2000)
    )


def discriminant(shrinkage: float) -> Candidate:
    """Return linear discriminant analysis with a covariance shrunk towards the identity."""
    return Candidate(
        f"linear discriminant analysis, shrinkage {shrinkage}",
        lambda: FusedDiscriminants([slice(None)], shrinkage),
    )


class FusedDiscriminants:
    """Linear discriminant analyses of several blocks of features, their scores averaged.

    One analysis over all the blocks would estimate a covariance of thousands of features from a thousand
    clips. The average of linear scores is linear again, so it ships as one matrix. scikit-learn solves by
    singular values, which takes ten times as long as Cholesky's factors here.

    Args:
        blocks: Columns of each analysis; they may share some.
        shrinkage: Of the common covariance towards a multiple of the identity, more than 0, at most 1.
    """

    def __init__(self, blocks: Sequence[NDArray[np.intp] | slice], shrinkage: float) -> None:
        self.blocks, self.shrinkage = blocks, shrinkage

    def fit(self, features: NDArray[np.float32], labels: NDArray[Any]) -> FusedDiscriminants:
        """Learn `coef_` (classes, width), `intercept_` and `classes_` from standardised features."""
        self.classes_, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
        self.coef_ = np.zeros((len(counts), features.shape[1]))
        self.intercept_ = np.log(counts / counts.sum())
        for block in self.blocks:
            own = np.asarray(features[:, block], dtype=np.float32)
            means = np.stack([own[codes == code].mean(axis=0) for code in range(len(counts))])
            inside = own - means[codes]
            covariance = (1 - self.shrinkage) * (inside.T @ inside) / len(own)
            diagonal = np.einsum("ij,ij->j", inside, inside).mean() / len(own)
            covariance[np.diag_indices_from(covariance)] += self.shrinkage * diagonal
            solved = cho_solve(cho_factor(covariance, overwrite_a=True), means.T)
            self.coef_[:, block] += solved.T / len(self.blocks)
            self.intercept_ -= 0.5 * np.einsum("ij,ji->i", means, solved) / len(self.blocks)
        return self


def fit_head(
    features: NDArray[np.float32],
    truth: Sequence[str] | NDArray[Any],
    candidates: Sequence[Candidate],
    groups: Sequence[str] | NDArray[Any] | None = None,
) -> tuple[LinearHead, str]:
    """Return a calibrated head and the name of the chosen candidate.

    Candidate and temperature are chosen on inner folds, which never share a group (speaker).
    """
    labels = np.array(truth)
    with threadpool_limits(1):  # small problems: more BLAS threads than cores make them many times slower
        found = [(candidate, *_out_of_fold(features, labels, candidate, groups)) for candidate in candidates]
        best, logits, codes = max(found, key=lambda row: float((row[1].argmax(1) == row[2]).mean()))
        return _fit(features, labels, best, best_temperature(logits, codes)), best.name


def _out_of_fold(
    features: NDArray[np.float32],
    labels: NDArray[Any],
    candidate: Candidate,
    groups: Sequence[str] | NDArray[Any] | None,
) -> tuple[NDArray[Any], NDArray[Any]]:
    if groups is None:
        folds = StratifiedKFold(INNER_FOLDS, shuffle=True, random_state=SEED).split(features, labels)
    else:
        folds = GroupKFold(min(INNER_FOLDS, len(set(groups)))).split(features, labels, groups)
    names, codes = np.unique(labels, return_inverse=True)
    logits = np.full((len(labels), len(names)), -30.0)
    for train, test in folds:
        head = _fit(features[train], labels[train], candidate, 1.0)
        columns = np.searchsorted(names, head.labels)
        logits[np.ix_(test, columns)] = head.logits(features[test])
    return logits, codes


def _fit(
    features: NDArray[np.float32], labels: NDArray[Any], candidate: Candidate, temperature: float
) -> LinearHead:
    scaler = StandardScaler().fit(features)
    model = candidate.make()
    model.fit(scaler.transform(features), labels)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        weights, bias = both_classes(model)
    return LinearHead(
        scaler.mean_.astype(np.float32),
        scaler.scale_.astype(np.float32),
        weights.astype(np.float32),
        bias.astype(np.float32),
        temperature,
        tuple(str(name) for name in model.classes_),
    )


def both_classes(model: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return weights (2, width) and bias (2,) of a classifier that has learned a single margin."""
    weights, bias = model.coef_, model.intercept_
    return np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2


def best_temperature(logits: NDArray[Any], codes: NDArray[Any]) -> float:
    """Return the temperature with the least negative log-likelihood."""

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        shifted = scaled - scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(shifted).sum(axis=1))
        return float((log_sum - shifted[np.arange(len(codes)), codes]).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
