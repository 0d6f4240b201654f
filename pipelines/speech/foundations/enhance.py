"""Noise removal in the short-time spectrum: spectral subtraction, Wiener filter, spectral gating.

All three learn the noise from the recording itself, multiply the spectrum by a gain between 0 and 1, and keep
the noisy phase. They suit steady noise; voices in the background are speech to them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import istft, stft

from pipelines.speech.foundations.features import Samples

FRAME_SECONDS = 0.032
QUIET_SHARE, QUIET_SECONDS = 0.15, 0.25
FLOOR = 0.1
"""Smallest gain, -20 dB: a little noise that stays hides the musical tones of what was cut out."""
MEMORY = 0.98
_Power = NDArray[np.float64]
"""float64 (bins, frames)."""


def spectrum(samples: Samples, rate: int) -> NDArray[np.complex128]:
    """Return the short-time spectrum, (bins, frames): Hann windows of 32 ms, a quarter apart."""
    size = round(FRAME_SECONDS * rate)
    found: NDArray[np.complex128] = stft(
        samples.astype(np.float64), rate, nperseg=size, noverlap=size - size // 4
    )[2]
    return found


def noise_power(power: _Power) -> _Power:
    """Return the mean power of each bin, (bins, 1), over the quietest 15 % of the frames, at least one."""
    loudness = power.sum(axis=0)
    count = max(1, round(QUIET_SHARE * len(loudness)))
    quiet = np.argpartition(loudness, count - 1)[:count]
    return power[:, quiet].mean(axis=1, keepdims=True) + 1e-12


def spectral_subtraction(samples: Samples, rate: int) -> Samples:
    """Subtract the noise's magnitude (Boll, 1979): gain 1 - |N| / |X|, |X| the mean of three frames.

    Where that leaves a gain below the floor, which is residual noise, the smallest of three frames is taken.
    """
    found = spectrum(samples, rate)
    magnitude = np.abs(found)
    smooth = uniform_filter1d(magnitude, 3, axis=1, mode="nearest")
    gain = np.maximum(1.0 - np.sqrt(noise_power(magnitude**2)) / np.maximum(smooth, 1e-9), 0.0)
    gain = np.where(gain < 0.5, minimum_filter1d(gain, 3, axis=1, mode="nearest"), gain)
    return _sound(found * np.maximum(gain, FLOOR), len(samples), rate)


def wiener(samples: Samples, rate: int) -> Samples:
    """Wiener filter with the decision-directed SNR (Scalart and Filho, 1996): gain s / (1 + s).

    The SNR before the noise, s, is 0.98 of what the frame before came out with and 0.02 of what is measured
    now; so it moves slowly where there is only noise, and little of it is left to sound musical.
    """
    found = spectrum(samples, rate)
    snr = decision_directed(np.abs(found) ** 2)
    return _sound(found * np.maximum(snr / (1.0 + snr), FLOOR), len(samples), rate)


def decision_directed(power: _Power) -> _Power:
    """Return the estimated SNR of the clean speech in every bin and frame (Ephraim and Malah, 1984)."""
    after = power / noise_power(power)
    snr = np.empty_like(after)
    before = np.maximum(after[:, 0] - 1.0, 0.0)
    for frame in range(after.shape[1]):
        now = np.maximum(after[:, frame] - 1.0, 0.0)
        snr[:, frame] = MEMORY * before + (1.0 - MEMORY) * now
        before = (snr[:, frame] / (1.0 + snr[:, frame])) ** 2 * after[:, frame]
    return snr


def spectral_gating(samples: Samples, rate: int) -> Samples:
    """Close every bin that is not louder than the noise's mean and 1.5 deviations (Sainburg et al., 2020).

    noisereduce does it; the noise is the quietest quarter of a second.
    """
    import noisereduce

    found: NDArray[np.floating] = noisereduce.reduce_noise(
        samples,
        rate,
        stationary=True,
        y_noise=quietest(samples, round(QUIET_SECONDS * rate)),
        prop_decrease=1.0 - FLOOR,
        n_fft=round(FRAME_SECONDS * rate),
    )
    return np.clip(found, -1.0, 1.0).astype(np.float32)


def quietest(samples: Samples, count: int) -> Samples:
    """Return the `count` samples in a row that have the least power, or all of a shorter sound."""
    if len(samples) <= count:
        return samples
    energy = np.cumsum(np.square(samples, dtype=np.float64), dtype=np.float64)
    start = int(np.argmin(energy[count:] - energy[:-count]))
    return samples[start + 1 : start + 1 + count]


def _sound(found: NDArray[np.complex128], count: int, rate: int) -> Samples:
    size = round(FRAME_SECONDS * rate)
    samples = istft(found, rate, nperseg=size, noverlap=size - size // 4)[1][:count]
    return np.clip(samples, -1.0, 1.0).astype(np.float32)
