"""Flickr8k (Hodosh et al., 2013): photos with five captions each, and their frozen features."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pipelines.backends import default_registry
from pipelines.core.types import Image, Stage
from pipelines.image.decode import decode_image
from pipelines.image.features import CELLS, WIDTH
from training.common.corpora import corpus_folder

VIEWS = 4
SMALLEST_CROP = 0.75


@dataclass(frozen=True)
class Photo:
    """One photo and what people wrote about it."""

    path: Path
    captions: tuple[str, ...]


def flickr8k(data: Path, split: str) -> list[Photo]:
    """Return the photos of the split "train" or "dev"."""
    folder = corpus_folder(data, "flickr8k")
    captions: dict[str, list[str]] = defaultdict(list)
    with (folder / f"captions_{split}.tsv").open(encoding="utf-8", newline="") as file:
        for name, caption in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            captions[name].append(caption)
    return [Photo(folder / split / name, tuple(lines)) for name, lines in sorted(captions.items())]


def view_of(image: Image, view: int, random: np.random.Generator) -> Image:
    """Return a variant of a picture: 0 as it is, 1 mirrored, then random crops, mirrored or not."""
    pixels = image.pixels
    if view >= 2:
        share = np.sqrt(random.uniform(SMALLEST_CROP, 1.0, size=2))
        rows, columns = (max(1, int(n * s)) for n, s in zip(pixels.shape, share, strict=False))
        top, left = random.integers(image.height - rows + 1), random.integers(image.width - columns + 1)
        pixels = pixels[top : top + rows, left : left + columns]
    return Image(np.ascontiguousarray(pixels[:, ::-1] if view % 2 else pixels))


def features(photos: list[Photo], folder: Path, name: str, view: int) -> NDArray[np.float16]:
    """Return grids of a view, float16 (photos, 81, 1280), mapped from a file that is made once."""
    target = folder / f"{name}-{view}.npy"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        encoder = default_registry().get(Stage.IMAGE_FEATURES, "efficientnet-lite2")
        part = target.with_suffix(".part")
        shape = (len(photos), CELLS, WIDTH)
        out = np.lib.format.open_memmap(part, mode="w+", dtype=np.float16, shape=shape)
        for at, photo in enumerate(tqdm(photos, unit="photo", desc=f"features, {name}, view {view}")):
            # one at a time: the activations of sixteen leave the cache, which takes twice as long a photo
            image = view_of(decode_image(photo.path), view, np.random.default_rng([view, at]))
            out[at : at + 1] = encoder.grids([image])
        out.flush()
        part.replace(target)
    return np.load(target, mmap_mode="r", allow_pickle=False)
