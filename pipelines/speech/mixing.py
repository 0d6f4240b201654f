"""Channels to one, block by block: their mean, or the loudest channel where the mean cancels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

BLOCK = 1_600
"""Samples that are decided on together; 0.1 s at 16 kHz."""
FADE = 320
"""Samples over which one decision passes into the next."""
CANCELLED = 0.25
"""The mean of channels that have nothing to do with one another has the energy 1; below this it cancels."""
_AUDIBLE = 1e-10


class Mixer:
    """Mixes a stream of a fixed number of channels; keeps less than a block in memory.

    Args:
        channels: How many.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._held: list[Samples] = []
        self._count = 0
        self._weights: Samples | None = None

    def add(self, samples: Samples) -> Samples:
        """Take samples of shape (n, channels) and return those that are mixed, (m,)."""
        if self._channels == 1:
            return samples[:, 0]
        self._held.append(samples)
        self._count += len(samples)
        return self._mix() if self._count >= BLOCK else np.zeros(0, np.float32)

    def end(self) -> Samples:
        """Return what was held back."""
        return self._mix() if self._count else np.zeros(0, np.float32)

    def _mix(self) -> Samples:
        block = np.nan_to_num(np.concatenate(self._held), posinf=0.0, neginf=0.0)
        self._held, self._count = [], 0
        before, weights = self._weights, self._weigh(block)
        self._weights = weights
        mixed: Samples = block @ weights
        if before is not None and not np.array_equal(before, weights):
            fade = np.linspace(0.0, 1.0, min(FADE, len(block)), dtype=np.float32)
            start = block[: len(fade)]
            mixed[: len(fade)] = fade * mixed[: len(fade)] + (1 - fade) * (start @ before)
        return mixed

    def _weigh(self, block: Samples) -> Samples:
        """Return the share of every channel, (channels,)."""
        mean = np.full(self._channels, 1 / self._channels, np.float32)
        energies = np.square(block, dtype=np.float64).mean(axis=0)
        expected = float(energies.sum()) / self._channels**2
        if expected < _AUDIBLE:
            return mean if self._weights is None else self._weights
        if float(np.square(block @ mean, dtype=np.float64).mean()) >= CANCELLED * expected:
            return mean
        loudest = np.zeros(self._channels, np.float32)
        loudest[self._chosen(energies)] = 1.0
        return loudest

    def _chosen(self, energies: NDArray[np.float64]) -> int:
        """Return the loudest channel; the one that was chosen before stays while it is nearly as loud."""
        loudest = int(energies.argmax())
        if self._weights is not None and self._weights.max() == 1.0:
            before = int(self._weights.argmax())
            if energies[before] > 0.5 * energies[loudest]:
                return before
        return loudest
