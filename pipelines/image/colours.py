"""The main colours and the light of a picture, in everyday words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.core.types import Image

SAMPLES = 64
MIN_SHARE = 0.15
_HUES = (
    (15, "red"),
    (42, "orange"),
    (68, "yellow"),
    (165, "green"),
    (195, "turquoise"),
    (255, "blue"),
    (290, "purple"),
    (340, "pink"),
    (361, "red"),
)


def main_colours(image: Image) -> tuple[str, ...]:
    """Return up to two colour names that cover at least 15 % of a picture, the largest first."""
    pixels = _small(image).reshape(-1, 3)
    names, counts = np.unique([name_of(*map(int, pixel)) for pixel in pixels], return_counts=True)
    order = counts.argsort()[::-1]
    return tuple(str(names[i]) for i in order[:2] if counts[i] >= MIN_SHARE * len(pixels))


def light_of(image: Image) -> str:
    """Return "dark", "bright" or "" by the mean luma (ITU-R BT.601)."""
    luma = float((_small(image) @ np.array([0.299, 0.587, 0.114])).mean())
    return "dark" if luma < 60 else "bright" if luma > 190 else ""


def _small(image: Image) -> NDArray[np.uint8]:
    rows = np.linspace(0, image.height - 1, min(SAMPLES, image.height)).astype(int)
    columns = np.linspace(0, image.width - 1, min(SAMPLES, image.width)).astype(int)
    return image.pixels[np.ix_(rows, columns)]


def name_of(red: int, green: int, blue: int) -> str:
    """Return the everyday name of an sRGB colour."""
    high, low = max(red, green, blue), min(red, green, blue)
    if high < 45:
        return "black"
    saturation = (high - low) / high
    if saturation < 0.18:
        return "white" if high > 205 else "grey"
    hue = _hue(red, green, blue, high, high - low)
    if 10 <= hue < 50 and (high < 170 or saturation < 0.45):
        return "brown"
    return next(name for limit, name in _HUES if hue < limit)


def _hue(red: int, green: int, blue: int, high: int, span: int) -> float:
    if high == red:
        return 60.0 * (((green - blue) / span) % 6)
    if high == green:
        return 60.0 * ((blue - red) / span + 2)
    return 60.0 * ((red - green) / span + 4)
