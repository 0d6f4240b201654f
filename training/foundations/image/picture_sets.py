"""Pictures of the image foundations: the CIFAR-10 subset and grey crops of Flickr8k's photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipelines.image.decode import decode_image
from training.common.corpora import corpus_folder

HELD_BACK = 0.1
SMALL = 40


@dataclass(frozen=True, eq=False)
class Pictures:
    """Labelled pictures.

    Attributes:
        pixels: uint8 (n, 32, 32, 3), sRGB.
        classes: int64 (n,), indices of `labels`.
        labels: Names of the classes.
    """

    pixels: NDArray[np.uint8]
    classes: NDArray[np.int64]
    labels: list[str]

    @property
    def names(self) -> list[str]:
        """The label of each picture."""
        return [self.labels[index] for index in self.classes]

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Self:
        """Return the pictures of these rows."""
        return type(self)(self.pixels[rows], self.classes[rows], self.labels)

    def hold_back(self, share: float = HELD_BACK) -> tuple[Self, Self]:
        """Return the pictures without, and only, the last `share` of each class."""
        back = []
        for index in range(len(self.labels)):
            rows = np.flatnonzero(self.classes == index)
            back.append(rows[len(rows) - max(1, round(share * len(rows))) :])
        chosen = np.concatenate(back)
        kept = np.setdiff1d(np.arange(len(self.classes)), chosen)
        return self.take(kept), self.take(chosen)


def cifar10(data: Path, split: str, *, small: bool = False) -> Pictures:
    """Return the CIFAR-10 subset (Krizhevsky, 2009), split "train" (4,000) or "test" (1,000).

    Args:
        data: Folder of the data sets.
        split: Which.
        small: Only the first 40 pictures of each class.

    Raises:
        InputError: if the data set is not there.
    """
    with np.load(corpus_folder(data, "cifar10") / "cifar10_5k.npz", allow_pickle=False) as file:
        pixels, classes = file[f"{split}_images"], file[f"{split}_labels"].astype(np.int64)
        labels = [str(name) for name in file["classes"]]
    found = Pictures(pixels, classes, labels)
    if not small:
        return found
    return found.take(
        np.concatenate([np.flatnonzero(classes == index)[:SMALL] for index in range(len(labels))])
    )


def photos(data: Path, split: str, count: int) -> list[NDArray[np.uint8]]:
    """Return photos of Flickr8k (Hodosh et al., 2013), uint8 (224, 224, 3), spread over a split by name.

    Args:
        data: Folder of the data sets.
        split: "train" or "dev".
        count: How many.

    Raises:
        InputError: if the data set is not there.
    """
    files = sorted((corpus_folder(data, "flickr8k") / split).glob("*.jpg"))
    chosen = np.linspace(0, len(files) - 1, min(count, len(files))).round().astype(int)
    return [decode_image(files[index]).pixels for index in chosen]


def crops(
    pictures: Sequence[NDArray[np.uint8]], each: int, side: int, draw: np.random.Generator
) -> NDArray[np.uint8]:
    """Return squares cut at random places, `each` of every picture, uint8 (n, side, side, 3)."""
    cut = []
    for pixels in pictures:
        for _ in range(each):
            top, left = (int(draw.integers(edge - side + 1)) for edge in pixels.shape[:2])
            cut.append(pixels[top : top + side, left : left + side])
    return np.stack(cut)
