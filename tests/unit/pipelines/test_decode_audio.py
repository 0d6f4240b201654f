"""Recordings of every kind that is promised, and every kind of bad one."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from pipelines.core.errors import DecodeError, EmptyInputError, InputError, LimitError
from pipelines.speech.decode import AudioLimits, audio_from_array, decode_audio

TONE = 440.0


def tone(rate: int, seconds: float = 1.0, channels: int = 1) -> np.ndarray:
    wave = 0.4 * np.sin(2 * np.pi * TONE * np.arange(int(rate * seconds)) / rate)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def encoded(container: str, codec: str, rate: int, channels: int = 1, seconds: float = 1.0) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        layout = "mono" if channels == 1 else "stereo"
        stream = out.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        samples = np.ascontiguousarray(tone(rate, seconds, channels).T)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        for part in resampler.resample(frame):
            fifo.write(part)
        size = stream.codec_context.frame_size or 1024
        while part := fifo.read(size, partial=True):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def pitch(samples: np.ndarray, rate: int = 16_000) -> float:
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    return float(spectrum.argmax() * rate / len(middle))


@pytest.mark.parametrize(
    ("container", "codec", "rate", "channels"),
    [
        ("wav", "pcm_s16le", 8_000, 1),
        ("wav", "pcm_f32le", 96_000, 2),
        ("mp3", "libmp3lame", 44_100, 2),
        ("flac", "flac", 48_000, 2),
        ("ogg", "libopus", 48_000, 1),
        ("webm", "libopus", 48_000, 2),
        ("mp4", "aac", 44_100, 2),
    ],
)
def test_every_format_keeps_its_tone(container: str, codec: str, rate: int, channels: int) -> None:
    if container == "mp4":  # needs a file that can be sought, which BytesIO is
        container = "ipod"
    audio = decode_audio(encoded(container, codec, rate, channels))
    assert audio.sample_rate == 16_000 and audio.samples.dtype == np.float32 and audio.samples.ndim == 1
    assert audio.seconds == pytest.approx(1.0, abs=0.12)
    assert pitch(audio.samples) == pytest.approx(TONE, abs=5)
    assert 0.2 < float(np.abs(audio.samples).max()) <= 1.0


def wav(samples: np.ndarray, rate: int = 16_000) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="WAV")
    return buffer.getvalue()


def test_channels_are_mixed() -> None:
    left_only = tone(16_000, channels=2)
    left_only[:, 1] = 0
    peak = float(np.abs(decode_audio(wav(left_only)).samples).max())
    assert peak == pytest.approx(0.2, abs=0.05)


def test_silence_is_decoded() -> None:
    audio = decode_audio(wav(np.zeros(16_000)))
    assert not audio.samples.any() and audio.seconds == 1.0


def test_too_long_is_refused_by_the_header() -> None:
    with pytest.raises(LimitError, match="too long"):
        decode_audio(wav(np.zeros(16_000)), AudioLimits(max_seconds=0.5))


def test_too_long_is_refused_while_decoding() -> None:
    """A stream of MP3 frames tells no length."""
    with pytest.raises(LimitError, match="more than"):
        decode_audio(encoded("mp3", "libmp3lame", 16_000, seconds=2.0), AudioLimits(max_seconds=0.5))


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(np.zeros(16_000)))
    with pytest.raises(LimitError, match="too large"):
        decode_audio(path, AudioLimits(max_bytes=100))


@pytest.mark.parametrize(
    "data",
    [
        b"I am a text file that somebody named .wav" * 20,
        b"RIFF\x00\x00\x00\x00WAVE",
        b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.mp3\n",
        b"ffconcat version 1.0\nfile '/etc/hostname'\n",
    ],
)
def test_what_is_no_recording_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_audio(data)
    assert "WAV" in str(caught.value)


def test_a_film_without_sound_is_refused() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(DecodeError, match="no audio track"):
        decode_audio(buffer.getvalue())


def test_empty_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    with pytest.raises(EmptyInputError):
        decode_audio(tmp_path / "a.wav")
    with pytest.raises(InputError, match="was not found"):
        decode_audio(tmp_path / "b.wav")
    with pytest.raises(EmptyInputError):
        decode_audio(wav(np.zeros(0)))


def test_a_cut_off_recording_keeps_what_is_there() -> None:
    data = encoded("ogg", "libopus", 48_000, seconds=3.0)
    audio = decode_audio(data[: len(data) // 2])
    assert 0.2 < audio.seconds < 3.0


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.uint8])
def test_arrays_of_every_type_are_scaled(dtype: type) -> None:
    wave = tone(48_000, channels=2)
    if np.issubdtype(dtype, np.integer):
        info = np.iinfo(dtype)
        middle = (info.max + 1) / 2 if info.min == 0 else 0
        wave = (wave * (info.max - middle) + middle).astype(dtype)
    audio = audio_from_array(wave, 48_000)
    assert audio.seconds == pytest.approx(1.0)
    assert float(np.abs(audio.samples).max()) == pytest.approx(0.4, abs=0.03)
    assert pitch(audio.samples) == pytest.approx(TONE, abs=3)


def test_bad_arrays_are_refused() -> None:
    with pytest.raises(EmptyInputError):
        audio_from_array(np.zeros(0), 16_000)
    with pytest.raises(LimitError):
        audio_from_array(np.zeros(32_000), 16_000, max_seconds=1.0)
    with pytest.raises(InputError):
        audio_from_array(np.zeros((2, 2, 2)), 16_000)
    assert audio_from_array(np.array([np.nan, np.inf, 2.0]), 16_000).samples.tolist() == [0.0, 0.0, 1.0]
