"""Small good media files of every kind that Trio takes, made here, for `benchmarks.fuzz_media`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOUNDS = (
    *(("wav", "pcm_s16le", 16_000), ("wav", "adpcm_ms", 22_050), ("mp3", "libmp3lame", 44_100)),
    *(("flac", "flac", 44_100), ("ogg", "libopus", 48_000), ("matroska", "libopus", 48_000)),
    *(("mp4", "aac", 44_100), ("adts", "aac", 44_100), ("caf", "alac", 44_100), ("asf", "wmav2", 44_100)),
    *(("avi", "libmp3lame", 44_100), ("mpegts", "aac", 48_000), ("mpeg", "mp2", 44_100)),
    *(("ac3", "ac3", 48_000), ("wv", "wavpack", 44_100), ("aiff", "pcm_s16be", 44_100)),
    *(("au", "pcm_mulaw", 8_000), ("mov", "pcm_s16be", 44_100)),
)
PICTURES = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
Sample = tuple[str, str, bytes]
"""Kind ("sound" or "picture"), name, bytes."""


def samples() -> list[Sample]:
    """Return one or more small files of every kind."""
    return [*_sounds(), *_pictures()]


def files_below(folder: Path, most_bytes: int = 300_000) -> list[Sample]:
    """Return the files of `images` and `audio` below a folder that are not too large to be mutated often."""
    kinds = {"images": "picture", "audio": "sound"}
    return [
        (kinds[path.parent.name], path.name, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name in kinds and 0 < path.stat().st_size <= most_bytes
    ]


def _sounds() -> Iterator[Sample]:
    for channels in (1, 2, 8):
        for container, codec, rate in SOUNDS:
            try:
                yield "sound", f"{container}-{codec}-{channels}", _encoded(container, codec, rate, channels)
            except (OSError, ValueError):  # the codec does not take so many channels
                continue
    frame = bytes([0x3C]) + bytes(range(31))
    yield "sound", "amr", b"#!AMR\n" + frame * 30


def _encoded(container: str, codec: str, rate: int, channels: int) -> bytes:
    import av

    layout = {1: "mono", 2: "stereo", 8: "7.1"}[channels]
    wave = 0.4 * np.sin(2 * np.pi * 440 * np.arange(rate // 2) / rate)
    packed = np.repeat(wave[:, None], channels, axis=1).astype(np.float32).reshape(1, -1)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=rate, layout=layout)
        stream.codec_context.bit_rate = 96_000
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        context = stream.codec_context
        resampler = av.AudioResampler(context.format, layout, rate, frame_size=context.frame_size or 1024)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def _pictures() -> Iterator[Sample]:
    from PIL import Image as pil
    from PIL import ImageCms

    try:
        from pillow_heif import register_heif_opener

        register_heif_opener()
    except ImportError:
        pass
    picture = pil.fromarray(_noise())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    clear = picture.convert("RGBA")
    clear.putalpha(picture.convert("L"))
    for kind in PICTURES:
        ways: dict[str, tuple[pil.Image, dict[str, Any]]] = {"plain": (picture, {}), "clear": (clear, {})}
        ways["profile"] = picture, {"icc_profile": profile}
        ways["moving"] = picture, {"save_all": True, "append_images": [picture.rotate(90)] * 2}
        ways["progressive"] = picture, {"progressive": True}
        for way, (image, options) in ways.items():
            buffer = io.BytesIO()
            try:
                image.save(buffer, kind, **options)
            except (OSError, ValueError, KeyError):  # not a way of this format
                continue
            yield "picture", f"{kind}-{way}", buffer.getvalue()


def _noise() -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    return np.kron(rng.integers(0, 255, (8, 8, 3), np.uint8), np.ones((8, 8, 1), np.uint8))
