"""Errors of Trio as plain fields, to pass from one process to another."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.core import errors
from pipelines.core.errors import Cancelled, TrioError


def pack_error(error: TrioError) -> dict[str, str]:
    """Return an error as a message can hold it; one that only its own module knows becomes its base."""
    known = next(cls for cls in type(error).__mro__ if getattr(errors, cls.__name__, None) is cls)
    return {
        "class": known.__name__,
        "what": error.what,
        "given": error.given,
        "allowed": error.allowed,
        "fix": error.fix,
    }


def unpack_error(packed: Mapping[str, str]) -> TrioError:
    """Return the error that `pack_error` was given."""
    fields = dict(packed)
    cls = getattr(errors, fields.pop("class"))
    if cls is Cancelled:
        return Cancelled(fields["what"])
    error: TrioError = cls(fields.pop("what"), **fields)
    return error
