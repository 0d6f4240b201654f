"""What the recognisers of spoken digits share: 8 kHz sound, its frames, and the answer for a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import EmptyInputError
from pipelines.core.foundation import Fields
from pipelines.speech.decode import AudioLimits, decode_audio
from pipelines.speech.foundations.features import (
    COEFFICIENTS,
    Frames,
    Samples,
    cosine_transform,
    deltas,
    log_mel,
    pre_emphasis,
)

RATE = 8000
DIGITS = tuple("0123456789")
BANDS = 24
"""Mel bands: so few that the harmonics of a voice's pitch are not told apart."""
CEPSTRA = 3 * COEFFICIENTS
"""Cepstral coefficients with first and second differences."""
FLOOR, HEARD = 5.5, 1.5
"""Of the logarithm of the power, below the loudest and above the floor: 24 and 6.5 dB."""
MARGIN = 1
"""Frames that are kept around what is heard."""
MAX_SECONDS = 30.0
MIN_SAMPLES = 400
"""50 ms: less holds no word."""


class DigitClassifier(Protocol):
    """Says which digit a recording is."""

    labels: tuple[str, ...]

    def probabilities(self, clips: Sequence[Samples]) -> NDArray[np.float64]:
        """Return float64 (clips, labels) of 8 kHz sounds; rows sum to 1."""


def read_digits(file: Path) -> Samples:
    """Return a file's sound at 8 kHz.

    Raises:
        InputError: if it cannot be read, is longer than 30 s or shorter than 50 ms.
    """
    samples = decode_audio(file, AudioLimits(max_seconds=MAX_SECONDS), sample_rate=RATE).samples
    if len(samples) < MIN_SAMPLES:
        raise EmptyInputError("The recording is too short for a word", given=f"{len(samples) / RATE:.3f} s")
    return samples


def answer(model: DigitClassifier, file: Path) -> Fields:
    """Fields `label`, `confidence`, `scores` of a recording of one digit."""
    row = model.probabilities([read_digits(file)])[0]
    scores = {label: round(float(p), 6) for label, p in zip(model.labels, row, strict=True)}
    best = model.labels[int(row.argmax())]
    return {"label": best, "confidence": scores[best], "scores": scores}


def mel_frames(samples: Samples) -> Frames:
    """Return 24 log-mel bands of the pre-emphasised sound, (frames, 24)."""
    return log_mel(pre_emphasis(samples), RATE, BANDS)


def word_frames(samples: Samples) -> Frames:
    """Return log-mel frames as quiet in every recording: what the networks' front ends start from.

    The loudest band is 0, a floor lies 24 dB below it, and the silence at both ends is cut off: else one
    recording's silence, or another's noise, would make up most of a mean and a deviation.
    """
    mel = mel_frames(samples)
    levelled = np.logaddexp(mel - mel.max(), -FLOOR)
    heard = np.flatnonzero(levelled.max(axis=1) > HEARD - FLOOR)
    start, stop = max(0, heard[0] - MARGIN), heard[-1] + 1 + MARGIN
    found: Frames = levelled[start:stop].astype(np.float32)
    return found


def cepstra(mel: Frames) -> Frames:
    """Return 13 MFCC of log-mel frames with deltas, (frames, 39); each column has mean 0 and deviation 1.

    The mean takes the microphone away, the deviation the noise and the vigour (Viikki and Laurila, 1998,
    "Cepstral domain segmental feature vector normalization").
    """
    found = deltas(cosine_transform(mel))
    return ((found - found.mean(axis=0)) / (found.std(axis=0) + 1e-3)).astype(np.float32)


def spectrogram(mel: Frames) -> Frames:
    """Return log-mel frames, (frames, 24), the mean of each band and the scale taken away."""
    return ((mel - mel.mean(axis=0)) / (mel.std() + 1e-3)).astype(np.float32)
