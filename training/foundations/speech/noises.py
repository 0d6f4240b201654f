"""Noises made by code, and speech mixed with them at a signal-to-noise ratio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from pipelines.speech.foundations.features import Samples

NoiseName = Literal["white", "pink", "babble"]
NOISES: tuple[NoiseName, ...] = ("white", "pink", "babble")
VOICES = 6


def noise(
    name: NoiseName, count: int, random: np.random.Generator, others: Sequence[Samples] = ()
) -> Samples:
    """Return `count` samples of noise of power 1.

    Args:
        name: "white": the same power at every frequency; "pink": power falls as 1 / f; "babble": six voices
            of `others` at the same time, each from a drawn place.
        count: Samples.
        random: Draws them.
        others: Recordings of other people, as loud as they are; babble needs at least one.
    """
    if name == "babble":
        chosen = [others[i] for i in random.choice(len(others), VOICES, replace=len(others) < VOICES)]
        parts = [_unit(np.resize(np.roll(voice, random.integers(len(voice))), count)) for voice in chosen]
        return _unit(np.sum(parts, axis=0))
    white = random.standard_normal(count)
    if name == "pink":
        spectrum = np.fft.rfft(white)
        spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
        white = np.fft.irfft(spectrum, count)
    return _unit(white)


def mixed(speech: Samples, added: Samples, snr_db: float) -> Samples:
    """Return speech with noise, the power of speech over that of noise at `snr_db`; scaled to fit [-1, 1]."""
    power = float(np.mean(np.square(speech, dtype=np.float64)))
    found = speech + added * np.sqrt(power / 10 ** (snr_db / 10))
    return (found / max(1.0, float(np.abs(found).max()))).astype(np.float32)


def si_sdr(estimate: Samples, reference: Samples) -> float:
    """Return the scale-invariant signal-to-distortion ratio, dB (Le Roux et al., 2019, arXiv:1811.02508)."""
    a, b = (x.astype(np.float64) - x.mean(dtype=np.float64) for x in (estimate, reference))
    target = (a @ b) / (b @ b) * b
    rest = a - target
    return float(10 * np.log10((target @ target) / max(float(rest @ rest), 1e-12)))


def _unit(samples: np.ndarray) -> Samples:
    return (samples / np.sqrt(np.mean(np.square(samples, dtype=np.float64)))).astype(np.float32)
