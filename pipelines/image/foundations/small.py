"""Small pictures: what the classifiers of 32x32 pixels share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.core.foundation import Fields
from pipelines.image.decode import decode_image

SIDE = 32
Pixels = NDArray[np.uint8]


def small_picture(file: Path, side: int = SIDE) -> Pixels:
    """Return the middle square of a picture file, uint8 (side, side, 3), sRGB; means of areas of pixels.

    Raises:
        InputError: if the file is no picture that can be read.
    """
    pixels = decode_image(file).pixels
    edge = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - edge) // 2, (pixels.shape[1] - edge) // 2
    square = np.ascontiguousarray(pixels[top : top + edge, left : left + edge])
    small: Pixels = cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA)
    return small


class SmallPictureClassifier(ABC):
    """A classifier of pictures of 32x32 pixels.

    Attributes:
        labels: The classes, in the order of the columns of `probabilities`.
    """

    labels: list[str]

    @abstractmethod
    def probabilities(self, pictures: Sequence[Pixels]) -> NDArray[np.float64]:
        """Return class probabilities, float64 (pictures, classes), of uint8 (32, 32, 3); rows sum to 1."""

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `label`, `confidence`, `scores` of a picture file of any size; its middle square counts."""
        del out
        row = self.probabilities([small_picture(file)])[0]
        scores = {label: round(float(p), 6) for label, p in zip(self.labels, row, strict=True)}
        best = max(scores, key=lambda label: scores[label])
        return {"label": best, "confidence": scores[best], "scores": scores}
