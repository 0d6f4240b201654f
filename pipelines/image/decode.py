"""Picture files to `Image`, limits checked on the header before any pixel is decoded."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipelines.core.errors import DecodeError, EmptyInputError, InputError, LimitError
from pipelines.core.types import Image

if TYPE_CHECKING:
    from PIL import Image as Pil

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF")
ALLOWED = "JPEG, PNG, WebP, GIF, BMP or TIFF"
_FIX = "Send another picture, or save this one again as JPEG or PNG"
_MEGABYTE = 1_000_000
_WHITE = (255, 255, 255, 255)


@dataclass(frozen=True)
class ImageLimits:
    """`max_bytes` of the file; `max_pixels`: width times height."""

    max_bytes: int = 25 * _MEGABYTE
    max_pixels: int = 50 * _MEGABYTE


def decode_image(source: Path | str | bytes, limits: ImageLimits | None = None) -> Image:
    """Return a picture as a person sees it: first frame, upright, on white, 8-bit sRGB.

    Args:
        source: A path, or the file's bytes.
        limits: What is accepted; None for the defaults.

    Raises:
        InputError: if there is no such file.
        EmptyInputError: for an empty file.
        LimitError: for too many bytes or pixels.
        DecodeError: for a file that is no readable picture of a supported format.
    """
    from PIL import Image as pil
    from PIL import UnidentifiedImageError

    limits = limits or ImageLimits()
    data, name = _read(source, limits)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pil.open(io.BytesIO(data), formats=FORMATS) as picture:
                _check_pixels(picture, limits, name)
                return Image(_upright_rgb(picture))
    except InputError:
        raise
    except pil.DecompressionBombError as error:
        raise _too_many_pixels(name, str(error), limits) from error
    except UnidentifiedImageError as error:
        raise DecodeError(
            "This is not a picture that can be read", given=name, allowed=ALLOWED, fix=_FIX
        ) from error
    except MemoryError as error:
        raise LimitError("The picture needs more memory than there is", given=name, fix=_FIX) from error
    except Exception as error:  # decoders of damaged files raise almost anything
        raise DecodeError(
            "The picture is damaged or cut off", given=f"{name} ({_reason(error)})", allowed=ALLOWED, fix=_FIX
        ) from error


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _read(source: Path | str | bytes, limits: ImageLimits) -> tuple[bytes, str]:
    """Return the file's bytes and its name for messages."""
    if isinstance(source, bytes):
        data, size, name = source, len(source), f"{len(source)} bytes"
    else:
        path = Path(source)
        if not path.is_file():
            raise InputError("There is no such picture file", given=path.name, fix="Check the name")
        size, name, data = path.stat().st_size, path.name, b""
        if 0 < size <= limits.max_bytes:
            data = path.read_bytes()
    if size > limits.max_bytes:
        raise LimitError(
            "The picture file is too large",
            given=f"{name}, {size / _MEGABYTE:.1f} MB",
            allowed=f"{limits.max_bytes / _MEGABYTE:.0f} MB",
            fix="Save it smaller and send it again",
        )
    if size == 0:
        raise EmptyInputError("The picture file is empty", given=name, allowed=ALLOWED, fix=_FIX)
    return data, name


def _check_pixels(picture: Pil.Image, limits: ImageLimits, name: str) -> None:
    width, height = picture.size
    if width < 1 or height < 1:
        raise DecodeError("The picture has no pixels", given=f"{name}, {width} x {height}", fix=_FIX)
    if width * height > limits.max_pixels:
        raise _too_many_pixels(name, f"{width} x {height} pixels", limits)


def _too_many_pixels(name: str, size: str, limits: ImageLimits) -> LimitError:
    return LimitError(
        "The picture is too large",
        given=f"{name}, {size}",
        allowed=f"{limits.max_pixels / _MEGABYTE:.0f} megapixels",
        fix="Scale it down and send it again",
    )


def _upright_rgb(picture: Pil.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    from PIL import Image as pil
    from PIL import ImageOps

    picture.load()
    try:
        turned = ImageOps.exif_transpose(picture)
    except Exception:  # a damaged EXIF block is no reason to refuse the pixels
        turned = picture
    eight_bit = _to_eight_bits(turned)
    if eight_bit.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in eight_bit.info:
        rgba = eight_bit.convert("RGBA")
        background = pil.new("RGBA", rgba.size, _WHITE)
        background.alpha_composite(rgba)
        eight_bit = background
    return np.array(eight_bit.convert("RGB"), dtype=np.uint8)


def _to_eight_bits(picture: Pil.Image) -> Pil.Image:
    """Scale 16-bit, 32-bit and floating-point greys to 8 bits; other modes are returned as they are.

    16-bit values keep their scale; 32-bit and float values, whose range no header tells, are stretched
    from least to most.
    """
    from PIL import Image as pil

    if picture.mode not in ("I", "F", "I;16", "I;16B", "I;16L", "I;16N"):
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
