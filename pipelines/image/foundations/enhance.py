"""Brightness and contrast (chapter 2.1.1): grey levels, histogram equalisation, CLAHE.

Each tool takes a picture file and a folder for its PNG.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from pipelines.core.foundation import Fields
from pipelines.image.decode import decode_image
from pipelines.image.foundations.pictures import Grey, write_png
from pipelines.image.foundations.small import Pixels

TILES = 8
CLIP = 2.0


def to_grey(pixels: Pixels) -> Grey:
    """Return the luma of sRGB pixels, 0.299 R + 0.587 G + 0.114 B, uint8 (rows, columns)."""
    grey: Grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return grey


def equalised(grey: Grey) -> Grey:
    """Return grey levels moved so that each is about as frequent: g -> 255 * share of pixels up to g."""
    found: Grey = cv2.equalizeHist(grey)
    return found


def equalised_in_tiles(grey: Grey) -> Grey:
    """Return grey levels equalised in 8x8 tiles, no level counting more than twice its fair share.

    Contrast-limited adaptive histogram equalisation (Zuiderveld, 1994, Graphics Gems IV, 474-485).
    """
    found: Grey = cv2.createCLAHE(CLIP, (TILES, TILES)).apply(grey)
    return found


def grayscale(file: Path, out: Path) -> Fields:
    """Fields `path`, `mean` and `contrast`, the levels' mean and standard deviation, `entropy` in bits."""
    return _write(file, out, "grayscale", lambda grey: grey)


def histogram_equalisation(file: Path, out: Path) -> Fields:
    """Fields as those of `grayscale`, after equalisation."""
    return _write(file, out, "histogram-equalisation", equalised)


def clahe(file: Path, out: Path) -> Fields:
    """Fields as those of `grayscale`, after CLAHE."""
    return _write(file, out, "clahe", equalised_in_tiles)


def _write(file: Path, out: Path, name: str, change: Callable[[Grey], Grey]) -> Fields:
    grey = change(to_grey(decode_image(file).pixels))
    path = out / f"{file.stem}-{name}.png"
    write_png(path, grey)
    return {"path": str(path), **_levels(grey)}


def _levels(grey: Grey) -> Fields:
    shares = np.bincount(grey.ravel(), minlength=256) / grey.size
    used = shares[shares > 0]
    entropy = abs(float((used * np.log2(used)).sum()))
    return {
        "mean": round(float(grey.mean()), 2),
        "contrast": round(float(grey.std()), 2),
        "entropy": round(entropy, 3),
    }
