"""k-nearest neighbours, SVM on HOG, and logistic regression on EfficientNet's features, on small pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from pipelines.image.foundations.small import SmallPictureClassifier
from pipelines.image.foundations.traditional import FeatureClassifier, HogSVM, ImageKNN
from pipelines.image.foundations.transfer import EfficientNetTransfer, PooledFeatures
from training.common.metrics import classifier_metrics
from training.foundations.image.picture_sets import cifar10
from training.foundations.recipe import Metrics, Run

STRENGTHS = (0.0003, 0.001, 0.003, 0.01, 0.03)


def measured(model: SmallPictureClassifier, run: Run) -> Metrics:
    """Report a classifier on the test split, which chose nothing."""
    test = cifar10(run.data, "test", small=run.small)
    return classifier_metrics(model.probabilities, list(test.pixels), test.names, model.labels)


class FeatureRecipe:
    """A classifier on given features by name; cross-validation on the train split chose its sizes."""

    def __init__(self, name: str) -> None:
        self.kind: type[ImageKNN | HogSVM] = ImageKNN if name == "image-knn" else HogSVM

    def train(self, run: Run) -> FeatureClassifier:
        """Fit on the train split."""
        train = cifar10(run.data, "train", small=run.small)
        return self.kind.new().fit(list(train.pixels), train.names)

    def evaluate(self, model: FeatureClassifier, run: Run) -> Metrics:
        """Report on the test split."""
        return measured(model, run)


class TransferRecipe:
    """Logistic regression on the pooled features of a frozen EfficientNet-Lite2."""

    def train(self, run: Run) -> EfficientNetTransfer:
        """Fit on nine tenths of the train split for each strength, then on all of it with the best."""
        train = cifar10(run.data, "train", small=run.small)
        features = PooledFeatures().thorough(train.pixels)
        return fit_regression(features, train.classes, train.labels)

    def evaluate(self, model: EfficientNetTransfer, run: Run) -> Metrics:
        """Report on the test split."""
        return measured(model, run)


def fit_regression(
    features: NDArray[np.float32], classes: NDArray[np.int64], labels: list[str]
) -> EfficientNetTransfer:
    """Return the classifier that learned from these features.

    Every tenth row is held back to choose how strongly weights are kept small (L2), then all rows train.
    """
    scale = StandardScaler().fit(features)
    rows = scale.transform(features)
    held = np.arange(len(rows)) % 10 == 0
    best = max(
        STRENGTHS,
        key=lambda strength: (
            _regression(strength).fit(rows[~held], classes[~held]).score(rows[held], classes[held])
        ),
    )
    found = _regression(best).fit(rows, classes)
    weight, bias = found.coef_.T.astype(np.float64), found.intercept_.astype(np.float64)
    return EfficientNetTransfer(labels, weight, bias, scale.mean_, scale.scale_)


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=500)
