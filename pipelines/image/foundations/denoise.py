"""Denoising without training: the median of neighbours, and means over places that look alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from skimage.restoration import denoise_nl_means

from pipelines.core.foundation import Fields
from pipelines.image.decode import decode_image
from pipelines.image.foundations.pictures import removed, write_png
from pipelines.image.foundations.small import Pixels

_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def noise_level(pixels: Pixels) -> float:
    """Return the deviation of Gaussian noise, in levels of 255.

    A mask that answers 0 to flat and to evenly sloping places leaves the noise, times 6; the median of its
    size is 0.6745 deviations (Immerkær, 1996, Computer Vision and Image Understanding 64(2), with the median
    for the mean, so that edges count less).
    """
    answers = cv2.filter2D(pixels.astype(np.float32), -1, _MASK)
    return float(np.median(np.abs(answers)) / (0.6745 * 6))


def median_filtered(pixels: Pixels, side: int = 3) -> Pixels:
    """Return each pixel as the median of its side x side neighbours, each channel alone."""
    found: Pixels = cv2.medianBlur(pixels, side)
    return found


def non_local_means_filtered(pixels: Pixels) -> Pixels:
    """Return each pixel as a mean of pixels whose 5x5 surroundings look alike (Buades et al., 2005, CVPR).

    How much alike is measured against the noise, whose level is estimated first.
    """
    sigma = noise_level(pixels) / 255
    found = denoise_nl_means(
        pixels.astype(np.float32) / 255,
        patch_size=5,
        patch_distance=6,
        h=0.6 * max(sigma, 1e-3),
        sigma=sigma,
        fast_mode=True,
        channel_axis=-1,
    )
    return np.asarray((found.clip(0, 1) * 255).round(), np.uint8)


def median(file: Path, out: Path) -> Fields:
    """Fields `path`, a PNG without the noise, `removed`, `noise`, the estimated level before."""
    return _clean(file, out, "median", median_filtered)


def non_local_means(file: Path, out: Path) -> Fields:
    """Fields `path`, a PNG without the noise, `removed`, `noise`, the estimated level before."""
    return _clean(file, out, "non-local-means", non_local_means_filtered)


def _clean(file: Path, out: Path, name: str, filtered: Callable[[Pixels], Pixels]) -> Fields:
    pixels = decode_image(file).pixels
    clean = filtered(pixels)
    path = out / f"{file.stem}-{name}.png"
    write_png(path, clean)
    return {"path": str(path), "removed": removed(pixels, clean), "noise": round(noise_level(pixels), 2)}
