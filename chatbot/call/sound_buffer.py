"""Sound on its way: the last of what was said, and samples as bytes."""

from __future__ import annotations

import struct
from collections import deque

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import InputError
from pipelines.core.said import said
from pipelines.speech.wav import pcm16_bytes

Samples = NDArray[np.float32]
_HEADER = struct.Struct("<II")


class SoundBuffer:
    """The end of an endless stream, addressed by the sample's number since its beginning."""

    def __init__(self) -> None:
        self._parts: deque[Samples] = deque()
        self.begin = self.end = 0

    def append(self, samples: Samples) -> None:
        """Take float32 (n,)."""
        self._parts.append(samples)
        self.end += len(samples)

    def since(self, begin: int) -> Samples:
        """Return a copy of what is there from sample `begin` on, float32 (n,)."""
        kept = np.concatenate(self._parts) if self._parts else np.zeros(0, np.float32)
        return kept[max(0, begin - self.begin) :].copy()

    def forget_before(self, begin: int) -> None:
        """Drop what lies wholly before sample `begin`."""
        while self._parts and self.begin + len(self._parts[0]) <= begin:
            self.begin += len(self._parts.popleft())


def from_pcm16(data: bytes) -> Samples:
    """Return 16-bit little-endian mono PCM as float32 (n,) within [-1, 1].

    Raises:
        InputError: for an odd number of bytes, or none.
    """
    if not data or len(data) % 2:
        raise InputError(
            said("A piece of audio could not be read"),
            given=said("{count} bytes", count=len(data)),
            allowed="16-bit little-endian PCM, one channel, 16 kHz",
        )
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)


def to_frame(turn: int, samples: Samples, sample_rate: int) -> bytes:
    """Return a binary message: turn and rate as two little-endian uint32, then 16-bit PCM."""
    return _HEADER.pack(turn, sample_rate) + pcm16_bytes(samples)
