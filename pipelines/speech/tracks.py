"""The sound tracks of a file's bytes, each mixed to mono at one rate, through FFmpeg (PyAV)."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.core.errors import DecodeError, InputError, LimitError
from pipelines.core.said import said
from pipelines.speech.layouts import channels_of, is_listed
from pipelines.speech.mixing import Mixer, Samples
from pipelines.speech.ogg_chain import links
from pipelines.speech.sound_limits import ALLOWED, FIX, MIN_RATE, check_form, too_long

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

MAX_TRACKS = 8
_DEMUXERS = (
    *("wav", "w64", "mp3", "flac", "ogg", "matroska", "webm", "mov", "mp4", "aac", "aiff", "caf", "au"),
    *("amr", "amrnb", "amrwb", "asf", "avi", "mpegts", "mpeg", "ape", "wv", "ac3", "eac3"),
)
_DECODERS = (
    *("aac", "aac_latm", "ac3", "eac3", "alac", "amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb"),
    *("ape", "flac", "gsm", "gsm_ms", "mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float", "opus"),
    *("libopus", "libspeex", "speex", "vorbis", "libvorbis", "wavpack", "wmav1", "wmav2", "wmapro"),
    *("wmalossless", "wmavoice", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt", "adpcm_g722", "adpcm_g726"),
    *("adpcm_yamaha", "adpcm_swf"),
    *(
        f"pcm_{kind}{end}"
        for kind in ("s16", "s24", "s32", "f32", "f64", "u16", "u24", "u32")
        for end in ("le", "be")
    ),
    *("pcm_u8", "pcm_s8", "pcm_alaw", "pcm_mulaw", "pcm_bluray", "pcm_dvd", "pcm_s16le_planar"),
)
"""Sound only: a film's pictures are never decoded, not even to find out their size."""
_TOLD_LENGTHS = frozenset({"wav", "flac", "mov", "matroska"})
_XING_WITHIN = 1 << 16
DAMAGE = 3
"""Bad packets that damage of the container counts as."""
_MAX_BAD_PACKETS = 50


def decode_tracks(
    data: bytes, name: str, sample_rate: int, max_seconds: float
) -> tuple[dict[str, Any], list[Samples]]:
    """Return the sound tracks of a file, at most `MAX_TRACKS`, in the file's order.

    The demuxer reads from memory, so a playlist in disguise has nothing to open.

    Args:
        data: The file's bytes.
        name: For messages.
        sample_rate: Of the result, in Hz.
        max_seconds: Longest sound that is taken.

    Returns:
        Field `count`: of all tracks; field `tracks`: for each array its `number` from 1, whether it is
        marked as `default`, how many packets were `good` and `bad`, and the seconds that are `missing` of
        those that the file announces. The arrays: mono float32, not clipped, empty for a track without
        sound.

    Raises:
        LimitError: for too many seconds or channels.
        DecodeError: for a file that is no readable recording of a supported format.
    """
    import av

    first, *others = links(data)
    try:
        with _opened(first) as container:
            streams = _streams(container, name, max_seconds)
            tracks = [_Track(number, stream, name, sample_rate, max_seconds) for number, stream in streams]
            _collect(container, tracks)
            count, told = len(container.streams.audio), 0.0 if others else _told_seconds(container, data)
        for link in others:
            _follow(link, tracks, name, max_seconds)
        fields = {"count": count, "tracks": [track.fields(told) for track in tracks]}
        return fields, [track.samples() for track in tracks]
    except InputError:
        raise
    except (av.FFmpegError, ValueError, OSError, IndexError, EOFError, OverflowError) as error:
        reason = " ".join(str(error).split())[:120]
        raise DecodeError(
            said("This file is not a readable recording"),
            given=f"{name} ({reason})",
            allowed=ALLOWED,
            fix=FIX,
        ) from error


def _opened(data: bytes) -> InputContainer:
    import av

    options = {"format_whitelist": ",".join(_DEMUXERS), "codec_whitelist": ",".join(_DECODERS)}
    return av.open(io.BytesIO(data), mode="r", metadata_errors="replace", options=options)


def _follow(data: bytes, tracks: list[_Track], name: str, max_seconds: float) -> None:
    """Decode a later link of a chained file; one that cannot be read counts as damage."""
    import av

    try:
        with _opened(data) as container:
            streams = _streams(container, name, max_seconds)
            here = [track.continued(stream) for track, (_, stream) in zip(tracks, streams, strict=False)]
            _collect(container, here)
    except (av.FFmpegError, ValueError, OSError, DecodeError):
        tracks[0].damaged()


def _streams(container: InputContainer, name: str, max_seconds: float) -> list[tuple[int, AudioStream]]:
    """Return the tracks to decode with their numbers; what the header tells is checked first."""
    found = [(number, stream) for number, stream in enumerate(container.streams.audio, start=1)]
    if not found:
        raise DecodeError(said("The file has no audio track"), given=name, allowed=ALLOWED, fix=FIX)
    known = [(number, stream) for number, stream in found if stream.codec_context is not None]
    if not known:
        raise DecodeError(said("The audio codec is not supported"), given=name, allowed=ALLOWED, fix=FIX)
    for _, stream in known:
        if context := stream.codec_context:
            check_form(channels_of(context), context.sample_rate or MIN_RATE, name)
    known = sorted(known, key=lambda pair: not is_default(pair[1]))[:MAX_TRACKS]
    seconds = max(_seconds(container, stream) for _, stream in known)
    if _kinds(container) & _TOLD_LENGTHS and seconds > max_seconds:
        raise too_long(name, said("{count} minutes", count=format(seconds / 60, ".1f")), max_seconds)
    return sorted(known, key=lambda pair: pair[0])


def _kinds(container: InputContainer) -> set[str]:
    return set(container.format.name.split(","))


def _told_seconds(container: InputContainer, data: bytes) -> float:
    """Return the length that the file announces; 0 where it is guessed from a bit rate."""
    mp3 = "mp3" in _kinds(container) and any(mark in data[:_XING_WITHIN] for mark in (b"Xing", b"Info"))
    if mp3 or _kinds(container) & {*_TOLD_LENGTHS, "ogg"}:
        return (container.duration or 0) / 1_000_000
    return 0.0


def _seconds(container: InputContainer, stream: AudioStream) -> float:
    seconds = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    return seconds or (container.duration or 0) / 1_000_000


def is_default(stream: AudioStream) -> bool:
    """Whether the file marks a track as the one to play."""
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.default)


def _collect(container: InputContainer, tracks: list[_Track]) -> None:
    by_stream = {track.stream.index: track for track in tracks}
    import av

    try:
        for packet in container.demux(*(track.stream for track in tracks)):
            if (track := by_stream.get(packet.stream_index)) is not None and not track.hopeless:
                track.add(packet)
    except EOFError:  # a file that is cut off gives what was there
        pass
    except av.FFmpegError:
        tracks[0].damaged()
    for track in tracks:
        track.end()


class _Track:
    """One track while it is decoded; its rate, format and channels may change on the way."""

    def __init__(
        self, number: int, stream: AudioStream, name: str, sample_rate: int, max_seconds: float
    ) -> None:
        self.stream, self._number, self._name = stream, number, name
        self._rate, self._most = sample_rate, max_seconds
        self._default = is_default(stream)
        self._form: tuple[str, str, int, int] | None = None
        self._resampler: Any = None
        self._mixer = Mixer(1)
        self._parts: list[Samples] = []
        self._total = self._good = self._bad = 0

    @property
    def hopeless(self) -> bool:
        """Whether so much is damaged that nothing will come."""
        return self._bad > _MAX_BAD_PACKETS and self._bad > self._good

    def continued(self, stream: AudioStream) -> _Track:
        """Return the track, to go on with another file's stream."""
        self.stream = stream
        return self

    def damaged(self) -> None:
        """Note that the rest cannot be read."""
        self._bad += DAMAGE

    def add(self, packet: Any) -> None:
        """Decode a packet; one that is damaged is counted. Raises LimitError."""
        import av

        try:
            frames = packet.decode()
            if sum(is_listed(frame.layout) for frame in frames):  # all of them, not only the first
                raise ValueError("the channels have an order of their own")
            for frame in frames:
                self._take(frame)
        except (av.FFmpegError, ValueError):
            self._bad += 1
        else:
            self._good += 1

    def _take(self, frame: Any) -> None:
        form = (frame.format.name, frame.layout.name, frame.layout.nb_channels, frame.rate)
        if form != self._form:
            self._change(form)
        if frame.samples > self._most * frame.rate:  # before the resampler makes room for it
            raise self._longer()
        self._keep(self._resampler.resample(frame))

    def _longer(self) -> LimitError:
        more = said("more than {count} minutes", count=format(self._most / 60, ".0f"))
        return too_long(self._name, more, self._most)

    def _change(self, form: tuple[str, str, int, int]) -> None:
        import av

        check_form(form[2], form[3], self._name)
        self._finish()
        self._form, self._mixer = form, Mixer(form[2])
        self._resampler = av.AudioResampler(format="flt", rate=self._rate)

    def _keep(self, frames: list[Any]) -> None:
        """Mix packed frames: PyAV reads the planes of planar ones past their end from 8 channels on."""
        for frame in frames:
            packed = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
            self._append(self._mixer.add(packed))

    def _append(self, samples: Samples) -> None:
        if len(samples):
            self._parts.append(samples)
            self._total += len(samples)
        if self._total > self._most * self._rate:
            raise self._longer()

    def _finish(self) -> None:
        """Take what the resampler and the mixer hold back."""
        if self._form is not None:
            self._keep(self._resampler.resample(None))
            self._append(self._mixer.end())
            self._form = None

    def end(self) -> None:
        """Take what is held back at the end of the file."""
        import av

        try:
            self._finish()
        except (av.FFmpegError, ValueError):
            self._bad += 1

    def fields(self, told: float) -> dict[str, Any]:
        """Return what is known of the track. `told`: seconds that the file announces; 0 for unknown."""
        missing = max(0.0, told - self._total / self._rate)
        known = {"number": self._number, "default": self._default, "good": self._good, "bad": self._bad}
        return {**known, "missing": missing if math.isfinite(missing) else 0.0}

    def samples(self) -> Samples:
        """Return the sound, shape (n,); n is 0 where there is none."""
        if not self._parts:
            return np.zeros(0, np.float32)
        return np.nan_to_num(np.concatenate(self._parts), posinf=0.0, neginf=0.0)
