"""Pictures and sounds inside JSON: data URLs and base64, decoded with the pipelines' limits."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TypeVar

from chatbot.api.errors import ApiError
from pipelines.core.errors import InputError, LimitError
from pipelines.core.types import Audio, Image

_T = TypeVar("_T")


def picture(url: str, param: str) -> Image:
    """Return the picture of a data URL.

    Raises:
        ApiError: for another kind of address, or a picture that cannot be used.
    """
    if not url[:5].lower() == "data:":
        raise ApiError(
            400,
            "Trio does not fetch from the network: send the picture as a data URL "
            "(data:image/png;base64,...), not as an address.",
            "unsupported_image_url",
            param,
        )
    header, comma, data = url.partition(",")
    if not comma or not header.lower().endswith(";base64"):
        raise ApiError(400, "The data URL is not in base64.", "invalid_data_url", param)
    return picture_of(from_base64(data, param), param)


def picture_of(data: bytes, param: str) -> Image:
    """Return the picture in a file's bytes. Raises ApiError."""
    from pipelines.image.decode import decode_image

    return _decoded(lambda: decode_image(data), "invalid_image", param)


def sound_of(data: bytes, param: str) -> Audio:
    """Return the sound in a file's bytes. Raises ApiError."""
    from pipelines.speech.decode import decode_audio

    return _decoded(lambda: decode_audio(data), "invalid_audio", param)


def from_base64(text: str, param: str) -> bytes:
    """Return the bytes; a data URL's head is left out. Raises ApiError."""
    if text[:5].lower() == "data:":
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError(400, f"{param} is not base64 ({error}).", "invalid_base64", param) from error


def to_base64(data: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(data).decode("ascii")


def _decoded(decode: Callable[[], _T], code: str, param: str) -> _T:
    try:
        return decode()
    except LimitError as error:
        raise ApiError(413, error.said, "too_large", param) from error
    except InputError as error:
        raise ApiError(400, error.said, code, param) from error
