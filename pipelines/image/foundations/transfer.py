"""Transfer: a classifier on the features of a network that was trained on a million other pictures.

EfficientNet-Lite2 (Tan and Le, 2019, arXiv:1905.11946), trained on ImageNet, stays as it is; only a logistic
regression on its pooled features learns (Razavian et al., 2014, arXiv:1403.6382).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pipelines.core.linear import softmax
from pipelines.core.types import Image, Stage
from pipelines.image.foundations.small import Pixels, SmallPictureClassifier

BATCH = 2
FILE, CONFIG = "model.npz", "config.json"


class PooledFeatures:
    """EfficientNet-Lite2's features of pictures, pooled over their grid; opened on first use."""

    def __init__(self) -> None:
        self._encoder: Any = None

    def __call__(self, pictures: Sequence[Pixels] | NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the means over the grid, float32 (n, 1280), of uint8 pictures, enlarged to 260x260.

        Raises:
            ModelError: if the encoder's weights cannot be used.
        """
        return np.concatenate([grids.mean(axis=1) for grids in self._grids(pictures)])

    def thorough(self, pictures: Sequence[Pixels] | NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return means and maxima over the grid, float32 (n, 2560), of the pictures and their mirror images.

        The features of both views are averaged.

        Raises:
            ModelError: if the encoder's weights cannot be used.
        """
        views = [view for pixels in pictures for view in (pixels, np.ascontiguousarray(pixels[:, ::-1]))]
        pooled = [np.concatenate([g.mean(axis=1), g.max(axis=1)], axis=1) for g in self._grids(views)]
        return np.concatenate(pooled).reshape(len(pictures), 2, -1).mean(axis=1)

    def _grids(self, pictures: Sequence[Pixels] | NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
        """Yield the grids of a few pictures at a time, float32 (batch, 81, 1280)."""
        if self._encoder is None:
            from pipelines.backends import default_registry

            self._encoder = default_registry().get(Stage.IMAGE_FEATURES, "efficientnet-lite2")
        starts = range(0, len(pictures), BATCH)
        for start in tqdm(starts, desc="features", unit="batch", disable=len(pictures) < 100):
            yield self._encoder.grids([Image(pixels) for pixels in pictures[start : start + BATCH]])


class EfficientNetTransfer(SmallPictureClassifier):
    """Logistic regression on pooled features of EfficientNet-Lite2.

    Attributes:
        weight: float64 (2560, classes), for features scaled to mean 0 and deviation 1 on the train pictures.
        bias: float64 (classes,).
        mean, deviation: float64 (2560,), of the train pictures' features.
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
        scores = (self.features.thorough(pictures) - self.mean) / self.deviation @ self.weight + self.bias
        return softmax(np.asarray(scores, np.float64))

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
