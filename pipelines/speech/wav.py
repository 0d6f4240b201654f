"""Sound to WAV: 16-bit PCM, mono, written as it comes."""

from __future__ import annotations

import io
import itertools
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import EmptyInputError, InputError
from pipelines.core.open_files import atomic_file
from pipelines.core.said import said
from pipelines.core.types import Audio


def _check_rate(audio: Audio, rate: int) -> None:
    if audio.sample_rate != rate:
        raise InputError(
            said("Audio with different sample rates cannot be joined"),
            given=f"{audio.sample_rate} Hz after {rate} Hz",
        )


def concatenate(chunks: Iterable[Audio]) -> Audio:
    """Return the chunks as one sound.

    Raises:
        EmptyInputError: without any chunk.
        InputError: if their sample rates differ.
    """
    parts = list(chunks)
    if not parts:
        raise EmptyInputError(said("There is no audio to join"))
    rate = parts[0].sample_rate
    for part in parts:
        _check_rate(part, rate)
    return Audio(np.concatenate([p.samples for p in parts]), rate)


def to_wav_bytes(audio: Audio) -> bytes:
    """Return `audio` as the bytes of a 16-bit PCM WAV file."""
    buffer = io.BytesIO()
    with _writer(buffer, audio.sample_rate) as sound:
        sound.writeframes(pcm16_bytes(audio.samples))
    return buffer.getvalue()


def _writer(file: IO[bytes], rate: int) -> wave.Wave_write:
    """Return a writer in Python alone: a library's callback would swallow Ctrl-C and a full disk."""
    sound = wave.open(file, "wb")  # noqa: SIM115 - closed by who asked for it
    sound.setparams((1, 2, rate, 0, "NONE", "not compressed"))
    return sound


def pcm16_bytes(samples: NDArray[np.float32]) -> bytes:
    """Return float32 samples as 16-bit little-endian integers; what is beyond [-1, 1] is clipped."""
    return np.rint(np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def write_wav(path: Path, chunks: Iterable[Audio]) -> float:
    """Write the chunks to `path` one by one and return the seconds of sound written.

    The file appears only when it is whole: a failure or a stop on the way leaves an older one as it was.

    Raises:
        EmptyInputError: without any chunk.
        InputError: if sample rates differ, or the file cannot be written.
    """
    iterator = iter(chunks)
    first = next(iterator, None)
    if first is None:
        raise EmptyInputError(said("There is no audio to write"))
    rate, count = first.sample_rate, 0
    try:
        with atomic_file(path) as file, _writer(file, rate) as sound:
            for chunk in itertools.chain([first], iterator):
                _check_rate(chunk, rate)
                sound.writeframesraw(pcm16_bytes(chunk.samples))
                count += len(chunk.samples)
    except OSError as error:
        raise InputError(
            said("The WAV file cannot be written"),
            given=f"{path} ({error.strerror or error})",
            fix=said("Choose another folder, or free up disk space"),
        ) from error
    return count / rate
