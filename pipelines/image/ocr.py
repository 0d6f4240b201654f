"""Text in pictures with PP-OCRv6 (Baidu, 2026) through RapidOCR; Chinese, English and others."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Image, OcrText, TextBox
from pipelines.image.ocr_engine import OcrEngine
from pipelines.image.tiles import is_long, once, placed, shrunk, tiles

MIN_CONFIDENCE = 0.6
LONE_CONFIDENCE = 0.9
"""Of a single character: ears and ornaments are read as one, up to 0.87 sure; real ones are near 1."""
MAX_SIDE = 1600
MIN_SIDE = 32
MAX_ASPECT = 8


class RapidOcrReader:
    """Lines of text with their boxes, in reading order."""

    model = "PP-OCRv6 (RapidOCR)"

    def __init__(self, registry: Registry, *, threads: int = 2) -> None:
        self._store, self._threads = registry.store, threads
        self._engine: OcrEngine | None = None
        self._lock = threading.Lock()

    def load(self) -> None:
        """Verify and open the three models. Raises ModelError."""
        self._engine = OcrEngine(self._store.path("pp-ocr-v6"), self._threads)

    def warm_up(self) -> None:
        """Read a blank picture."""
        self.read(Image(np.full((64, 192, 3), 255, np.uint8)))

    def unload(self) -> None:
        """Free the models."""
        self._engine = None

    def read(self, image: Image, *, cancel: CancelToken | None = None) -> OcrText:
        """Return the lines that are `sure`; corners are in pixels of `image`.

        A long picture, such as a screenshot of a whole page, is read in tiles.

        Raises:
            Cancelled: when the token is cancelled, between two batches of lines.
        """
        cancel = cancel or CancelToken()
        if is_long(image):
            boxes = once(
                [box for tile in tiles(image) for box in placed(self._boxes(tile.pixels, 1.0, cancel), tile)]
            )
        else:
            boxes = self._boxes(*_fit(image), cancel)
        kept = in_reading_order([box for box in boxes if sure(box)])
        return OcrText("\n".join(box.text for box in kept), tuple(kept))

    def _boxes(self, pixels: NDArray[np.uint8], scale: float, cancel: CancelToken) -> list[TextBox]:
        if (engine := self._engine) is None:
            raise BackendError(said("The OCR model is not loaded"), fix=said("Load it through the registry"))
        with self._lock:
            found = engine.find(_padded(pixels), cancel)
        return [_box(corners, text, score, scale) for corners, text, score in found]


def sure(box: TextBox) -> bool:
    """Whether there is text in a box, and the reader is sure enough of it."""
    least = LONE_CONFIDENCE if len(box.text) == 1 else MIN_CONFIDENCE
    return bool(box.text) and box.confidence >= least


def _fit(image: Image) -> tuple[NDArray[np.uint8], float]:
    """Return pixels that cost little to read, and the scale back to the picture.

    The long side becomes at most `MAX_SIDE`.
    """
    scale = max(1.0, max(image.width, image.height) / MAX_SIDE)
    return (shrunk(image, scale) if scale > 1.0 else image.pixels), scale


def _padded(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a sliver with white below it or at its right.

    The detector scales the short side up to 736 pixels, which would make a strip of 4 x 3000 enormous.
    """
    height, width = pixels.shape[:2]
    least = max(MIN_SIDE, max(height, width) // MAX_ASPECT)
    missing = max(0, least - height), max(0, least - width)
    if any(missing):
        pixels = np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)), constant_values=255)
    return pixels


def _box(corners: Any, text: str, score: Any, scale: float) -> TextBox:
    points = tuple((float(x) * scale, float(y) * scale) for x, y in corners)
    return TextBox(text.strip(), float(score), points)


def in_reading_order(boxes: list[TextBox]) -> list[TextBox]:
    """Return boxes by rows from top to bottom, each row from left to right."""
    rows: list[list[TextBox]] = []
    for box in sorted(boxes, key=_middle):
        if rows and abs(_middle(box) - _middle(rows[-1][0])) < 0.5 * _height(box):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda b: b.corners[0][0])]


def _middle(box: TextBox) -> float:
    return sum(y for _, y in box.corners) / len(box.corners)


def _height(box: TextBox) -> float:
    ys = [y for _, y in box.corners]
    return max(ys) - min(ys)
