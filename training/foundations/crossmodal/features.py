"""Frozen features of Flickr8k: photos, captions and spoken captions, computed once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pipelines.backends import default_registry
from pipelines.core.errors import EmptyInputError
from pipelines.crossmodal.foundations.encoders import HEARD, READ, SEEN, Encoders
from pipelines.image.decode import decode_image
from training.caption.flickr8k import Photo, flickr8k
from training.foundations.crossmodal.speaking import spoken, voice
from training.foundations.recipe import Run

PHOTOS = {"train": 2000, "dev": 1000}
"""Photos of each split, the first by name: a small set, for minutes of one core."""
SPOKEN = {"train": 500, "dev": 150}
"""Of these, photos whose first caption is spoken too."""
SMALL = 64
_Rows = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Photos with what belongs to them, one row a photo.

    Attributes:
        photos: The photos themselves.
        seen: Pooled image features, float32 (n, 1280).
        read: Embeddings of the captions, float32 (n, 5, 384).
        heard: Pooled encoder features of the first caption as the voice says it, float32 (m, 1024) for the
            first m photos; empty where no sound was asked for.
    """

    photos: list[Photo]
    seen: _Rows
    read: _Rows
    heard: _Rows


def flickr_pairs(run: Run, split: str, *, sound: bool = False) -> Pairs:
    """Return the split "train" or "dev" with its features; `run.small` takes the first few photos.

    Raises:
        InputError: if Flickr8k is not there.
    """
    photos = flickr8k(run.data, split)[: SMALL if run.small else PHOTOS[split]]
    home, name = run.folder.parent / "crossmodal-features", f"{split}-{len(photos)}"
    encoders = Encoders(default_registry())
    seen = _kept(home / f"{name}-seen.npy", lambda: _seen(photos, encoders))
    read = _kept(home / f"{name}-read.npy", lambda: _read(photos, encoders))
    heard = np.zeros((0, HEARD), np.float32)
    if sound:
        count = min(SPOKEN[split], len(photos))
        heard = _kept(home / f"{name}-heard-{count}.npy", lambda: _heard(photos[:count], encoders))
    return Pairs(photos, seen, read, heard)


def _kept(path: Path, make: Callable[[], _Rows]) -> _Rows:
    """Return the array in a file, which is made first where it is not there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npy")
        np.save(part, make().astype(np.float16))
        part.replace(path)
    return np.load(path, allow_pickle=False).astype(np.float32)


def _seen(photos: list[Photo], encoders: Encoders) -> _Rows:
    rows = np.zeros((len(photos), SEEN), np.float32)
    for at, photo in enumerate(tqdm(photos, unit="photo", desc="image features")):
        rows[at] = encoders.see(decode_image(photo.path))
    return rows


def _read(photos: list[Photo], encoders: Encoders) -> _Rows:
    rows = np.zeros((len(photos), 5, READ), np.float32)
    for at, photo in enumerate(tqdm(photos, unit="photo", desc="caption embeddings")):
        rows[at] = encoders.read(photo.captions)
    return rows


def _heard(photos: list[Photo], encoders: Encoders) -> _Rows:
    speaker = voice()
    rows = np.zeros((len(photos), HEARD), np.float32)
    for at, photo in enumerate(tqdm(photos, unit="caption", desc="spoken captions")):
        try:
            rows[at] = encoders.hear(spoken(speaker, photo.captions[0]))
        except EmptyInputError:  # a caption of a word or two, in which no speech was found: a row of zeros
            continue
    return rows
