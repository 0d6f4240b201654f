"""Long pictures are read in tiles, every line once and in order."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.core.types import Image, TextBox
from pipelines.image.ocr import in_reading_order
from pipelines.image.tiles import LENGTH, MOST_TILES, SHORT, Tile, is_long, once, placed, tiles


def blank(width: int, height: int) -> Image:
    return Image(np.full((height, width, 3), 255, np.uint8))


def box(text: str, x: float, y: float, width: float = 300, height: float = 32) -> TextBox:
    return TextBox(text, 0.9, ((x, y), (x + width, y), (x + width, y + height), (x, y + height)))


@pytest.mark.parametrize(
    ("size", "long"),
    [((1080, 15_000), True), ((15_000, 800), True), ((4000, 3000), False), ((100, 900), False)],
)
def test_which_pictures_are_long(size: tuple[int, int], long: bool) -> None:
    assert is_long(blank(*size)) == long


@pytest.mark.parametrize("size", [(1080, 15_000), (2160, 9000), (300, 1700), (9000, 500), (400, 100_000)])
def test_tiles_cover_the_picture_and_are_no_larger_than_they_may_be(size: tuple[int, int]) -> None:
    image = blank(*size)
    found = list(tiles(image))
    assert len(found) <= MOST_TILES + 1
    assert all(
        max(tile.pixels.shape[:2]) <= LENGTH + 1 and min(tile.pixels.shape[:2]) <= SHORT for tile in found
    )
    last = found[-1]
    ends = ((last.x + last.pixels.shape[1]) * last.scale, (last.y + last.pixels.shape[0]) * last.scale)
    assert ends == pytest.approx(size, rel=0.01)


@pytest.mark.parametrize("phase", [0, 7, 21, 38, 52])
def test_every_line_is_read_once_and_in_order(phase: int) -> None:
    """A reader that finds in each tile the lines, or parts of lines, that lie in it."""
    lines = [box(f"line {n}", 40, 20 + phase + 60 * n) for n in range(240)]

    def seen(tile: Tile) -> list[TextBox]:
        height = tile.pixels.shape[0]
        found = []
        for line in lines:
            top, bottom = line.corners[0][1] - tile.y, line.corners[2][1] - tile.y
            if bottom > 4 and top < height - 4:
                top, bottom = max(0.0, top), min(float(height), bottom)
                whole = bottom - top > 31
                found.append(box(line.text if whole else "gibberish", 40, top, height=bottom - top))
        return found

    image = blank(1080, 15_000)
    found = in_reading_order(once([b for tile in tiles(image) for b in placed(seen(tile), tile)]))
    assert [b.text for b in found] == [line.text for line in lines]
    assert [b.corners[0][1] for b in found] == pytest.approx([line.corners[0][1] for line in lines])
