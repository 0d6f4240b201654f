"""Picture files to `Image`, limits checked on the header before any pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelines.core.errors import EmptyInputError, InputError, LimitError
from pipelines.core.isolation import decoded
from pipelines.core.said import said
from pipelines.core.types import Image
from pipelines.image.pixels import ALLOWED, FIX, decode_pixels

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class ImageLimits:
    """`max_bytes` of the file; `max_pixels`: width times height."""

    max_bytes: int = 25 * _MEGABYTE
    max_pixels: int = 50 * _MEGABYTE


def decode_image(source: Path | str | bytes, limits: ImageLimits | None = None) -> Image:
    """Return a picture as a person sees it: upright, 8-bit sRGB.

    Of several frames it is the first that shows something. A transparent picture is laid on white, or on
    black or grey where its content would not show on white.

    Args:
        source: A path, or the file's bytes.
        limits: What is accepted; None for the defaults.

    Raises:
        InputError: if there is no such file.
        EmptyInputError: for an empty file.
        LimitError: for too many bytes or pixels.
        DecodeError: for a file that is no readable picture of a supported format.
    """
    limits = limits or ImageLimits()
    data, name = _read(source, limits)
    _, (pixels,) = decoded(decode_pixels, data, name, limits.max_pixels)
    return Image(pixels)


def _read(source: Path | str | bytes, limits: ImageLimits) -> tuple[bytes, str]:
    """Return the file's bytes and its name for messages."""
    if isinstance(source, bytes):
        data, size, name = source, len(source), f"{len(source)} bytes"
    else:
        path = Path(source)
        if not path.is_file():
            raise InputError(said("The picture was not found"), given=path.name, fix=said("Check the name"))
        size, name, data = path.stat().st_size, path.name, b""
        if 0 < size <= limits.max_bytes:
            data = path.read_bytes()
    if size > limits.max_bytes:
        raise LimitError(
            said("The picture file is too large"),
            given=f"{name}, {size / _MEGABYTE:.1f} MB",
            allowed=f"{limits.max_bytes / _MEGABYTE:.0f} MB",
            fix=said("Compress it and send it again"),
        )
    if size == 0:
        raise EmptyInputError(said("The picture file is empty"), given=name, allowed=ALLOWED, fix=FIX)
    return data, name
