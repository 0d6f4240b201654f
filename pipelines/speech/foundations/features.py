"""Features of speech: log-mel, MFCC, PLP and deltas, over librosa and spafe.

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
    import librosa

    spectrum = librosa.stft(
        samples,
        n_fft=fft_size(rate),
        win_length=round(WINDOW_SECONDS * rate),
        hop_length=round(hop_seconds * rate),
        pad_mode="reflect",
    )
    return np.ascontiguousarray((mel_filters(rate, bands) @ np.abs(spectrum) ** 2).T, np.float32)


@cache
def mel_filters(rate: int, bands: int) -> NDArray[np.float32]:
    """Return the triangles that sum power into mel bands, (bands, bins)."""
    from librosa.filters import mel

    found: NDArray[np.float32] = mel(sr=rate, n_fft=fft_size(rate), n_mels=bands)
    return found


def log_mel(samples: Samples, rate: int, bands: int = BANDS, hop_seconds: float = HOP_SECONDS) -> Frames:
    """Return the natural logarithm of `mel_power`, (frames, bands), from -16."""
    return np.log(np.maximum(mel_power(samples, rate, bands, hop_seconds), np.exp(-16.0)))


def mfcc(samples: Samples, rate: int, coefficients: int = COEFFICIENTS) -> Frames:
    """Return mel-frequency cepstral coefficients of the pre-emphasised sound, (frames, coefficients)."""
    import librosa

    mel = log_mel(pre_emphasis(samples), rate).T
    found: NDArray[Any] = librosa.feature.mfcc(S=mel, n_mfcc=coefficients)
    return np.ascontiguousarray(found.T, np.float32)


def plp(samples: Samples, rate: int, coefficients: int = COEFFICIENTS) -> Frames:
    """Return perceptual linear prediction cepstra, (frames, coefficients); needs at least one window.

    Bark bands, equal loudness, the cube root, then an all-pole model of that spectrum, as cepstra.
    """
    from spafe.features.rplp import plp as spafe_plp
    from spafe.utils.preprocessing import SlidingWindow

    window = SlidingWindow(WINDOW_SECONDS, HOP_SECONDS, "hamming")
    found: NDArray[Any] = spafe_plp(
        samples.astype(np.float64),
        fs=rate,
        order=coefficients,
        pre_emph=True,
        pre_emph_coeff=PRE_EMPHASIS,
        window=window,
        nfft=fft_size(rate),
        low_freq=0,
        high_freq=rate / 2,
    )
    return np.nan_to_num(found).astype(np.float32)


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
