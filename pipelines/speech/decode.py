"""Sound files to `Audio`: mono, 16 kHz, float32; the track that a person would listen to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import DecodeError, EmptyInputError, InputError, LimitError
from pipelines.core.isolation import decoded
from pipelines.core.said import Text, as_sentence, said
from pipelines.core.types import Audio
from pipelines.speech.resample import resample
from pipelines.speech.sound_limits import ALLOWED, FIX, too_long
from pipelines.speech.tracks import DAMAGE, decode_tracks
from pipelines.speech.vad import find_speech

SAMPLE_RATE = 16_000
_MEGABYTE = 1_000_000
_SILENCE = 1e-4
_MISSING = 1.0
"""Seconds less than announced that are not spoken of."""
_MAX_SILENT_BAD = DAMAGE - 1
"""Damaged packets that are not spoken of: many a file ends or begins with one."""


@dataclass(frozen=True)
class AudioLimits:
    """`max_bytes` of the file; `max_seconds` of the sound."""

    max_bytes: int = 50 * _MEGABYTE
    max_seconds: float = 600.0


@dataclass(frozen=True, eq=False)
class Track:
    """A sound track. `number`: from 1; `default`: marked so in the file; `good`, `bad`: packets.

    `missing`: seconds that the file announces and that are not there.
    """

    number: int
    default: bool
    good: int
    bad: int
    missing: float
    samples: NDArray[np.float32]
    rate: int

    @property
    def audible(self) -> bool:
        """Whether it is more than silence."""
        return bool(np.abs(self.samples).max(initial=0.0) > _SILENCE)


def decode_audio(
    source: Path | str | bytes, limits: AudioLimits | None = None, *, sample_rate: int = SAMPLE_RATE
) -> Audio:
    """Return a sound track of a file, mixed to mono: the one with speech, if there are several.

    `notes` of the result say which track was heard, and if a part is damaged.

    Args:
        source: A path, or the file's bytes.
        limits: What is accepted; None for the defaults.
        sample_rate: Of the result, in Hz.

    Raises:
        InputError: if there is no such file.
        EmptyInputError: for an empty file or a track without sound in it.
        LimitError: for too many bytes or seconds.
        DecodeError: for a file that is no readable recording of a supported format.
    """
    limits = limits or AudioLimits()
    data, name = _read(source, limits)
    found, arrays = decoded(decode_tracks, data, name, sample_rate, limits.max_seconds)
    told = zip(found["tracks"], arrays, strict=True)
    tracks = [Track(samples=samples, rate=sample_rate, **fields) for fields, samples in told]
    filled = [track for track in tracks if len(track.samples)]
    if not filled and any(track.bad for track in tracks):
        raise DecodeError(said("The recording is damaged"), given=name, allowed=ALLOWED, fix=FIX)
    if not filled:
        raise EmptyInputError(
            said("There is no sound in the recording"), given=name, fix=said("Record again")
        )
    track = _choose(filled)
    if track.bad > track.good:
        raise DecodeError(said("The recording is damaged"), given=name, allowed=ALLOWED, fix=FIX)
    samples = np.clip(track.samples, -1.0, 1.0)
    return Audio(samples, sample_rate, _notes(track, found["count"]))


def _read(source: Path | str | bytes, limits: AudioLimits) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        data, size, name = source, len(source), f"{len(source)} bytes"
    else:
        path = Path(source)
        if not path.is_file():
            raise InputError(said("The recording was not found"), given=path.name, fix=said("Check the name"))
        size, name, data = path.stat().st_size, path.name, b""
        if 0 < size <= limits.max_bytes:
            data = path.read_bytes()
    if size > limits.max_bytes:
        raise LimitError(
            said("The recording is too large"),
            given=f"{name}, {size / _MEGABYTE:.1f} MB",
            allowed=f"{limits.max_bytes / _MEGABYTE:.0f} MB",
            fix=said("Send a shorter one, or save it as MP3 or Opus"),
        )
    if size == 0:
        raise EmptyInputError(said("The recording is empty"), given=name, allowed=ALLOWED, fix=FIX)
    return data, name


def _choose(tracks: Sequence[Track]) -> Track:
    """Return the track to hear: one with speech, if there is one; of several the one marked as default.

    Without speech anywhere it is the default one, or else the first, of those that are not silent.
    """
    if len(tracks) == 1:
        return tracks[0]
    first = sorted(tracks, key=lambda track: (not track.audible, not track.default))
    for track in first:
        if track.audible and find_speech(_at_speech_rate(track)).spans:
            return track
    return first[0]


def _at_speech_rate(track: Track) -> Audio:
    return audio_from_array(track.samples, track.rate, max_seconds=float("inf"))


def _notes(track: Track, count: int) -> tuple[Text, ...]:
    notes: list[Text] = []
    if count > 1:
        notes.append(
            said(
                "The recording has {count} audio tracks. Only track {track} was used.",
                count=count,
                track=track.number,
            )
        )
    seconds = len(track.samples) / track.rate
    if track.bad > _MAX_SILENT_BAD or (count == 1 and track.missing > max(_MISSING, 0.05 * seconds)):
        notes.append(as_sentence(said("Part of the recording is damaged and was skipped")))
    return tuple(notes)


def audio_from_array(
    samples: NDArray[Any], sample_rate: int, *, target_rate: int = SAMPLE_RATE, max_seconds: float = 600.0
) -> Audio:
    """Return samples from a microphone or an API as `Audio`.

    Args:
        samples: Shape (n,) or (n, channels); integers are scaled by their type's range, floats are taken
            as they are.
        sample_rate: In Hz.
        target_rate: Of the result, in Hz.
        max_seconds: Longest sound that is taken.

    Raises:
        EmptyInputError: without samples.
        LimitError: for too long a sound.
        InputError: for another shape, type or rate.
    """
    array = np.asarray(samples)
    if array.ndim not in (1, 2) or array.dtype.kind not in "iuf" or sample_rate < 1000:
        raise InputError(
            said("This is not valid audio data"),
            given=f"shape {array.shape}, {array.dtype}, {sample_rate} Hz",
            allowed="shape (n,) or (n, channels) of integers or floats, at least 1,000 Hz",
        )
    if array.size == 0:
        raise EmptyInputError(said("There is no sound in the recording"), fix=said("Record again"))
    if len(array) > max_seconds * sample_rate:
        raise too_long(
            "the recording",
            said("{count} minutes", count=format(len(array) / sample_rate / 60, ".1f")),
            max_seconds,
        )
    mono = _as_float(array)
    mono = mono.mean(axis=1) if mono.ndim == 2 else mono
    mono = resample(mono, sample_rate, target_rate)
    clean = np.clip(np.nan_to_num(mono, posinf=0.0, neginf=0.0), -1.0, 1.0)
    return Audio(clean.astype(np.float32), target_rate)


def _as_float(array: NDArray[Any]) -> NDArray[np.float64]:
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    info = np.iinfo(array.dtype)
    middle = (info.max + 1) / 2 if array.dtype.kind == "u" else 0.0
    return (array.astype(np.float64) - middle) / (info.max + 1 - middle)
