"""The spoken digits (FSDD), split by speaker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import InputError
from pipelines.speech.decode import decode_audio
from training.common.corpora import corpus_folder

RATE = 8000
DIGITS = tuple("0123456789")
_NAME = re.compile(r"(\d)_([a-z]+)_(\d+)")
Samples = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class DigitClip:
    """One digit. `samples`: float32 (n,), 8 kHz; `index`: which of the speaker's recordings of it."""

    digit: str
    speaker: str
    index: int
    samples: Samples


@dataclass(frozen=True)
class SpeakerSplit:
    """Clips of disjoint speakers: `train`, `choose` (picks the vocoder's epoch), `test`."""

    train: tuple[DigitClip, ...]
    choose: tuple[DigitClip, ...]
    test: tuple[DigitClip, ...]

    @property
    def known(self) -> tuple[DigitClip, ...]:
        """All but those who test: what the recognisers hear, their settings fixed beforehand."""
        return (*self.train, *self.choose)


def digit_clips(data: Path) -> tuple[DigitClip, ...]:
    """Return every clip of FSDD under `data`, in the order of the files' names; decoded once.

    Raises:
        InputError: if the corpus is not there.
    """
    return _clips(corpus_folder(data, "fsdd"))


@cache
def _clips(folder: Path) -> tuple[DigitClip, ...]:
    found = []
    for path in sorted(folder.glob("*.wav")):
        if match := _NAME.fullmatch(path.stem):
            samples = decode_audio(path, sample_rate=RATE).samples
            found.append(DigitClip(match[1], match[2], int(match[3]), samples))
    return tuple(found)


def speaker_split(data: Path, test: str = "", *, each: int | None = None) -> SpeakerSplit:
    """Return FSDD split by speaker.

    Args:
        data: Folder of the data sets.
        test: The speaker who tests; without, the last by name. The one before in name's order chooses.
        each: Only so many recordings of every digit of every speaker.

    Raises:
        InputError: if the corpus is not there, or has no such speaker, or fewer than three.
    """
    clips = [clip for clip in digit_clips(data) if each is None or clip.index < each]
    speakers = sorted({clip.speaker for clip in clips})
    test = test or speakers[-1]
    if test not in speakers or len(speakers) < 3:
        raise InputError(
            "The spoken digits cannot be split by this speaker", given=test, allowed=", ".join(speakers)
        )
    choose = speakers[speakers.index(test) - 1]
    parts = {"test": [test], "choose": [choose], "train": [s for s in speakers if s not in (test, choose)]}
    return SpeakerSplit(**{k: tuple(c for c in clips if c.speaker in who) for k, who in parts.items()})


def resampled(samples: Samples, speed: float) -> Samples:
    """Return the sound played `speed` times as fast: shorter, higher, as of a smaller speaker."""
    count = max(1, round(len(samples) / speed))
    at = np.linspace(0, len(samples) - 1, count)
    return np.interp(at, np.arange(len(samples)), samples).astype(np.float32)


def string_of(
    clips: Sequence[DigitClip], random: np.random.Generator, *, least: int = 3, most: int = 7
) -> tuple[Samples, str]:
    """Return digits of one speaker joined with pauses of 50 to 250 ms, and what is said.

    Args:
        clips: Of one speaker.
        random: Draws the length, the clips and the pauses; pauses are noise at -60 dB of full scale.
        least: Fewest digits.
        most: Most digits.
    """
    chosen = [clips[i] for i in random.integers(len(clips), size=random.integers(least, most + 1))]
    parts: list[Samples] = [_pause(random)]
    for clip in chosen:
        parts += [clip.samples, _pause(random)]
    return np.concatenate(parts), "".join(clip.digit for clip in chosen)


def _pause(random: np.random.Generator) -> Samples:
    count = int(random.uniform(0.05, 0.25) * RATE)
    return (0.001 * random.standard_normal(count)).astype(np.float32)
