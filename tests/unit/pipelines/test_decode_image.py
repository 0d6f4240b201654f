"""Pictures of every kind that is promised, and every kind of bad one."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as pil

from pipelines.core.errors import DecodeError, EmptyInputError, InputError, LimitError
from pipelines.image.decode import ImageLimits, decode_image

RED, BLUE = (200, 30, 30), (20, 40, 210)


def two_colours(mode: str = "RGB") -> pil.Image:
    """Left half red, right half blue."""
    picture = pil.new("RGB", (40, 20), RED)
    picture.paste(BLUE, (20, 0, 40, 20))
    return picture.convert(mode)


def saved(picture: pil.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def near(pixel: np.ndarray, colour: tuple[int, int, int], off: int = 30) -> bool:
    return bool((np.abs(pixel.astype(int) - colour) <= off).all())


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "P"),
        ("PNG", "RGBA"),
        ("WEBP", "RGB"),
        ("GIF", "P"),
        ("BMP", "RGB"),
        ("TIFF", "RGB"),
        ("TIFF", "CMYK"),
    ],
)
def test_every_format_keeps_its_colours(kind: str, mode: str) -> None:
    image = decode_image(saved(two_colours(mode), kind))
    assert image.pixels.shape == (20, 40, 3) and image.pixels.dtype == np.uint8
    assert near(image.pixels[10, 5], RED, 60) and near(image.pixels[10, 35], BLUE, 60)


def test_exif_orientation_is_applied() -> None:
    exif = pil.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    image = decode_image(saved(two_colours(), "JPEG", exif=exif))
    assert (image.width, image.height) == (20, 40)
    assert near(image.pixels[5, 10], RED, 60) and near(image.pixels[35, 10], BLUE, 60)


def test_transparency_is_laid_on_white() -> None:
    picture = pil.new("RGBA", (4, 4), (255, 0, 0, 0))
    picture.putpixel((0, 0), (0, 0, 255, 255))
    image = decode_image(saved(picture, "PNG"))
    assert tuple(image.pixels[3, 3]) == (255, 255, 255)
    assert tuple(image.pixels[0, 0]) == (0, 0, 255)


def test_a_transparent_palette_is_laid_on_white() -> None:
    picture = pil.new("P", (2, 1))
    picture.putpalette([0, 0, 0, 9, 9, 200])
    picture.putpixel((1, 0), 1)
    image = decode_image(saved(picture, "PNG", transparency=0))
    assert tuple(image.pixels[0, 0]) == (255, 255, 255)
    assert tuple(image.pixels[0, 1]) == (9, 9, 200)


def test_sixteen_bits_keep_their_scale() -> None:
    values = np.array([[0, 257 * 100, 65535]], dtype=np.uint16)
    image = decode_image(saved(pil.fromarray(values), "PNG"))
    assert image.pixels[0, :, 0].tolist() == [0, 100, 255]


def test_floating_point_is_stretched() -> None:
    values = np.array([[-1.0, 0.0, 1.0]], dtype=np.float32)
    image = decode_image(saved(pil.fromarray(values), "TIFF"))
    assert image.pixels[0, :, 0].tolist() == [0, 128, 255]


def test_the_first_frame_of_an_animation(tmp_path: Path) -> None:
    first, second = pil.new("RGB", (8, 8), RED), pil.new("RGB", (8, 8), BLUE)
    path = tmp_path / "a.gif"
    first.save(path, save_all=True, append_images=[second])
    assert near(decode_image(path).pixels[4, 4], RED, 10)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is very large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(10_000, 6_000), (60_000, 60_000)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(LimitError, match="50 megapixels"):
        decode_image(bomb(*size))


def test_limits_can_be_set() -> None:
    data = saved(two_colours(), "PNG")
    with pytest.raises(LimitError, match="40 x 20"):
        decode_image(data, ImageLimits(max_pixels=799))
    with pytest.raises(LimitError, match="MB"):
        decode_image(data, ImageLimits(max_bytes=len(data) - 1))
    assert decode_image(data, ImageLimits(len(data), 800)).width == 40


def test_a_truncated_picture_is_refused() -> None:
    data = saved(pil.effect_noise((200, 200), 50), "JPEG")
    with pytest.raises(DecodeError, match="damaged or incomplete"):
        decode_image(data[: len(data) // 2])


@pytest.mark.parametrize(
    "data", [b"hello, I am text", b"\x89PNG\r\n\x1a\n", b"%PDF-1.4", b"\xff\xd8\xff\xe0"]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_image(data)
    assert "JPEG" in str(caught.value)


def test_empty_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(EmptyInputError):
        decode_image(tmp_path / "a.png")
    with pytest.raises(InputError, match="was not found"):
        decode_image(tmp_path / "b.png")
