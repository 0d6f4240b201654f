"""Errors of Trio as plain fields, to pass from one process to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.core import errors
from pipelines.core.errors import Cancelled, TrioError
from pipelines.core.said import pack_text, unpack_text


def pack_error(error: TrioError) -> dict[str, Any]:
    """Return an error as a message can hold it; one that only its own module knows becomes its base."""
    known = next(cls for cls in type(error).__mro__ if getattr(errors, cls.__name__, None) is cls)
    return {
        "class": known.__name__,
        "what": pack_text(error.what),
        "given": pack_text(error.given),
        "allowed": pack_text(error.allowed),
        "fix": pack_text(error.fix),
    }


def unpack_error(packed: Mapping[str, Any]) -> TrioError:
    """Return the error that `pack_error` was given."""
    cls = getattr(errors, packed["class"])
    fields = {name: unpack_text(text) for name, text in packed.items() if name != "class"}
    if cls is Cancelled:
        return Cancelled(fields["what"])
    error: TrioError = cls(fields.pop("what"), **fields)
    return error
