"""A picture file's bytes to pixels, through Pillow (and libheif for HEIC)."""

from __future__ import annotations

import io
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import DecodeError, InputError, LimitError
from pipelines.core.said import said

if TYPE_CHECKING:
    from PIL import Image as Pil

Pixels = NDArray[np.uint8]

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF")
ALLOWED = said("JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC")
FIX = said("Send another picture, or save this one as JPEG or PNG")
_MEGABYTE = 1_000_000
_GREYS = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_TRANSPARENT = ("LA", "PA", "RGBA", "La", "RGBa")


def decode_pixels(data: bytes, name: str, max_pixels: int) -> tuple[dict[str, Any], list[Pixels]]:
    """Return a picture as a person sees it: uint8 (height, width, 3), upright, sRGB, and no fields.

    Args:
        data: The file's bytes.
        name: For messages.
        max_pixels: Width times height, checked on the header.

    Raises:
        LimitError: for too many pixels.
        DecodeError: for a file that is no readable picture of a supported format.
    """
    from PIL import Image as pil
    from PIL import UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return {}, [_opened(data, name, max_pixels)]
            except OSError as error:
                return {}, [_opened(_completed(data, error), name, max_pixels)]
    except InputError:
        raise
    except pil.DecompressionBombError as error:
        raise _too_many_pixels(name, str(error), max_pixels) from error
    except UnidentifiedImageError as error:
        raise DecodeError(
            said("This file is not a readable picture"), given=name, allowed=ALLOWED, fix=FIX
        ) from error
    except MemoryError as error:
        raise LimitError(
            said("There is not enough memory to open the picture"), given=name, fix=FIX
        ) from error
    except Exception as error:  # decoders of damaged files raise almost anything
        raise DecodeError(
            said("The picture is damaged or incomplete"),
            given=f"{name} ({_reason(error)})",
            allowed=ALLOWED,
            fix=FIX,
        ) from error


def _completed(data: bytes, error: OSError) -> bytes:
    """Return a JPEG whose end is missing with one. Raises the error for any other file."""
    from PIL import UnidentifiedImageError

    from pipelines.image.jpeg_end import mended

    whole = None if isinstance(error, UnidentifiedImageError) else mended(data)
    if whole is None:
        raise error
    return whole


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


@cache
def _formats() -> tuple[str, ...]:
    """Return the formats to open; HEIC where its package is installed."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return FORMATS
    register_heif_opener(thumbnails=False)
    return (*FORMATS, "HEIF")


def _opened(data: bytes, name: str, max_pixels: int) -> Pixels:
    from PIL import Image as pil

    with pil.open(io.BytesIO(data), formats=_formats()) as picture:
        _check_pixels(picture, max_pixels, name)
        return _upright_rgb(picture)


def _check_pixels(picture: Pil.Image, max_pixels: int, name: str) -> None:
    width, height = picture.size
    if width < 1 or height < 1:
        raise DecodeError(said("The picture is empty"), given=f"{name}, {width} x {height}", fix=FIX)
    if width * height > max_pixels:
        raise _too_many_pixels(name, f"{width} x {height} pixels", max_pixels)


def _too_many_pixels(name: str, size: str, max_pixels: int) -> LimitError:
    return LimitError(
        said("The picture is too large"),
        given=f"{name}, {size}",
        allowed=said("{count} megapixels", count=format(max_pixels / _MEGABYTE, ".0f")),
        fix=said("Resize it and send it again"),
    )


def _upright_rgb(picture: Pil.Image) -> Pixels:
    from PIL import ImageOps

    from pipelines.image.colour_profile import to_srgb
    from pipelines.image.frames import seek_content
    from pipelines.image.ground import on_ground

    seek_content(picture)
    picture.load()
    try:
        turned = ImageOps.exif_transpose(picture)
    except Exception:  # a damaged EXIF block is no reason to refuse the pixels
        turned = picture
    shown = to_srgb(_to_eight_bits(turned), picture.info.get("icc_profile"))
    if shown.mode in _TRANSPARENT or "transparency" in shown.info:
        shown = on_ground(shown.convert("RGBA"))
    return np.array(shown.convert("RGB"), dtype=np.uint8)


def _to_eight_bits(picture: Pil.Image) -> Pil.Image:
    """Scale 16-bit, 32-bit and floating-point greys to 8 bits; other modes are returned as they are.

    16-bit values keep their scale; 32-bit and float values, whose range no header tells, are stretched
    from least to most.
    """
    from PIL import Image as pil

    if picture.mode not in _GREYS:
        return picture
    values = np.nan_to_num(np.asarray(picture, dtype=np.float64), posinf=0.0, neginf=0.0)
    if picture.mode.startswith("I;16") or (
        picture.mode == "I" and 255 < values.max() <= 65535 and values.min() >= 0
    ):
        return pil.fromarray((values / 257.0).round().astype(np.uint8))
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 255 and high > 1:
        return pil.fromarray(values.round().astype(np.uint8))
    span = (high - low) or 1.0
    return pil.fromarray(((values - low) / span * 255).round().astype(np.uint8))
