"""Edges, corners, key points and gradients (chapter 2.1.1).

Each tool takes a picture file and a folder for its PNG.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.feature import hog

from pipelines.core.foundation import Fields
from pipelines.image.decode import decode_image
from pipelines.image.foundations.enhance import to_grey
from pipelines.image.foundations.pictures import Grey, write_png
from pipelines.image.foundations.small import Pixels

CORNERS = 100
KEY_POINTS = 200
HOG_SIDE = 256
_GREEN = (40, 220, 60)


def edges_of(grey: Grey) -> Grey:
    """Return 255 on edges, 0 elsewhere: Canny (1986, IEEE PAMI 8(6)) after a Gaussian blur.

    A pixel is an edge where the gradient is a maximum across it and above the upper threshold, or above the
    lower and joined to such a pixel. The thresholds are 2/3 and 4/3 of the median level.
    """
    blurred = cv2.GaussianBlur(grey, (5, 5), 1.4)
    middle = max(30.0, float(np.median(grey)))
    found: Grey = cv2.Canny(blurred, 0.66 * middle, min(255.0, 1.33 * middle), L2gradient=True)
    return found


def corners_of(grey: Grey, *, harris: bool) -> NDArray[np.float32]:
    """Return up to 100 corners, float32 (n, 2), x and y in pixels, strongest first.

    With M the sums of products of gradients round a pixel, the strength is the smaller eigenvalue of M (Shi
    and Tomasi, 1994, CVPR) or det M - 0.04 (trace M)^2 (Harris and Stephens, 1988, Alvey Vision Conference).
    """
    distance = max(3.0, min(grey.shape) / 40)
    found = cv2.goodFeaturesToTrack(grey, CORNERS, 0.01, distance, useHarrisDetector=harris, k=0.04)
    return np.zeros((0, 2), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 2)


def canny(file: Path, out: Path) -> Fields:
    """Fields `path` and `edges`, the share of pixels on an edge."""
    edges = edges_of(to_grey(decode_image(file).pixels))
    path = _written(file, out, "canny", edges)
    return {"path": path, "edges": round(float((edges > 0).mean()), 4)}


def shi_tomasi(file: Path, out: Path) -> Fields:
    """Fields `path` and `corners`, (x, y) in pixels, strongest first."""
    return _corners(file, out, "shi-tomasi", harris=False)


def harris(file: Path, out: Path) -> Fields:
    """Fields `path` and `corners`, (x, y) in pixels, strongest first."""
    return _corners(file, out, "harris", harris=True)


def orb(file: Path, out: Path) -> Fields:
    """Fields `path` and `points`: x, y, `angle` in degrees, `size`, and the 256-bit `descriptor` in hex.

    Source: Rublee et al., 2011, ICCV, "ORB: an efficient alternative to SIFT or SURF".
    """
    pixels = decode_image(file).pixels
    points, descriptors = cv2.ORB.create(nfeatures=KEY_POINTS).detectAndCompute(to_grey(pixels), None)
    bits = [] if descriptors is None else [bytes(row).hex() for row in descriptors]
    style = cv2.DrawMatchesFlags_DRAW_RICH_KEYPOINTS
    drawn = cv2.drawKeypoints(pixels, points, None, _GREEN, style)
    path = _written(file, out, "orb", drawn)
    return {"path": path, "points": [_point(*pair) for pair in zip(points, bits, strict=True)]}


def _point(point: Any, descriptor: str) -> Fields:
    x, y = point.pt
    return {
        "x": round(x, 1),
        "y": round(y, 1),
        "angle": round(point.angle, 1),
        "size": round(point.size, 1),
        "descriptor": descriptor,
    }


def histogram_of_gradients(file: Path, out: Path) -> Fields:
    """Fields `path`, `length` of the descriptor, `directions` of the cells and their mean `histogram`.

    Source: Dalal and Triggs, 2005, CVPR. The picture is made 256 pixels wide and high at most.
    """
    pixels = decode_image(file).pixels
    scale = min(1.0, HOG_SIDE / max(pixels.shape[:2]))
    size = [max(32, round(edge * scale)) for edge in (pixels.shape[1], pixels.shape[0])]
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    found, drawn = hog(small, 9, (8, 8), (2, 2), visualize=True, channel_axis=-1)
    levels = np.asarray(np.sqrt(drawn / max(float(drawn.max()), 1e-9)) * 255, np.uint8)
    path = _written(file, out, "hog", levels)
    histogram = found.reshape(-1, 9).mean(axis=0)
    return {
        "path": path,
        "length": len(found),
        "directions": [20 * index for index in range(9)],
        "histogram": [round(float(value), 4) for value in histogram],
    }


def _corners(file: Path, out: Path, name: str, *, harris: bool) -> Fields:
    pixels = decode_image(file).pixels
    found = corners_of(to_grey(pixels), harris=harris)
    path = _written(file, out, name, marked(pixels, found))
    return {"path": path, "corners": [[round(float(x), 1), round(float(y), 1)] for x, y in found]}


def marked(pixels: Pixels, points: Iterable[Any]) -> Pixels:
    """Return a copy of a picture with a dot on each point (x, y)."""
    drawn = pixels.copy()
    radius = max(2, max(pixels.shape[:2]) // 70)
    for x, y in points:
        cv2.circle(drawn, (round(float(x)), round(float(y))), radius, _GREEN, -1, cv2.LINE_AA)
    return drawn


def _written(file: Path, out: Path, name: str, pixels: NDArray[np.uint8]) -> str:
    path = out / f"{file.stem}-{name}.png"
    write_png(path, pixels)
    return str(path)
