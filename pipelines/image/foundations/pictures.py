"""Written pictures of the foundations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import InputError

Grey = NDArray[np.uint8]
"""uint8 (rows, columns)."""


def write_png(path: Path, pixels: NDArray[Any]) -> None:
    """Write uint8 pixels, grey (rows, columns) or sRGB (rows, columns, 3).

    Raises:
        InputError: if the file cannot be written.
    """
    coded = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".png", coded)[1].tobytes())
    except OSError as error:
        raise InputError(
            "The picture cannot be written",
            given=f"{path}: {error.strerror}",
            fix="Choose a folder with --out",
        ) from error


def grid(pictures: Sequence[NDArray[np.uint8]], gap: int = 1) -> NDArray[np.uint8]:
    """Return pictures of one size side by side in a near square on white, uint8 (rows, columns, 3)."""
    height, width = pictures[0].shape[:2]
    columns = math.ceil(math.sqrt(len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    shape = (rows * (height + gap) - gap, columns * (width + gap) - gap, 3)
    sheet = np.full(shape, 255, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def removed(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """Return the root mean square difference of two pictures, in levels of 255."""
    return round(float(np.sqrt(np.square(before.astype(np.float64) - after).mean())), 3)
