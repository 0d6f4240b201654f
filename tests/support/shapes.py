"""Generated pictures for the tests of the image foundations."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

KINDS = ("disc", "level", "upright")


def shape(kind: str, draw: np.random.Generator, side: int = 32) -> NDArray[np.uint8]:
    """A bright disc, or level or upright stripes, of any colour and place on a dark ground."""
    pixels = draw.integers(0, 60, (1, 1, 3)).repeat(side, 0).repeat(side, 1).astype(np.uint8)
    colour = tuple(int(value) for value in draw.integers(120, 256, 3))
    if kind == "disc":
        x, y = (int(value) for value in draw.integers(side // 3, side - side // 3, 2))
        cv2.circle(pixels, (x, y), int(draw.integers(side // 5, side // 3)), colour, -1)
    for start in range(int(draw.integers(0, 4)), side, 6) if kind != "disc" else ():
        if kind == "upright":
            pixels[:, start : start + 3] = colour
        else:
            pixels[start : start + 3] = colour
    return pixels


def cifar_like(folder: Path, train: int = 80, test: int = 20) -> Path:
    """Write a data set of shapes in the layout of the CIFAR-10 subset; `train` and `test` pictures a class."""
    draw = np.random.default_rng(0)
    arrays: dict[str, NDArray[np.generic]] = {"classes": np.array(KINDS)}
    for split, count in (("train", train), ("test", test)):
        labels = np.arange(count * len(KINDS)) % len(KINDS)
        arrays[f"{split}_images"] = np.stack([shape(KINDS[label], draw) for label in labels])
        arrays[f"{split}_labels"] = labels.astype(np.int8)
    (folder / "cifar10").mkdir(parents=True)
    np.savez(folder / "cifar10" / "cifar10_5k.npz", **arrays)
    return folder
