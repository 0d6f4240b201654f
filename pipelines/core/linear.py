"""A calibrated linear classifier in numpy: what the trained heads are at run time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import ModelError
from pipelines.core.said import said
from pipelines.core.types import Distribution

_KEYS = ("mean", "scale", "weights", "bias", "temperature", "labels")
_Float = TypeVar("_Float", np.float32, np.float64)


def softmax(scores: NDArray[_Float]) -> NDArray[_Float]:
    """Return probabilities over the last axis, of the scores' type."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    found: NDArray[_Float] = powers / powers.sum(axis=-1, keepdims=True)
    return found


def distribution(labels: Sequence[str], chances: NDArray[np.floating[Any]]) -> Distribution:
    """Return the distribution of one row of probabilities (labels,)."""
    scores = {label: float(chance) for label, chance in zip(labels, chances, strict=True)}
    best = max(scores, key=scores.__getitem__)
    return Distribution(best, scores[best], scores)


@dataclass(frozen=True, eq=False)
class LinearHead:
    """Standardise, project, divide by the temperature, softmax.

    Attributes:
        mean: float32 (width,), subtracted first.
        scale: float32 (width,), divided by next.
        weights: float32 (classes, width).
        bias: float32 (classes,).
        temperature: Of the softmax (Guo et al., 2017, arXiv:1706.04599).
        labels: One name a class.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float
    labels: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> LinearHead:
        """Read an npz file, without pickles. Raises ModelError for one that is no such head."""
        try:
            with np.load(path, allow_pickle=False) as file:
                values = {key: file[key] for key in _KEYS}
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                said("The classifier head cannot be read"), given=f"{path.name}: {error}"
            ) from error
        labels = tuple(str(label) for label in values.pop("labels"))
        temperature = float(values.pop("temperature"))
        arrays = {key: value.astype(np.float32) for key, value in values.items()}
        return cls(**arrays, temperature=temperature, labels=labels)

    def write(self, path: Path) -> None:
        """Write an npz file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            path,
            mean=self.mean,
            scale=self.scale,
            weights=self.weights,
            bias=self.bias,
            temperature=np.float32(self.temperature),
            labels=np.array(self.labels),
        )

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the classes' scores before temperature and softmax, float32 (..., classes)."""
        scores = ((features - self.mean) / self.scale) @ self.weights.T + self.bias
        return np.asarray(scores, dtype=np.float32)

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the classes' probabilities, float32 (..., classes), for features (..., width)."""
        return softmax(self.logits(features) / np.float32(self.temperature))

    def classify(self, features: NDArray[np.float32]) -> Distribution:
        """Return the distribution for one feature vector (width,)."""
        return distribution(self.labels, self.probabilities(features))
