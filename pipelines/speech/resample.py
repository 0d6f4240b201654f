"""Another sample rate for whole sounds, by a polyphase filter (scipy.signal.resample_poly)."""

from __future__ import annotations

from math import gcd
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Float = TypeVar("_Float", np.float32, np.float64)


def resample(samples: NDArray[_Float], rate: int, target: int) -> NDArray[_Float]:
    """Return samples at another rate; the same ones where it is theirs.

    Args:
        samples: Mono, shape (n,), -1.0 to 1.0; the result may go beyond a little.
        rate: Theirs, in Hz.
        target: Of the result, in Hz.
    """
    if rate == target:
        return samples
    from scipy.signal import resample_poly

    common = gcd(rate, target)
    found: NDArray[_Float] = resample_poly(samples, target // common, rate // common)
    return found
