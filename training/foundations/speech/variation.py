"""Spoken digits as of other voices, rooms and microphones, for training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from scipy.ndimage import map_coordinates

from pipelines.speech.foundations.digits import word_frames
from pipelines.speech.foundations.features import Frames, Samples
from pipelines.speech.foundations.neural import FrontEnd
from training.foundations.speech.spoken_digits import resampled

Said = TypeVar("Said")
SPEEDS = (0.8, 0.9, 1.0, 1.1, 1.25)
"""Five voices are few: each is heard lower and slower, and higher and faster, too (Ko et al., 2015)."""
NOISE = 0.4
"""Deviation of what is added to each number a network reads, of deviation 1 (Graves et al., 2006: 0.6)."""
MASKED_BANDS, MASKED_FRAMES = 6, 9
"""The longest gaps, and one."""


def at_speeds(samples: Samples) -> list[Frames]:
    """Return log-mel frames of a sound at every speed."""
    return [word_frames(resampled(samples, speed)) for speed in SPEEDS]


def varied(mel: Frames, front: FrontEnd, random: np.random.Generator) -> Frames:
    """Return what a network reads of log-mel frames (frames, bands) after a drawn change.

    Bands are warped (vocal tract length perturbation; Jaitly and Hinton, 2013), time is stretched, the
    spectrum is tilted, a floor of noise is laid under it, and a stretch of bands and one of time are blanked
    (SpecAugment; Park et al., 2019, arXiv:1904.08779).
    """
    found = _in_noise(_tilted(_warped(mel, random), random), random)
    low = random.integers(found.shape[1] - MASKED_BANDS)
    masked = slice(low, low + random.integers(MASKED_BANDS + 1))
    found[:, masked] = found[:, masked].mean(axis=0)
    read = front(found)
    read += NOISE * random.standard_normal(read.shape, dtype=np.float32)
    start = random.integers(len(read))
    read[start : start + random.integers(MASKED_FRAMES)] = 0.0
    return read


def batched(
    rows: Sequence[tuple[Frames, Said]], size: int, random: np.random.Generator
) -> list[list[tuple[Frames, Said]]]:
    """Return rows in batches of like length, sorted within every eight, so that little of them is padding."""
    ordered: list[tuple[Frames, Said]] = []
    for at in range(0, len(rows), 8 * size):
        ordered += sorted(rows[at : at + 8 * size], key=lambda row: len(row[0]))
    batches = [ordered[at : at + size] for at in range(0, len(ordered), size)]
    return [batches[i] for i in random.permutation(len(batches))]


def _warped(mel: Frames, random: np.random.Generator) -> Frames:
    """Return frames with bands moved, by up to 20 % and a band, and time stretched by up to a quarter."""
    time, bands = mel.shape
    count = max(8, round(time * np.exp(random.uniform(*np.log((0.8, 1.25))))))
    centre, scale, shift = bands / 3, np.exp(random.uniform(-0.2, 0.2)), random.uniform(-1.0, 1.0)
    moved = centre + (np.arange(bands) - centre) * scale + shift
    at = np.meshgrid(np.linspace(0, time - 1, count), moved, indexing="ij")
    found: Frames = map_coordinates(mel, at, order=1, mode="nearest")
    return found


def _tilted(mel: Frames, random: np.random.Generator) -> Frames:
    """Return frames through another microphone: a slow wave over the bands, with a deviation of 2.6 dB."""
    bands = np.arange(mel.shape[1]) / mel.shape[1]
    wave = np.cos(np.pi * (bands * random.uniform(0.5, 3.0) + random.uniform(0.0, 2.0)))
    return mel + random.normal(0.0, 0.6) * wave


def _in_noise(mel: Frames, random: np.random.Generator) -> Frames:
    """Return frames over noise that is 11 to 35 dB below the loudest band."""
    noise = mel.max() + random.uniform(-8.0, -2.5) + random.normal(0.0, 0.3, mel.shape)
    return np.logaddexp(mel, noise)
