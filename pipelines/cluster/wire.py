"""Messages between the app and the cluster: JSON for the structure, npz for the arrays, never pickle.

A message is a zip archive as `numpy.savez` writes it. Entry `json` holds the structure, in which every
container is a list that begins with its kind, so that nothing in the data can be taken for a tag.
"""

from __future__ import annotations

import dataclasses
import io
import json
import struct
import zipfile
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import BackendError
from pipelines.core.packed_errors import pack_error as pack_error
from pipelines.core.packed_errors import unpack_error as unpack_error
from pipelines.core.said import Said, said
from pipelines.core.types import Audio, Detection, EvidenceValue, Image, Segment, SpeechEncoding, TextBox
from pipelines.text.feelings import Feelings

MAX_FRAME = 1 << 30
_LENGTH = struct.Struct(">Q")
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, EOFError, zipfile.BadZipFile)
_TYPES: tuple[type, ...] = (
    *get_args(EvidenceValue),
    *(Audio, Detection, Feelings, Image, Said, Segment, SpeechEncoding, TextBox),
)


class Wire:
    """Encodes and decodes messages.

    Args:
        more: Dataclasses that may travel beside those of the pipelines.
    """

    def __init__(self, *more: type) -> None:
        self._types = {cls.__name__: cls for cls in (*_TYPES, *more)}

    def encode(self, value: Any) -> bytes:
        """Return the message of a value: scalars, sequences, mappings, arrays and known dataclasses.

        Raises:
            TypeError: for anything else.
        """
        arrays: dict[str, NDArray[Any]] = {}
        text = json.dumps(self._packed(value, arrays), ensure_ascii=True)
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, json=np.frombuffer(text.encode("ascii"), np.uint8), **arrays)
        return buffer.getvalue()

    def decode(self, data: bytes) -> Any:
        """Return the value of a message. Raises BackendError for bytes that are none."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                entries = {name: archive[name] for name in archive.files}
            return self._unpacked(json.loads(entries.pop("json").tobytes()), entries)
        except _UNREADABLE as error:
            raise BackendError(
                said("A message from the cluster could not be read"),
                given=f"{len(data)} bytes, {type(error).__name__}: {error}"[:200],
                fix=said("Run the same version of Trio here and in the cluster"),
            ) from error

    def _packed(self, value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, np.ndarray):
            name = f"a{len(arrays)}"
            arrays[name] = value
            return ["array", name]
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, Mapping):
            return ["dict", {key: self._packed(item, arrays) for key, item in value.items()}]
        if isinstance(value, tuple):
            return ["tuple", *(self._packed(item, arrays) for item in value)]
        if isinstance(value, list):
            return ["list", *(self._packed(item, arrays) for item in value)]
        name = type(value).__name__
        if self._types.get(name) is not type(value):
            raise TypeError(f"{name} cannot be sent to the cluster")
        pairs = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(cast(Any, value)))
        return ["object", name, {key: self._packed(item, arrays) for key, item in pairs}]

    def _unpacked(self, packed: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
        if not isinstance(packed, list):
            return packed
        kind, *rest = packed
        if kind == "array":
            return arrays[rest[0]]
        if kind == "dict":
            return {key: self._unpacked(item, arrays) for key, item in rest[0].items()}
        if kind in ("tuple", "list"):
            items = [self._unpacked(item, arrays) for item in rest]
            return tuple(items) if kind == "tuple" else items
        if kind != "object":
            raise ValueError(f"unknown kind {kind!r}")
        name, fields = rest
        return self._types[name](**{key: self._unpacked(item, arrays) for key, item in fields.items()})


def frame(message: bytes) -> bytes:
    """Return a message with its length before it, as it stands in a stream."""
    return _LENGTH.pack(len(message)) + message


async def messages(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the messages of a stream of frames, however its bytes are cut.

    Raises:
        BackendError: for a frame over 1 GiB.
    """
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        while len(held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(held)
            if length > MAX_FRAME:
                raise BackendError(
                    said("What answers at this address is not a Trio cluster"),
                    given=bytes(held[:40]).decode("latin-1"),
                )
            end = _LENGTH.size + length
            if len(held) < end:
                break
            message = bytes(held[_LENGTH.size : end])
            del held[:end]
            yield message
