"""What can go wrong with kept conversations.

TrioError
├── HistoryError          the database or a file of it cannot be used
│   └── NotFoundError     no such thing, or somebody else's: the two cannot be told apart
└── InputError
    └── ArchiveError      a ZIP that is no export of Trio, or is damaged, too large or unsafe
"""

from __future__ import annotations

from typing import Literal

from pipelines.core.errors import InputError, TrioError
from pipelines.core.said import said


class HistoryError(TrioError):
    """The kept conversations cannot be read or written."""


_KINDS = {
    "conversation": said("conversation"),
    "message": said("message"),
    "file": said("file"),
}


class NotFoundError(HistoryError):
    """Nothing of this kind belongs to this person under this id."""

    def __init__(self, kind: Literal["conversation", "message", "file"], name: str) -> None:
        super().__init__(
            said("The {kind} was not found", kind=_KINDS[kind]),
            given=repr(name[:64]),
            fix=said("It may have been deleted; refresh the list"),
        )


class ArchiveError(InputError):
    """The file is no export that can be read in."""
