"""Sound files to `Audio`: mono, 16 kHz, float32; limits hold while decoding, before memory is spent."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import DecodeError, EmptyInputError, InputError, LimitError
from pipelines.core.types import Audio

if TYPE_CHECKING:
    from av.container import InputContainer

SAMPLE_RATE = 16_000
ALLOWED = "WAV, MP3, FLAC, Ogg, Opus, WebM or M4A"
_DEMUXERS = frozenset({"wav", "w64", "mp3", "flac", "ogg", "matroska", "mov", "aac", "aiff", "caf", "au"})
_FIX = "Send another recording, or save this one again as WAV or MP3"
_MEGABYTE = 1_000_000
_MAX_BAD_PACKETS = 50


@dataclass(frozen=True)
class AudioLimits:
    """`max_bytes` of the file; `max_seconds` of the sound."""

    max_bytes: int = 50 * _MEGABYTE
    max_seconds: float = 600.0


def decode_audio(
    source: Path | str | bytes, limits: AudioLimits | None = None, *, sample_rate: int = SAMPLE_RATE
) -> Audio:
    """Return the first sound track of a file, mixed to mono.

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
    parts, good, bad = _decode(data, name, limits, sample_rate)
    if not parts:
        if bad:
            raise DecodeError("The recording is damaged", given=name, allowed=ALLOWED, fix=_FIX)
        raise EmptyInputError("There is no sound in the recording", given=name, fix="Record again")
    samples = np.nan_to_num(np.concatenate(parts), posinf=0.0, neginf=0.0)
    if bad > good:
        raise DecodeError("The recording is damaged", given=name, allowed=ALLOWED, fix=_FIX)
    return Audio(np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False), sample_rate)


def _read(source: Path | str | bytes, limits: AudioLimits) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        data, size, name = source, len(source), f"{len(source)} bytes"
    else:
        path = Path(source)
        if not path.is_file():
            raise InputError("There is no such recording", given=path.name, fix="Check the name")
        size, name, data = path.stat().st_size, path.name, b""
        if 0 < size <= limits.max_bytes:
            data = path.read_bytes()
    if size > limits.max_bytes:
        raise LimitError(
            "The recording's file is too large",
            given=f"{name}, {size / _MEGABYTE:.1f} MB",
            allowed=f"{limits.max_bytes / _MEGABYTE:.0f} MB",
            fix="Send a shorter one, or save it as MP3 or Opus",
        )
    if size == 0:
        raise EmptyInputError("The recording's file is empty", given=name, allowed=ALLOWED, fix=_FIX)
    return data, name


def _decode(
    data: bytes, name: str, limits: AudioLimits, sample_rate: int
) -> tuple[list[NDArray[np.float32]], int, int]:
    """Return the mono chunks and how many packets were good and bad.

    The demuxer reads from memory, so a playlist in disguise has nothing to open.
    """
    import av

    try:
        with av.open(io.BytesIO(data), mode="r", metadata_errors="replace") as container:
            _check_container(container, name, limits)
            resampler = av.AudioResampler(format="fltp", rate=sample_rate)
            return _collect(container, resampler, name, int(limits.max_seconds * sample_rate), limits)
    except InputError:
        raise
    except (av.FFmpegError, ValueError, OSError, IndexError, EOFError) as error:
        reason = " ".join(str(error).split())[:120]
        raise DecodeError(
            "This is not a recording that can be read", given=f"{name} ({reason})", allowed=ALLOWED, fix=_FIX
        ) from error


def _check_container(container: InputContainer, name: str, limits: AudioLimits) -> None:
    kinds = set(container.format.name.split(","))
    if not kinds & _DEMUXERS:
        raise DecodeError(
            "This kind of file is not supported",
            given=f"{name} ({container.format.long_name or container.format.name})",
            allowed=ALLOWED,
            fix=_FIX,
        )
    if not container.streams.audio:
        raise DecodeError("There is no sound track in the file", given=name, allowed=ALLOWED, fix=_FIX)
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise DecodeError("The sound's codec is not known", given=name, allowed=ALLOWED, fix=_FIX)
    seconds = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    if not seconds and container.duration:
        seconds = container.duration / 1_000_000
    if kinds & {"wav", "flac", "mov", "matroska"} and seconds > limits.max_seconds:
        raise _too_long(name, f"{seconds / 60:.1f} minutes", limits)


def _too_long(name: str, given: str, limits: AudioLimits) -> LimitError:
    return LimitError(
        "The recording is too long",
        given=f"{name}, {given}",
        allowed=f"{limits.max_seconds / 60:.0f} minutes",
        fix="Cut it and send the part that matters",
    )


def _collect(
    container: InputContainer, resampler: Any, name: str, most: int, limits: AudioLimits
) -> tuple[list[NDArray[np.float32]], int, int]:
    import av

    parts: list[NDArray[np.float32]] = []
    total = good = bad = 0
    for packet in _packets(container):
        try:
            chunks = [_mono(out) for frame in packet.decode() for out in resampler.resample(frame)]
        except (av.FFmpegError, ValueError):
            bad += 1
            if bad > _MAX_BAD_PACKETS and bad > good:
                break
            continue
        good += 1
        parts += chunks
        total += sum(map(len, chunks))
        if total > most:
            raise _too_long(name, f"more than {limits.max_seconds / 60:.0f} minutes", limits)
    parts += [_mono(out) for out in resampler.resample(None)] if parts else []
    return [part for part in parts if len(part)], good, bad


def _mono(frame: Any) -> NDArray[np.float32]:
    """Return the mean of a planar frame's channels; FFmpeg's own mixing lets loud stereo clip."""
    mixed: NDArray[np.float32] = frame.to_ndarray().mean(axis=0)
    return mixed


def _packets(container: InputContainer) -> Iterator[Any]:
    """Yield the packets; a file that is cut off ends early, with what was there."""
    import av

    try:
        yield from container.demux(container.streams.audio[0])
    except (av.FFmpegError, EOFError):
        return


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
            "These are not samples of sound",
            given=f"shape {array.shape}, {array.dtype}, {sample_rate} Hz",
            allowed="shape (n,) or (n, channels) of integers or floats, at least 1,000 Hz",
        )
    if array.size == 0:
        raise EmptyInputError("There is no sound in the recording", fix="Record again")
    if len(array) > max_seconds * sample_rate:
        raise _too_long("the recording", f"{len(array) / sample_rate / 60:.1f} minutes", AudioLimits())
    mono = _as_float(array)
    mono = mono.mean(axis=1) if mono.ndim == 2 else mono
    if sample_rate != target_rate:
        from math import gcd

        from scipy.signal import resample_poly

        shared = gcd(sample_rate, target_rate)
        mono = resample_poly(mono, target_rate // shared, sample_rate // shared)
    clean = np.clip(np.nan_to_num(mono, posinf=0.0, neginf=0.0), -1.0, 1.0)
    return Audio(clean.astype(np.float32), target_rate)


def _as_float(array: NDArray[Any]) -> NDArray[np.float64]:
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    info = np.iinfo(array.dtype)
    middle = (info.max + 1) / 2 if array.dtype.kind == "u" else 0.0
    return (array.astype(np.float64) - middle) / (info.max + 1 - middle)
