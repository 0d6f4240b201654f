"""Sound to files of several formats, byte by byte as the sound is made."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pipelines.core.errors import InputError
from pipelines.core.said import said
from pipelines.core.types import Audio
from pipelines.speech.wav import pcm16_bytes

RATE = 24_000
SoundFormat = Literal["wav", "pcm", "mp3", "opus", "flac", "aac"]
MEDIA_TYPES: dict[str, str] = {
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "aac": "audio/aac",
}
_ENDLESS = b"\xff\xff\xff\xff"


@dataclass(frozen=True)
class _Codec:
    container: str
    codec: str
    sample_format: str
    rate: int = RATE


_CODECS = {
    "mp3": _Codec("mp3", "libmp3lame", "s16p"),
    "opus": _Codec("ogg", "libopus", "s16", 48_000),
    "flac": _Codec("flac", "flac", "s16"),
    "aac": _Codec("adts", "aac", "fltp"),
}


def encoded(chunks: Iterable[Audio], sound_format: SoundFormat) -> Iterator[bytes]:
    """Yield a mono file piece by piece, as soon as there is some of it.

    Args:
        chunks: The sound; it is resampled to 24 kHz (Opus: 48 kHz).
        sound_format: "pcm" is 16-bit little-endian without a header; a "wav" says that its length is unknown.

    Raises:
        InputError: for another format.
    """
    if sound_format in ("wav", "pcm"):
        if sound_format == "wav":
            yield _wav_header()
        for chunk in chunks:
            yield pcm16(chunk)
    elif sound_format in _CODECS:
        yield from _compressed(chunks, _CODECS[sound_format])
    else:
        raise InputError(
            said("Unknown audio format"), given=repr(sound_format), allowed=", ".join(MEDIA_TYPES)
        )


def pcm16(audio: Audio) -> bytes:
    """Return the samples at 24 kHz as 16-bit little-endian integers."""
    if audio.sample_rate != RATE:
        from pipelines.speech.decode import audio_from_array

        audio = audio_from_array(audio.samples, audio.sample_rate, target_rate=RATE)
    return pcm16_bytes(audio.samples)


def _wav_header() -> bytes:
    """Return the head of a mono 16-bit WAV file whose length is not known yet."""
    form = struct.pack("<HHIIHH", 1, 1, RATE, RATE * 2, 2, 16)
    return b"RIFF%bWAVEfmt %b%bdata%b" % (_ENDLESS, struct.pack("<I", 16), form, _ENDLESS)


class _Sink(io.RawIOBase):
    """A file that can only be appended to, and hands over what was written."""

    def __init__(self) -> None:
        self._data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._data += data
        return len(data)

    def take(self) -> bytes:
        data, self._data = bytes(self._data), bytearray()
        return data


def _compressed(chunks: Iterable[Audio], codec: _Codec) -> Iterator[bytes]:
    import av

    sink = _Sink()
    with av.open(sink, "w", format=codec.container) as container:
        stream = container.add_stream(codec.codec, rate=codec.rate)
        stream.layout, stream.format = "mono", codec.sample_format
        resampler = av.AudioResampler(codec.sample_format, "mono", codec.rate)
        at = 0
        for chunk in chunks:
            frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm16(chunk), "<i2")[None], "s16", "mono")
            frame.sample_rate, frame.pts = RATE, at
            at += frame.samples
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
            if data := sink.take():
                yield data
        for piece in resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    if data := sink.take():
        yield data
