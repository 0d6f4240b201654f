"""Objects of COCO's 80 kinds by CenterNet (Zhou et al., 2019, arXiv:1904.07850) on MobileNetV3.

The network finds the centres of objects as peaks of one heat map a kind, and their sizes beside them. The
graph (training/detect) ends with the hundred highest peaks; a peak beside a higher one is the same object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError
from pipelines.core.onnx import Session, open_session
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Detection, Detections, Image

WEIGHTS = "centernet"
SIDE = 512
UNSURE, SURE = 0.3, 0.4
"""Scores from which an object is a guess, and from which it is found; chosen on photos, see the card."""
WELL_KNOWN: Mapping[str, tuple[float, float]] = {"person": (0.2, 0.25), "dog": (0.2, 0.25)}
"""Both scores for kinds that are right far below the others' scores."""
LEAST = min(UNSURE, *(unsure for unsure, _ in WELL_KNOWN.values()))
SAME_KIND, OTHER_KIND = 0.5, 0.8
"""Overlaps (intersection over union) from which the lower of two boxes is the same object."""

Rows = NDArray[np.float32]
"""Candidates, (n, 6): left, top, right, bottom, score, kind."""


class CenterNetDetector:
    """Objects with their boxes and scores, in one pass.

    Args:
        registry: Gives the weights.
        threads: Threads inside one operator.
    """

    model = "CenterNet (MobileNetV3, COCO)"

    def __init__(self, registry: Registry, *, threads: int = 2) -> None:
        self._store, self._threads = registry.store, threads
        self._session: Session | None = None
        self.labels: tuple[str, ...] = ()

    def load(self) -> None:
        """Verify and open the graph. Raises ModelError."""
        folder = self._store.path(WEIGHTS)
        self._session = open_session(folder / "model.onnx", threads=self._threads)
        self.labels = tuple(json.loads((folder / "labels.json").read_text("utf-8")))

    def warm_up(self) -> None:
        """Look at a black picture."""
        self.detect(Image(np.zeros((SIDE, SIDE, 3), np.uint8)))

    def unload(self) -> None:
        """Free the weights."""
        self._session = None

    def detect(self, image: Image, *, cancel: CancelToken | None = None) -> Detections:
        """Return the objects that are found or guessed, the surest first.

        Raises:
            Cancelled: when the token is cancelled before the network runs or after it.
        """
        cancel = cancel or CancelToken()
        cancel.raise_if_cancelled()
        rows = distinct(self.candidates(image, LEAST))
        cancel.raise_if_cancelled()
        sides = np.array([image.width, image.height] * 2, np.float32)
        boxes = np.clip(rows[:, :4], 0.0, sides)
        objects = [
            Detection(self.labels[int(row[5])], _box(box), float(row[4]))
            for row, box in zip(rows, boxes, strict=True)
            if row[4] >= thresholds(self.labels[int(row[5])])[0] and (box[2:] - box[:2] >= 1.0).all()
        ]
        return Detections(tuple(objects), image.width, image.height)

    def candidates(self, image: Image, least: float) -> Rows:
        """Return at most a hundred peaks with scores of `least` and more, boxes in pixels of the picture."""
        if (session := self._session) is None:
            raise BackendError(said("The detector is not loaded"), fix=said("Load it through the registry"))
        pixels, left, top = letterboxed(image)
        (found,) = session.run(["detections"], {"pixels": pixels})
        rows: Rows = found[0][found[0][:, 4] >= least]
        rows[:, :4] = (rows[:, :4] - np.array([left, top] * 2, np.float32)) / scale_of(image)
        return rows


def thresholds(label: str) -> tuple[float, float]:
    """Return the scores from which an object of this kind is a guess, and from which it is found."""
    return WELL_KNOWN.get(label, (UNSURE, SURE))


def is_sure(item: Detection) -> bool:
    """Whether an object is found, and no guess."""
    return item.score >= thresholds(item.label)[1]


def scale_of(image: Image) -> float:
    """Return by how much a picture is scaled so that its longer side is the network's."""
    return SIDE / max(image.width, image.height)


def letterboxed(image: Image) -> tuple[NDArray[np.float32], int, int]:
    """Return a picture in the middle of a black square, as the network was trained.

    Returns:
        Pixels, (1, 512, 512, 3), float32, 0 to 255; the columns left of the picture; the rows above it.
    """
    from PIL import Image as pil

    width, height = (max(1, round(side * scale_of(image))) for side in (image.width, image.height))
    left, top = (SIDE - width) // 2, (SIDE - height) // 2
    square = np.zeros((1, SIDE, SIDE, 3), np.float32)
    picture = pil.fromarray(image.pixels).resize((width, height), pil.Resampling.BILINEAR)
    square[0, top : top + height, left : left + width] = np.asarray(picture)
    return square, left, top


def distinct(rows: Rows) -> Rows:
    """Return the candidates, the surest first, without those that are a surer one once more."""
    left = rows[np.argsort(-rows[:, 4], kind="stable")]
    kept = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        shared = np.where(left[:, 5] == best[5], SAME_KIND, OTHER_KIND)
        left = left[overlaps(best, left) < shared]
    return np.array(kept, np.float32).reshape(-1, 6)


def overlaps(row: NDArray[np.float32], others: Rows) -> NDArray[np.float32]:
    """Return the intersection over union of one box with each of the others."""
    sides = np.minimum(row[2:4], others[:, 2:4]) - np.maximum(row[:2], others[:, :2])
    shared = np.prod(np.maximum(sides, 0.0), axis=1)
    areas = np.prod(others[:, 2:4] - others[:, :2], axis=1)
    return np.asarray(shared / np.maximum(areas + np.prod(row[2:4] - row[:2]) - shared, 1e-9), np.float32)


def _box(ends: NDArray[np.float32]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(end) for end in ends)
    return left, top, right, bottom
