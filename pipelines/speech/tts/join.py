"""Pieces of sound that follow each other: one loudness, no click, the pause that the last mark asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LOUDNESS = 0.08
"""Root mean square that speech is brought to, that of hibari."""
PAUSES = {"，": 0.12, ",": 0.12, "、": 0.08, "；": 0.18, "：": 0.18}
"""Seconds of silence after a piece, by its last mark."""
STOP_PAUSE, WORD_PAUSE = 0.25, 0.04
_QUIET = 0.01
_MARGIN_SECONDS = 0.03
_FADE_SECONDS = 0.005


def trimmed(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Return the sound without the silence around it, its edges faded over 5 ms so that none clicks."""
    loud = np.flatnonzero(np.abs(samples) > _QUIET)
    if not len(loud):
        return np.zeros(0, np.float32)
    margin = int(_MARGIN_SECONDS * sample_rate)
    cut = np.clip(samples[max(0, loud[0] - margin) : loud[-1] + margin], -1.0, 1.0)
    fade = min(int(_FADE_SECONDS * sample_rate), len(cut) // 2)
    ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
    cut[:fade] *= ramp
    cut[len(cut) - fade :] *= ramp[::-1]
    return np.asarray(cut, np.float32)


def at_loudness(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sound at the voices' common loudness, no sample beyond 0.98; silence as it is."""
    loud = samples[np.abs(samples) > _QUIET]
    if not len(loud):
        return samples
    gain = min(LOUDNESS / float(np.sqrt(np.mean(loud**2))), 0.98 / float(np.abs(loud).max()))
    return np.asarray(samples * gain, np.float32)


def with_pause(
    samples: NDArray[np.float32], text: str, sample_rate: int, joined: bool = False
) -> NDArray[np.float32]:
    """Return the sound and the silence that its last mark asks for.

    Args:
        samples: Float32 sound.
        text: What was said.
        sample_rate: In Hz.
        joined: Whether a text without a mark at its end goes on, in another voice.
    """
    last = text.rstrip()[-1:]
    seconds = PAUSES.get(last, WORD_PAUSE if joined and last.isalnum() else STOP_PAUSE)
    return np.concatenate([samples, np.zeros(int(seconds * sample_rate), np.float32)])
