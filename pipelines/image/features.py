"""EfficientNet-Lite2 in ONNX Runtime (Tan and Le, 2019, arXiv:1905.11946)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import BackendError
from pipelines.core.linear import softmax
from pipelines.core.onnx import Session, open_mapped
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Image, Stage

SIZE = 260
CROP = 0.89
CELLS, WIDTH = 81, 1280
"""Cells and channels of the feature grid."""
_WEIGHTS = "efficientnet-lite2-9656183e.pth"


@dataclass(frozen=True, eq=False)
class ImageEncoding:
    """One pass of the encoder.

    `grid`: float32 (9, 9, 1280), rows, columns, channels; `probabilities`: float32 (1000,) over ImageNet-1k.
    """

    grid: NDArray[np.float32]
    probabilities: NDArray[np.float32]


class EfficientNetLite2:
    """Features and ImageNet classes in one pass; the last picture's encodings are remembered."""

    model = "EfficientNet-Lite2 (ONNX Runtime)"

    def __init__(self, registry: Registry, *, threads: int = 2) -> None:
        self._store, self._threads = registry.store, threads
        self._session: Session | None = None
        self._lock = threading.Lock()
        self._last: dict[Any, tuple[Image, ImageEncoding]] = {}
        self.labels: tuple[str, ...] = ()

    def load(self) -> None:
        """Verify and open graph and weights. Raises ModelError."""
        folder, graph = self._store.path("efficientnet-lite2"), self._store.path("efficientnet-lite2-graph")
        self._session = open_mapped(graph / "graph.onnx", folder / _WEIGHTS, self._threads)
        self.labels = tuple(json.loads((graph / "labels.json").read_text("utf-8")))

    def warm_up(self) -> None:
        """Encode a black picture."""
        self._run(preprocess(Image(np.zeros((SIZE, SIZE, 3), np.uint8))))

    def unload(self) -> None:
        """Free the weights."""
        self._session = None
        self._last.clear()

    def features(self, image: Image) -> NDArray[np.float32]:
        """Return the feature grid, float32 (9, 9, 1280)."""
        return self.encode(image).grid

    def encode(self, image: Image) -> ImageEncoding:
        """Return grid and class probabilities of the middle of a picture, as the classifier was trained.

        A second call for the same picture runs nothing.
        """
        return self._remembered(image, preprocess)

    def whole(self, image: Image) -> ImageEncoding:
        """Return grid and class probabilities of a whole picture, squeezed to a square."""
        return self._remembered(image, squeeze)

    def _remembered(self, image: Image, prepare: Callable[[Image], NDArray[np.float32]]) -> ImageEncoding:
        with self._lock:
            if prepare not in self._last or self._last[prepare][0] is not image:
                self._last[prepare] = image, self._run(prepare(image))
            return self._last[prepare][1]

    def grids(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """Return the feature grids of whole pictures, squeezed to a square: float32 (n, 81, 1280)."""
        pixels = np.concatenate([squeeze(image) for image in images])
        (grid,) = self._loaded().run(["grid"], {"pixels": pixels})
        return np.moveaxis(grid.reshape(len(grid), WIDTH, CELLS), 1, 2)

    def _loaded(self) -> Session:
        if self._session is None:
            raise BackendError(
                said("The image encoder is not loaded"), fix=said("Load it through the registry")
            )
        return self._session

    def _run(self, pixels: NDArray[np.float32]) -> ImageEncoding:
        grid, logits = self._loaded().run(["grid", "logits"], {"pixels": pixels})
        return ImageEncoding(np.moveaxis(grid[0], 0, -1), softmax(logits[0]))


def image_encoder(registry: Registry) -> EfficientNetLite2:
    """Return the encoder that captioner and labels share. Raises ModelError."""
    encoder: EfficientNetLite2 = registry.get(Stage.IMAGE_FEATURES, "efficientnet-lite2")
    return encoder


def preprocess(image: Image) -> NDArray[np.float32]:
    """Return (1, 3, 260, 260), float32: short side to 292, centre crop, scaled to [-1, 1] (as in timm)."""
    from PIL import Image as pil

    short = round(SIZE / CROP)
    scale = short / min(image.width, image.height)
    size = max(SIZE, round(image.width * scale)), max(SIZE, round(image.height * scale))
    cropped = _square(image) if max(size) > 8 * short else image
    if cropped is not image:
        size = short, short
    picture = pil.fromarray(cropped.pixels).resize(size, pil.Resampling.BICUBIC)
    left, top = (size[0] - SIZE) // 2, (size[1] - SIZE) // 2
    return _scaled(picture.crop((left, top, left + SIZE, top + SIZE)))


def squeeze(image: Image) -> NDArray[np.float32]:
    """Return (1, 3, 260, 260), float32: the whole picture, its sides scaled apart, in [-1, 1]."""
    from PIL import Image as pil

    return _scaled(pil.fromarray(image.pixels).resize((SIZE, SIZE), pil.Resampling.BICUBIC))


def _scaled(picture: Any) -> NDArray[np.float32]:
    pixels = np.asarray(picture, dtype=np.float32)
    return np.moveaxis(pixels / 127.5 - 1.0, -1, 0)[None]


def _square(image: Image) -> Image:
    """Return the middle square of a picture so long that scaling it whole would waste memory."""
    side = min(image.width, image.height)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return Image(image.pixels[top : top + side, left : left + side])
