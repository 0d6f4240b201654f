"""How far generated pictures are from real ones, and whether they are all the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist
from sklearn.decomposition import PCA

from training.foundations.recipe import Metrics

AXES = 32
LEAST_DIVERSITY = 0.5
LEAST_CLASSES = 0.4
Rows = NDArray[np.floating]


def frechet_distance(first: Rows, second: Rows) -> float:
    """Return the squared Fréchet distance of two sets of features, each taken as a normal distribution.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) with means m and covariances C (Heusel et al., 2017,
    arXiv:1706.08500, with Inception's features). The trace of the root is that of the symmetric
    (C1^(1/2) C2 C1^(1/2))^(1/2).

    Args:
        first: (n, axes); covariances have full rank only if n is above the axes.
        second: (m, axes).
    """
    means = first.mean(axis=0) - second.mean(axis=0)
    one, two = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    root = _root(one)
    mixed = np.sqrt(np.clip(np.linalg.eigvalsh(root @ two @ root), 0.0, None)).sum()
    return float(means @ means + np.trace(one) + np.trace(two) - 2.0 * mixed)


def _root(covariance: Rows) -> Rows:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T)


@dataclass(frozen=True, eq=False)
class Judge:
    """Real pictures as the measure of generated ones.

    Features are first brought to the 32 axes along which other real pictures vary most, so that covariances
    of a few hundred pictures have full rank. Axes of the very pictures that are the measure would make them
    seem more varied than any others.

    Attributes:
        axes: Those axes.
        real: Features of real pictures along them, (n, axes).
        classes: Their classes.
    """

    axes: PCA
    real: Rows
    classes: NDArray[np.int64]

    @classmethod
    def of(cls, features: Rows, classes: NDArray[np.int64], others: Rows, axes: int = AXES) -> Self:
        """Return the judge that knows these features of real pictures; those of `others` give the axes."""
        found = PCA(axes, random_state=0).fit(others)
        return cls(found, found.transform(features), classes)

    def frechet(self, features: Rows) -> float:
        """Return the squared Fréchet distance between pictures with these features and the real ones."""
        return round(frechet_distance(self.axes.transform(features), self.real), 3)

    def variety(self, features: Rows) -> Metrics:
        """Tell whether a generator has collapsed to a few pictures.

        Fields `diversity`, the mean distance between two pictures over that between two real ones;
        `effective_classes`, the exponential of the entropy of the classes of the nearest real pictures
        (as many as the classes where all are made equally often); `collapsed`, whether the diversity is below
        0.5 or the effective classes are below 40 % of the real ones.
        """
        rows = self.axes.transform(features)
        diversity = float(pdist(rows).mean() / pdist(self.real).mean())
        nearest = self.classes[cdist(rows, self.real).argmin(axis=1)]
        found, wanted = _effective(nearest), _effective(self.classes)
        collapsed = diversity < LEAST_DIVERSITY or found < LEAST_CLASSES * wanted
        return {
            "diversity": round(diversity, 3),
            "effective_classes": round(found, 2),
            "collapsed": bool(collapsed),
        }


def _effective(classes: NDArray[np.int64]) -> float:
    shares = np.unique(classes, return_counts=True)[1] / len(classes)
    return float(np.exp(-(shares * np.log(shares)).sum()))
