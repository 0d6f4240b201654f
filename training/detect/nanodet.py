"""NanoDet (RangiLyu, 2020): distances to a box's sides as distributions, as in Generalized Focal Loss.

Li et al., 2020, arXiv:2006.04388. Only to be compared with; the app ships the other detector.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.types import Image

SIDE, STRIDES, BINS = 416, (8, 16, 32), 11
MEAN, SPREAD = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
"""Of blue, green and red, as in its published configuration."""


def candidates(session: Any, image: Image, least: float) -> NDArray[np.float32]:
    """Return rows of left, top, right, bottom, score and kind; sides as shares of the picture's."""
    names = [f"{what}_{stride}" for what in ("scores", "sides") for stride in STRIDES]
    found = session.run(names, {"pixels": pixels_of(image)})
    parts = [
        _rows(scores[0], sides[0], stride, least)
        for scores, sides, stride in zip(found[:3], found[3:], STRIDES, strict=True)
    ]
    rows = np.concatenate(parts).astype(np.float32)
    return rows[np.argsort(-rows[:, 4], kind="stable")]


def pixels_of(image: Image) -> NDArray[np.float32]:
    """Return (1, 3, 416, 416), float32: the whole picture, its sides scaled apart, blue first, normalised."""
    from PIL import Image as pil

    picture = pil.fromarray(image.pixels).resize((SIDE, SIDE), pil.Resampling.BILINEAR)
    blue_first = np.asarray(picture, np.float32)[..., ::-1]
    scaled = (blue_first - np.array(MEAN, np.float32)) / np.array(SPREAD, np.float32)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def _rows(scores: NDArray[Any], sides: NDArray[Any], stride: int, least: float) -> NDArray[Any]:
    cells = SIDE // stride
    columns, rows = np.meshgrid(np.arange(cells), np.arange(cells))
    middles = (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) * stride
    powers = np.exp(sides.reshape(-1, 4, BINS))
    distances = (powers @ np.arange(BINS)) / powers.sum(axis=2) * stride
    boxes = np.concatenate([middles - distances[:, :2], middles + distances[:, 2:]], axis=1) / SIDE
    place, kind = np.nonzero(scores >= least)
    return np.concatenate([boxes[place], scores[place, kind][:, None], kind[:, None]], axis=1)
