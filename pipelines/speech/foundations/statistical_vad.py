"""Voice activity by a likelihood-ratio test (Sohn, Kim and Sung, 1999, IEEE Signal Processing Letters 6(1)).

Speech and noise are complex Gaussians in every bin. The mean over the bins of the logarithm of the ratio
"speech and noise" to "noise alone", g s / (1 + s) - ln(1 + s), is compared with a threshold; g is the power
over the noise's, s the SNR that the decision-directed estimate gives. Beside Silero's network in
`pipelines/speech/vad.py`, which the app uses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, binary_opening

from pipelines.speech.foundations.enhance import FRAME_SECONDS, decision_directed, noise_power, spectrum
from pipelines.speech.foundations.features import Samples

THRESHOLD = 0.35
HANG_SECONDS = 0.2
SHORTEST_SECONDS = 0.06
HOP_SECONDS = FRAME_SECONDS / 4
Span = tuple[float, float]


def likelihood_ratio(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Return the mean log-likelihood ratio of every frame, float64 (frames,), 8 ms apart."""
    power = np.abs(spectrum(samples, rate)) ** 2
    snr = decision_directed(power)
    ratio: NDArray[np.float64] = (power / noise_power(power) * snr / (1 + snr) - np.log1p(snr)).mean(axis=0)
    return ratio


def speech_spans(samples: Samples, rate: int, threshold: float = THRESHOLD) -> list[Span]:
    """Return (start, end) in seconds of every stretch of speech.

    Gaps under 0.2 s are closed, so that the soft end of a word stays; bursts under 0.06 s are dropped.
    """
    hang, shortest = (round(seconds / HOP_SECONDS) for seconds in (HANG_SECONDS, SHORTEST_SECONDS))
    found = np.pad(likelihood_ratio(samples, rate) > threshold, hang)
    found = binary_closing(binary_opening(found, np.ones(shortest, np.bool_)), np.ones(hang, np.bool_))[
        hang:-hang
    ]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], found.astype(np.int8), [0]])))
    end = len(samples) / rate
    return [(a * HOP_SECONDS, min(b * HOP_SECONDS, end)) for a, b in edges.reshape(-1, 2).tolist()]
