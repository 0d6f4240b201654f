"""Long pictures in tiles, so that their text keeps its size; what two tiles share is kept once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.core.types import Image, TextBox

ASPECT = 2.0
"""Long side to short side from which a picture is read in tiles."""
LENGTH, OVERLAP = 1600, 128
SHORT = 1280
"""Pixels: of a tile, of what two tiles share, and at most of the picture's short side."""
MOST_TILES = 24
SAME = 0.5
"""Share of the smaller of two boxes that lies in the other where both are one line of text."""
_EDGE = 3


@dataclass(frozen=True, eq=False)
class Tile:
    """`pixels`: uint8 (height, width, 3); `x`, `y`: its corner, in pixels of the scaled picture.

    `scale`: of the picture to it. `cut`: which sides (left, top, right, bottom) go on in another tile.
    """

    pixels: NDArray[np.uint8]
    x: int
    y: int
    scale: float
    cut: tuple[bool, bool, bool, bool]


def is_long(image: Image) -> bool:
    """Whether a picture is to be read in tiles."""
    long, short = max(image.width, image.height), min(image.width, image.height)
    return long > LENGTH and long > ASPECT * short


def shrunk(image: Image, scale: float) -> NDArray[np.uint8]:
    """Return the pixels of a picture whose sides are `scale` times shorter."""
    from PIL import Image as pil

    size = max(1, round(image.width / scale)), max(1, round(image.height / scale))
    return np.asarray(pil.fromarray(image.pixels).resize(size, pil.Resampling.LANCZOS))


def tiles(image: Image) -> Iterator[Tile]:
    """Yield the tiles of a long picture, at most `MOST_TILES`, from its beginning to its end."""
    upright = image.height >= image.width
    long, short = max(image.width, image.height), min(image.width, image.height)
    scale = max(short / SHORT, long / (MOST_TILES * (LENGTH - OVERLAP)), 1.0)
    pixels = image.pixels
    if scale > 1.0:
        pixels = shrunk(image, scale)
    whole = pixels.shape[0] if upright else pixels.shape[1]
    count = max(1, -(-(whole - OVERLAP) // (LENGTH - OVERLAP)))
    step = (whole - OVERLAP) / count
    for number in range(count):
        start, end = round(number * step), min(whole, round((number + 1) * step) + OVERLAP)
        before, after = number > 0, number + 1 < count
        if upright:
            yield Tile(pixels[start:end], 0, start, scale, (False, before, False, after))
        else:
            yield Tile(pixels[:, start:end], start, 0, scale, (before, False, after, False))


def placed(boxes: list[TextBox], tile: Tile) -> list[TextBox]:
    """Return a tile's boxes, in its pixels, in those of the picture; lines that it cuts are left out."""
    height, width = tile.pixels.shape[:2]
    kept = []
    for box in boxes:
        left, top, right, bottom = _extent(box)
        beyond = (left < _EDGE, top < _EDGE, right > width - _EDGE, bottom > height - _EDGE)
        if not any(cut and over for cut, over in zip(tile.cut, beyond, strict=True)):
            corners = tuple(((x + tile.x) * tile.scale, (y + tile.y) * tile.scale) for x, y in box.corners)
            kept.append(TextBox(box.text, box.confidence, corners))
    return kept


def once(boxes: list[TextBox]) -> list[TextBox]:
    """Return boxes without those that another, larger one repeats."""
    kept: list[TextBox] = []
    for box in sorted(boxes, key=lambda box: -_area(_extent(box))):
        if not any(_shared(_extent(box), _extent(other)) > SAME for other in kept):
            kept.append(box)
    return kept


_Extent = tuple[float, float, float, float]


def _extent(box: TextBox) -> _Extent:
    xs, ys = [x for x, _ in box.corners], [y for _, y in box.corners]
    return min(xs), min(ys), max(xs), max(ys)


def _area(extent: _Extent) -> float:
    left, top, right, bottom = extent
    return max(0.0, right - left) * max(0.0, bottom - top)


def _shared(one: _Extent, other: _Extent) -> float:
    """Return the share of the smaller extent that both have in common."""
    left, top = (max(pair) for pair in zip(one[:2], other[:2], strict=True))
    right, bottom = (min(pair) for pair in zip(one[2:], other[2:], strict=True))
    least = min(_area(one), _area(other))
    return _area((left, top, right, bottom)) / least if least else 0.0
