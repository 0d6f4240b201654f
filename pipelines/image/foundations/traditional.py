"""Classifiers on given features: nearest neighbours, and a support vector machine on gradients.

Sources: Cover and Hart, 1967, "Nearest neighbor pattern classification"; Dalal and Triggs, 2005, "Histograms
of oriented gradients for human detection".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import skops.io
from numpy.typing import NDArray
from skimage.feature import hog
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from pipelines.image.foundations.small import Pixels, SmallPictureClassifier

FILE = "model.skops"
TRUSTED = ("sklearn.calibration._CalibratedClassifier", "sklearn.calibration._SigmoidCalibration")


class FeatureClassifier(SmallPictureClassifier):
    """A scikit-learn pipeline behind features of pictures.

    Attributes:
        steps: The pipeline, fitted by `fit`.
    """

    def __init__(self, steps: Pipeline, labels: Sequence[str] = ()) -> None:
        self.steps, self.labels = steps, list(labels)

    @staticmethod
    def features(pictures: Sequence[Pixels]) -> NDArray[np.float32]:
        """Return float32 (pictures, features) of uint8 (32, 32, 3)."""
        raise NotImplementedError

    def fit(self, pictures: Sequence[Pixels], labels: Sequence[str]) -> Self:
        """Learn from pictures and their labels."""
        self.steps.fit(self.features(pictures), list(labels))
        self.labels = [str(label) for label in self.steps.classes_]
        return self

    def probabilities(self, pictures: Sequence[Pixels]) -> NDArray[np.float64]:
        """Return class probabilities, float64 (pictures, classes); rows sum to 1."""
        found: NDArray[np.float64] = self.steps.predict_proba(self.features(pictures))
        return found

    def save(self, folder: Path) -> None:
        """Write `model.skops`."""
        skops.io.dump(self.steps, folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the saved classifier; refuses types that scikit-learn's pipelines do not need."""
        steps = skops.io.load(folder / FILE, trusted=list(TRUSTED))
        return cls(steps, [str(label) for label in steps.classes_])


class ImageKNN(FeatureClassifier):
    """The classes of the 20 train pictures at the smallest angle, along the 30 main axes of the pixels."""

    @classmethod
    def new(cls) -> Self:
        """Return an untrained one."""
        nearest = KNeighborsClassifier(20, weights="distance", metric="cosine", algorithm="brute")
        return cls(Pipeline([("axes", PCA(30, whiten=True, random_state=0)), ("classifier", nearest)]))

    @staticmethod
    def features(pictures: Sequence[Pixels]) -> NDArray[np.float32]:
        """Return all the pixels, float32 (pictures, 3072), 0 to 1."""
        pixels = np.stack(list(pictures)).reshape(len(pictures), -1)
        return pixels.astype(np.float32) / np.float32(255)

    @property
    def parameters(self) -> int:
        """Numbers that are kept: the axes, and every train picture along them."""
        axes = self.steps["axes"]
        return int(axes.components_.size + axes.mean_.size + self.steps["classifier"].n_samples_fit_ * 30)


class HogSVM(FeatureClassifier):
    """Histograms of oriented gradients, SVM with a Gaussian kernel, Platt's sigmoid for probabilities."""

    @classmethod
    def new(cls) -> Self:
        """Return an untrained one."""
        classifier = CalibratedClassifierCV(SVC(C=3.0), cv=3, ensemble=False)
        return cls(Pipeline([("scale", StandardScaler()), ("classifier", classifier)]))

    @staticmethod
    def features(pictures: Sequence[Pixels]) -> NDArray[np.float32]:
        """Return gradients' histograms: 9 directions in cells of 8x8 pixels, blocks of 2x2 cells."""
        rows = [
            hog(pixels, 9, (8, 8), (2, 2), block_norm="L2-Hys", transform_sqrt=True, channel_axis=-1)
            for pixels in pictures
        ]
        return np.asarray(rows, np.float32)

    @property
    def parameters(self) -> int:
        """Numbers of the support vectors and their weights."""
        machines: list[Any] = [each.estimator for each in self.steps["classifier"].calibrated_classifiers_]
        return sum(int(each.support_vectors_.size + each.dual_coef_.size) for each in machines)
