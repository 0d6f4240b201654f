"""Transfer: a classifier on the features of a network that was trained on a million other pictures.

EfficientNet-Lite2 (Tan and Le, 2019, arXiv:1905.11946), trained on ImageNet, stays as it is; only a logistic
regression on its pooled features learns (Razavian et al., 2014, arXiv:1403.6382).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pipelines.core.types import Image, Stage
from pipelines.image.foundations.small import Pixels, SmallPictureClassifier

BATCH = 1
FILE, CONFIG = "model.npz", "config.json"


class PooledFeatures:
    """EfficientNet-Lite2's features of pictures, their grid averaged; opened on first use."""

    def __init__(self) -> None:
        self._encoder: Any = None

    def __call__(self, pictures: Sequence[Pixels] | NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return float32 (pictures, 1280) of uint8 pictures, enlarged to the encoder's 260x260.

        Each is seen as it is and mirrored, and the features of both are averaged.

        Raises:
            ModelError: if the encoder's weights cannot be used.
        """
        if self._encoder is None:
            from pipelines.backends import default_registry

            self._encoder = default_registry().get(Stage.IMAGE_FEATURES, "efficientnet-lite2")
        starts = range(0, len(pictures), BATCH)
        quiet = len(pictures) < 100
        return np.concatenate(
            [
                self._both_ways(pictures[start : start + BATCH])
                for start in tqdm(starts, desc="features", unit="batch", disable=quiet)
            ]
        )

    def _both_ways(self, pictures: Sequence[Pixels] | NDArray[np.uint8]) -> NDArray[np.float32]:
        ways = [[pixels, np.ascontiguousarray(pixels[:, ::-1])] for pixels in pictures]
        views = [Image(view) for both in ways for view in both]
        pooled: NDArray[np.float32] = self._encoder.grids(views).mean(axis=1)
        return pooled.reshape(len(ways), 2, -1).mean(axis=1)


class EfficientNetTransfer(SmallPictureClassifier):
    """Logistic regression on pooled features of EfficientNet-Lite2.

    Attributes:
        weight: float64 (1280, classes), for features scaled to mean 0 and deviation 1 on the train pictures.
        bias: float64 (classes,).
        mean, deviation: float64 (1280,), of the train pictures' features.
        features: What gives the features.
    """

    def __init__(
        self,
        labels: Sequence[str],
        weight: NDArray[np.float64],
        bias: NDArray[np.float64],
        mean: NDArray[np.float64],
        deviation: NDArray[np.float64],
    ) -> None:
        self.labels = list(labels)
        self.weight, self.bias, self.mean, self.deviation = weight, bias, mean, deviation
        self.features = PooledFeatures()

    @property
    def parameters(self) -> int:
        """Numbers of the regression; the encoder's 6 million learned nothing here."""
        return self.weight.size + self.bias.size

    def probabilities(self, pictures: Sequence[Pixels]) -> NDArray[np.float64]:
        """Return class probabilities, float64 (pictures, classes); rows sum to 1."""
        scores = (self.features(pictures) - self.mean) / self.deviation @ self.weight + self.bias
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)

    def save(self, folder: Path) -> None:
        """Write `model.npz` and `config.json`."""
        arrays = {name: getattr(self, name) for name in ("weight", "bias", "mean", "deviation")}
        np.savez(folder / FILE, **arrays)
        (folder / CONFIG).write_text(json.dumps({"labels": self.labels}) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the classifier as it was saved."""
        labels = json.loads((folder / CONFIG).read_text("utf-8"))["labels"]
        with np.load(folder / FILE, allow_pickle=False) as file:
            return cls(labels, file["weight"], file["bias"], file["mean"], file["deviation"])
