"""Features of speech: log-mel, MFCC, PLP and deltas, over librosa.

Frames are 25 ms long, 10 ms apart. Sources: Davis and Mermelstein, 1980 (MFCC); Hermansky, 1990, "Perceptual
linear predictive analysis of speech" (PLP); Furui, 1986 (deltas).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

WINDOW_SECONDS, HOP_SECONDS = 0.025, 0.010
COEFFICIENTS = 13
BANDS = 40
PRE_EMPHASIS = 0.97
DELTA_WIDTH = 9
Samples = NDArray[np.float32]
Frames = NDArray[np.float32]
"""float32 (frames, width)."""


def pre_emphasis(samples: Samples, coefficient: float = PRE_EMPHASIS) -> Samples:
    """Return y[t] = x[t] - a x[t-1]: high frequencies, which the voice has less of, are raised."""
    return np.append(samples[:1], samples[1:] - coefficient * samples[:-1]).astype(np.float32)


def mel_power(samples: Samples, rate: int, bands: int = BANDS, hop_seconds: float = HOP_SECONDS) -> Frames:
    """Return the power in `bands` mel bands, (frames, bands), of frames centred on multiples of the hop."""
    return np.ascontiguousarray((mel_filters(rate, bands) @ _power(samples, rate, hop_seconds)).T, np.float32)


def _power(samples: Samples, rate: int, hop_seconds: float) -> NDArray[np.float32]:
    """Return the power spectrum, (bins, frames)."""
    import librosa

    spectrum = librosa.stft(
        samples,
        n_fft=fft_size(rate),
        win_length=round(WINDOW_SECONDS * rate),
        hop_length=round(hop_seconds * rate),
        pad_mode="reflect",
    )
    return np.abs(spectrum) ** 2


@cache
def mel_filters(rate: int, bands: int) -> NDArray[np.float32]:
    """Return the triangles that sum power into mel bands, (bands, bins)."""
    from librosa.filters import mel

    found: NDArray[np.float32] = mel(sr=rate, n_fft=fft_size(rate), n_mels=bands)
    return found


def log_mel(samples: Samples, rate: int, bands: int = BANDS, hop_seconds: float = HOP_SECONDS) -> Frames:
    """Return the natural logarithm of `mel_power`, (frames, bands), from -16."""
    return np.log(np.maximum(mel_power(samples, rate, bands, hop_seconds), np.exp(-16.0)))


def mfcc(samples: Samples, rate: int, coefficients: int = COEFFICIENTS, bands: int = BANDS) -> Frames:
    """Return mel-frequency cepstral coefficients of the pre-emphasised sound, (frames, coefficients)."""
    return cosine_transform(log_mel(pre_emphasis(samples), rate, bands), coefficients)


def cosine_transform(mel: Frames, coefficients: int = COEFFICIENTS) -> Frames:
    """Return the cepstrum of log-mel frames (frames, bands), (frames, coefficients)."""
    import librosa

    found: NDArray[Any] = librosa.feature.mfcc(S=mel.T, n_mfcc=coefficients)
    return np.ascontiguousarray(found.T, np.float32)


def plp(samples: Samples, rate: int, coefficients: int = COEFFICIENTS) -> Frames:
    """Return perceptual linear prediction cepstra, (frames, coefficients), the logarithm of the gain first.

    Critical bands of the power, equal loudness, the cube root (loudness), and an all-pole model of order
    `coefficients` - 1 of that spectrum, as a cepstrum. spafe 0.3.3 takes the band's power for its frequency
    in the equal-loudness curve, so it is not used.
    """
    power = _power(samples, rate, HOP_SECONDS)
    bands, loudness = critical_bands(rate)
    heard = np.cbrt((bands @ power + 1e-12) * loudness[:, None])
    heard[[0, -1]] = heard[[1, -2]]
    correlation = np.fft.irfft(heard, axis=0)[:coefficients].T
    return np.stack([_all_pole_cepstrum(row) for row in correlation]).astype(np.float32)


@cache
def critical_bands(rate: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Hermansky's critical-band curves, a Bark apart, (bands, bins), and equal loudness, (bands,).

    The masking curve falls by 25 dB a Bark below a tone and by 10 dB above it, so that a band hears lower
    tones from further away than higher ones.
    """
    bins = np.fft.rfftfreq(fft_size(rate), 1 / rate)
    count = int(np.ceil(6 * np.arcsinh(rate / 2 / 600))) + 1
    centres = np.linspace(0, 6 * np.arcsinh(rate / 2 / 600), count)
    away = centres[:, None] - 6 * np.arcsinh(bins / 600)[None]
    slopes = np.minimum(0.0, np.minimum(2.5 * (away + 0.5), -(away - 0.5)))
    curves = np.where((away < -1.3) | (away > 2.5), 0.0, 10**slopes)
    squared = (2 * np.pi * 600 * np.sinh(centres / 6)) ** 2
    loudness = (squared + 56.8e6) * squared**2 / ((squared + 6.3e6) ** 2 * (squared + 0.38e9))
    return curves, loudness


def _all_pole_cepstrum(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cepstrum of the all-pole model whose autocorrelation this is, of the same length."""
    from scipy.linalg import solve_toeplitz

    predictor = solve_toeplitz(correlation[:-1], correlation[1:])
    found = np.zeros(len(correlation))
    found[0] = np.log(max(correlation[0] - predictor @ correlation[1:], 1e-12))
    for n in range(1, len(found)):
        past = np.arange(1, n)
        found[n] = predictor[n - 1] + (past / n * found[1:n]) @ predictor[n - 1 - past]
    return found


def deltas(frames: Frames) -> Frames:
    """Return frames with their first and second differences over time, (frames, 3 width)."""
    import librosa

    first, second = (
        librosa.feature.delta(frames, width=DELTA_WIDTH, order=order, axis=0, mode="nearest")
        for order in (1, 2)
    )
    return np.concatenate([frames, first, second], axis=1).astype(np.float32)


def fft_size(rate: int) -> int:
    """Return the power of two that holds a window: 256 at 8 kHz, 512 at 16 kHz."""
    return int(2 ** np.ceil(np.log2(WINDOW_SECONDS * rate)))
