"""Recordings that are unusual but whole: many channels, changes on the way, several tracks, other formats."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from pipelines.core.errors import DecodeError, LimitError
from pipelines.speech.decode import decode_audio
from tests.unit.pipelines.test_decode_audio import encoded, pitch, tone

RATE = 16_000


def sound_file(samples: np.ndarray, kind: str, rate: int = RATE, **options: Any) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=kind, **options)
    return buffer.getvalue()


def by_av(
    container: str, codec: str, tracks: list[np.ndarray], rate: int, layout: str, default: int = 0
) -> bytes:
    """Write tracks, each (n, channels); the one of number `default`, from 1, is marked as such."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        streams = [out.add_stream(codec, rate=rate, layout=layout) for _ in tracks]
        for number, stream in enumerate(streams, start=1):
            stream.disposition = av.stream.Disposition.default if number == default else 0
        for stream, samples in zip(streams, tracks, strict=True):
            packed = np.ascontiguousarray(samples, np.float32).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
            context = stream.codec_context
            context.bit_rate = 64_000
            resampler = av.AudioResampler(context.format, layout, rate, frame_size=context.frame_size or 1024)
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                out.mux(stream.encode(part))
            out.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize("channels", [3, 6, 8, 9, 16, 24, 64])
@pytest.mark.parametrize(
    ("kind", "subtype"), [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("AIFF", "PCM_24"), ("CAF", "FLOAT")]
)
def test_many_channels(kind: str, subtype: str, channels: int) -> None:
    """Planar frames of 8 channels or more are read past their end by PyAV: a segmentation fault."""
    audio = decode_audio(sound_file(tone(RATE, 0.5, channels), kind, subtype=subtype))
    assert audio.seconds == pytest.approx(0.5, abs=0.01) and pitch(audio.samples) == pytest.approx(440, abs=5)
    assert float(np.abs(audio.samples).max()) == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [
        ("ogg", "libopus", 48_000),
        ("matroska", "libopus", 48_000),
        ("flac", "flac", 44_100),
        ("mp4", "aac", 48_000),
    ],
)
def test_eight_channels_of_planar_codecs(container: str, codec: str, rate: int) -> None:
    audio = decode_audio(by_av(container, codec, [tone(rate, 1.0, 8)], rate, "7.1"))
    assert audio.seconds == pytest.approx(1.0, abs=0.12) and pitch(audio.samples) == pytest.approx(440, abs=5)


def test_more_channels_than_are_taken_are_refused_by_the_header() -> None:
    with pytest.raises(LimitError, match="up to 64 channels"):
        decode_audio(sound_file(np.zeros((200, 65)), "WAV"))


@pytest.mark.parametrize("rate", [1, 900, 2_000_000, 2**31 - 1])
def test_a_rate_that_makes_resampling_dear_is_refused(rate: int) -> None:
    data = bytearray(sound_file(np.zeros(2000), "WAV"))
    data[24:28] = struct.pack("<I", rate)
    with pytest.raises((LimitError, DecodeError)):
        decode_audio(bytes(data))


def two_mp3(first: tuple[int, int], second: tuple[int, int]) -> bytes:
    return b"".join(encoded("mp3", "libmp3lame", rate, channels, 2.0) for rate, channels in (first, second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((44_100, 1), (48_000, 1)),
        ((44_100, 1), (44_100, 2)),
        ((48_000, 2), (44_100, 1)),
        ((44_100, 2), (22_050, 1)),
    ],
)
def test_what_follows_a_change_of_rate_or_channels_is_heard(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    audio = decode_audio(two_mp3(first, second))
    assert audio.seconds == pytest.approx(4.0, abs=0.35)
    assert pitch(audio.samples[: 2 * RATE]) == pytest.approx(440, abs=5)
    assert pitch(audio.samples[2 * RATE :]) == pytest.approx(440, abs=5)
    assert np.abs(audio.samples[3 * RATE :]).max() > 0.2


@pytest.mark.parametrize("rates", [(16_000, 32_000), (48_000, 24_000)])
def test_a_change_within_raw_aac(rates: tuple[int, int]) -> None:
    audio = decode_audio(b"".join(encoded("adts", "aac", rate, seconds=2.0) for rate in rates))
    assert audio.seconds == pytest.approx(4.0, abs=0.35)


def test_a_change_within_chained_ogg() -> None:
    parts = [
        sound_file(tone(rate, 2.0, n), "OGG", rate, subtype="VORBIS")
        for rate, n in ((44_100, 2), (48_000, 1))
    ]
    assert decode_audio(b"".join(parts)).seconds == pytest.approx(4.0, abs=0.35)


@pytest.mark.parametrize("channels", [2, 4, 8])
def test_channels_that_cancel_leave_the_loudest(channels: int) -> None:
    wave = tone(RATE, 2.0, channels)
    wave[:, channels // 2 :] *= -0.9
    audio = decode_audio(sound_file(wave, "WAV"))
    assert pitch(audio.samples) == pytest.approx(440, abs=3)
    assert float(np.abs(audio.samples).max()) == pytest.approx(0.4, abs=0.03)


def test_channels_that_cancel_only_for_a_time() -> None:
    wave = tone(RATE, 6.0, 2)
    wave[2 * RATE : 4 * RATE, 1] *= -1
    heard = np.abs(decode_audio(sound_file(wave, "WAV")).samples).reshape(-1, RATE // 10).max(axis=1)
    assert (heard < 0.3).sum() <= 2  # one block at each change


def test_two_voices_left_and_right_are_both_heard() -> None:
    """The mean stays where the channels have nothing to do with one another."""
    wave = tone(RATE, 2.0, 2)
    wave[:, 1] = 0.4 * np.sin(2 * np.pi * 1000 * np.arange(len(wave)) / RATE)
    spectrum = np.abs(np.fft.rfft(decode_audio(sound_file(wave, "WAV")).samples))
    assert spectrum[2 * 440] > 0.8 * spectrum.max() and spectrum[2 * 1000] > 0.8 * spectrum.max()


@pytest.fixture(scope="module")
def speech(samples: Path) -> np.ndarray:
    return np.asarray(decode_audio(samples / "jfk.flac").samples[: 3 * RATE])[:, None]


@pytest.mark.parametrize("container", ["mp4", "matroska"])
@pytest.mark.parametrize(
    ("order", "default", "heard"),
    [
        (("silence", "speech"), 1, 2),
        (("silence", "speech"), 0, 2),
        (("music", "speech"), 0, 2),
        (("speech", "silence"), 2, 1),
        (("speech", "speech"), 2, 2),
        (("music", "silence"), 2, 1),
    ],
)
def test_the_track_with_speech_is_heard_and_named(
    speech: np.ndarray, container: str, order: tuple[str, ...], default: int, heard: int
) -> None:
    kinds = {"silence": np.zeros_like(speech), "speech": speech, "music": tone(RATE, 3.0)}
    audio = decode_audio(by_av(container, "aac", [kinds[kind] for kind in order], RATE, "mono", default))
    assert tuple(map(str, audio.notes)) == (
        f"The recording has 2 audio tracks. Only track {heard} was used.",
    )
    assert np.abs(audio.samples).max() > 0.2


def test_a_damaged_part_is_spoken_of() -> None:
    data = bytearray(encoded("ogg", "libopus", 48_000, seconds=1.0) + b"")
    assert decode_audio(bytes(data)).notes == ()
    mp3 = bytearray(encoded("mp3", "libmp3lame", 44_100, seconds=6.0))
    rng = np.random.default_rng(1)
    third = len(mp3) // 3
    mp3[third : 2 * third] = rng.integers(0, 255, third, np.uint8).tobytes()
    audio = decode_audio(bytes(mp3))
    assert audio.seconds > 3.5 and tuple(map(str, audio.notes)) == (
        "Part of the recording is damaged and was skipped.",
    )


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [
        ("asf", "wmav2", 44_100),
        ("asf", "wmav1", 22_050),
        ("avi", "mp3", 44_100),
        ("avi", "pcm_s16le", 16_000),
        ("mpegts", "aac", 48_000),
        ("mpegts", "mp2", 44_100),
        ("mpeg", "mp2", 44_100),
        ("3gp", "aac", 16_000),
        ("mov", "pcm_s16be", 44_100),
        ("adts", "aac", 44_100),
        ("ac3", "ac3", 48_000),
        ("wv", "wavpack", 44_100),
        ("au", "pcm_mulaw", 8_000),
        ("wav", "adpcm_ms", 22_050),
        ("caf", "alac", 44_100),
    ],
)
def test_formats_that_ffmpeg_decodes(container: str, codec: str, rate: int) -> None:
    name = {"mp3": "libmp3lame"}.get(codec, codec)
    audio = decode_audio(by_av(container, name, [tone(rate)], rate, "mono"))
    assert audio.seconds == pytest.approx(1.0, abs=0.15) and pitch(audio.samples) == pytest.approx(440, abs=5)


def test_amr_is_taken() -> None:
    """Nothing here writes AMR: twenty frames of 12.2 kbit/s of it, whose words are noise."""
    frame = bytes([0x3C]) + bytes(range(31))
    audio = decode_audio(b"#!AMR\n" + frame * 20)
    assert audio.seconds == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("name", ["AMR", "WMA", "AVI", "TS", "MP4", "MP3", "WebM", "AIFF"])
def test_a_refusal_names_what_works(name: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_audio(b"I am a text file" * 30)
    assert name in str(caught.value.allowed)


def test_a_films_pictures_are_not_decoded() -> None:
    """Formats that hold no sound are refused before their own reader sees them."""
    with pytest.raises(DecodeError, match="not a readable recording"):
        decode_audio(b"GIF89a" + bytes(200))


@pytest.mark.parametrize("kind", ["aiff", "caf", "mov"])
@pytest.mark.parametrize("layout", ["7.1", "4.0", "5.1(side)"])
def test_channels_that_are_listed_one_by_one(kind: str, layout: str) -> None:
    """PyAV frees the list of such a layout twice, which ends the program now or a little later."""
    channels = av.AudioLayout(layout).nb_channels
    codec = {"aiff": "pcm_s16be", "caf": "pcm_s16be", "mov": "pcm_s16le"}[kind]
    data = by_av(kind, codec, [tone(44_100, 0.5, channels)], 44_100, layout)
    code = (
        "import sys; from pipelines.speech.decode import decode_audio\n"
        "data = sys.stdin.buffer.read()\n"
        "print([decode_audio(data).seconds for _ in range(5)][-1])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], input=data, capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == 0 and float(ended.stdout) == pytest.approx(0.5, abs=0.02), ended.stderr[-300:]
