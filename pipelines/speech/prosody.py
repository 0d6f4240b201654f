"""Prosody of speech: pitch, loudness, voice quality and timbre as statistics over time, in numpy alone.

An encoder trained to write words down forgets much of how they were said. These are the measures of
the Geneva set (Eyben et al., 2016, doi:10.1109/TAFFC.2015.2457417) that need no more than the log-mel
spectrogram, which the transcriber has already computed, and an autocorrelation of the waveform.
Nothing depends on the recording's level or on how long somebody speaks.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
HOP = 160
"""Samples from one frame to the next: 10 ms, as in the spectrogram."""
WINDOW = 640
"""Samples of a pitch frame: 40 ms, at least two periods of the lowest voice."""
LOWEST_HZ, HIGHEST_HZ = 65.0, 600.0
VOICED = 0.5
"""Least autocorrelation, 0 to 1, of a voiced frame."""
QUIET_DB = 35.0
"""A frame that is so much weaker than the loudest one is silence."""
CEPSTRA = 13
SIZE = 213
"""Statistics in all."""
_PERCENTILES = (5, 25, 50, 75, 95)
_FFT = 2048
_BLOCK = 256
"""Frames transformed at once, so that minutes of speech take little memory."""
_EPS = 1e-9
_Array = NDArray[np.float64]


def prosody(samples: NDArray[np.float32], mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the prosodic statistics of a stretch of speech, float32 (width,).

    Args:
        samples: float32 (n,), 16 kHz, the silences cut out.
        mel: Whisper's log-mel spectrogram of the same sound, float32 (80, frames), 10 ms a frame, at
            least one frame.
    """
    semitones, strength, level = pitch(samples)
    parts = (_pitch_statistics(semitones, strength), _level_statistics(level), _timbre(mel))
    return np.concatenate(parts).astype(np.float32)


def pitch(samples: NDArray[np.float32]) -> tuple[_Array, _Array, _Array]:
    """Return pitch, autocorrelation peak and level, each float64 (frames,), 10 ms a frame.

    Pitch is in semitones over 55 Hz, NaN where unvoiced; level in dB below the loudest frame. The
    autocorrelation is divided by that of the window (Boersma, 1993, IFA Proceedings 17).
    """
    short = max(0, WINDOW + HOP - len(samples))
    padded = np.pad(samples.astype(np.float64), (0, short))
    frames = sliding_window_view(padded, WINDOW)[::HOP]
    blocks = [_autocorrelation(frames[at : at + _BLOCK]) for at in range(0, len(frames), _BLOCK)]
    correlation = np.concatenate(blocks)
    energy = correlation[:, :1]
    correlation = correlation / (energy + _EPS) / _window_correlation()
    low, high = int(SAMPLE_RATE / HIGHEST_HZ), min(int(SAMPLE_RATE / LOWEST_HZ), WINDOW // 2 - 2)
    lag, strength = _first_high_peak(correlation, low, high)
    level = 10 * np.log10(energy[:, 0] + _EPS)
    level = level - level.max()
    semitones = 12 * np.log2(SAMPLE_RATE / lag / 55.0)
    voiced = (strength > VOICED) & (level > -QUIET_DB)
    return np.where(voiced, _median3(semitones), np.nan), np.clip(strength, 0, 1), level


def _autocorrelation(frames: _Array) -> _Array:
    """Return the autocorrelation of windowed frames (n, WINDOW) at lags below half a window."""
    centred = frames - frames.mean(axis=1, keepdims=True)
    power = np.fft.rfft(centred * _hann(), _FFT, axis=1)
    return np.asarray(np.fft.irfft(np.abs(power) ** 2, _FFT, axis=1)[:, : WINDOW // 2].copy())


def _first_high_peak(correlation: _Array, low: int, high: int) -> tuple[_Array, _Array]:
    """Return lag (parabolic, in samples) and height of the shortest lag that is nearly the highest peak."""
    band = correlation[:, low - 1 : high + 2]
    inner = band[:, 1:-1]
    peak = (inner >= band[:, :-2]) & (inner >= band[:, 2:])
    heights = np.where(peak, inner, -1.0)
    near = heights >= 0.9 * heights.max(axis=1, keepdims=True)
    at = np.where(heights.max(axis=1) > 0, near.argmax(axis=1), inner.argmax(axis=1))
    rows = np.arange(len(band))
    before, here, after = band[rows, at], band[rows, at + 1], band[rows, at + 2]
    bend = before - 2 * here + after
    shift = np.where(np.abs(bend) > _EPS, 0.5 * (before - after) / np.where(bend == 0, 1, bend), 0.0)
    return at + low + np.clip(shift, -0.5, 0.5), here


def _median3(values: _Array) -> _Array:
    padded = np.pad(values, 1, mode="edge")
    return np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)


@cache
def _hann() -> _Array:
    return np.hanning(WINDOW)


@cache
def _window_correlation() -> _Array:
    spectrum = np.abs(np.fft.rfft(_hann(), _FFT)) ** 2
    own = np.fft.irfft(spectrum, _FFT)[: WINDOW // 2]
    return np.asarray(np.maximum(own / own[0], 0.05))


def _spread(values: _Array) -> _Array:
    """Return mean, deviation, five percentiles and the inner range of values, (8,)."""
    if not len(values):
        return np.zeros(8)
    points = np.percentile(values, _PERCENTILES)
    return np.array([values.mean(), values.std(), *points, points[4] - points[0]])


def _pitch_statistics(semitones: _Array, strength: _Array) -> _Array:
    voiced = ~np.isnan(semitones)
    heard = semitones[voiced]
    together = voiced[1:] & voiced[:-1]
    steps = np.diff(semitones)[together]
    starts = float((np.diff(voiced.astype(int), prepend=0) == 1).sum())
    seconds = len(voiced) * HOP / SAMPLE_RATE
    share = voiced.mean()
    return np.concatenate(
        [
            _spread(heard),
            _spread(np.abs(steps)),
            _spread(steps),
            [_slope(heard), _curve(heard), share, starts / seconds, share * seconds / max(starts, 1.0)],
            _spread(strength[voiced]),
            [strength.mean(), strength.std()],
        ]
    )


def _level_statistics(level: _Array) -> _Array:
    loud = level[level > -QUIET_DB]
    rises = np.diff(level)
    modulation = np.abs(np.fft.rfft(np.clip(level, -QUIET_DB, 0) + QUIET_DB, 512, norm="ortho"))
    bands = [modulation[low:high].mean() for low, high in ((5, 10), (10, 20), (20, 40), (40, 80), (80, 160))]
    return np.concatenate(
        [
            _spread(loud),
            _spread(np.clip(rises, -20, 20)),
            [_slope(loud), _curve(loud), (level > -QUIET_DB).mean()],
            np.log(np.array(bands) / np.sqrt(max(len(level), 1)) + _EPS),
        ]
    )


def _timbre(mel: NDArray[np.float32]) -> _Array:
    """Return statistics of cepstra, tilt, centroid and flux over the frames that are not silent."""
    frames = mel.T.astype(np.float64)
    loud = frames.mean(axis=1)
    kept = frames[loud >= np.percentile(loud, 20)]
    cepstra = kept @ _cosines().T
    moves = np.diff(cepstra, axis=0) if len(cepstra) > 1 else np.zeros((1, CEPSTRA))
    weights = 10.0 ** (kept - kept.max(axis=1, keepdims=True))
    centroid = (weights * np.arange(80)).sum(1) / weights.sum(1)
    flux = np.sqrt((np.diff(kept, axis=0) ** 2).mean(1)) if len(kept) > 1 else np.zeros(1)
    highs = kept[:, 55:].mean(1) - kept[:, :25].mean(1)
    middle = kept[:, 25:55].mean(1) - kept[:, :25].mean(1)
    return np.concatenate(
        [
            *(_spread(cepstra[:, n])[[0, 1, 2, 4, 6]] for n in range(CEPSTRA)),
            moves.std(axis=0),
            *(_spread(values) for values in (centroid, flux, highs, middle)),
            kept.mean(0).reshape(20, 4).mean(1),
            kept.std(0).reshape(20, 4).mean(1),
        ]
    )


@cache
def _cosines() -> _Array:
    """Return the rows of the cosine transform of 80 mel bands to cepstra, (CEPSTRA, 80)."""
    angles = np.pi / 80 * (np.arange(80) + 0.5)[None] * np.arange(CEPSTRA)[:, None]
    return np.asarray(np.cos(angles) * np.sqrt(2 / 80))


def _slope(values: _Array) -> float:
    """Return the change over the whole stretch of the straight line through the values."""
    return _coefficient(values, 1)


def _curve(values: _Array) -> float:
    return _coefficient(values, 2)


def _coefficient(values: _Array, degree: int) -> float:
    if len(values) < 4:
        return 0.0
    time = np.linspace(-1, 1, len(values))
    return float(np.polynomial.legendre.legfit(time, values, 2)[degree])
