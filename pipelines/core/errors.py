"""The exception tree of Trio.

    TrioError
    ├── InputError            the user's input cannot be used
    │   ├── DecodeError       not a readable file of a supported kind
    │   ├── LimitError        readable, but larger or longer than allowed
    │   └── EmptyInputError   nothing in it (no text, no speech, no turn)
    ├── ModelError            weights cannot be used
    │   ├── ModelMissingError not pulled yet
    │   └── ModelHashError    bytes differ from the pinned ones
    ├── BackendError          a back-end cannot run
    │   ├── UnknownBackendError
    │   └── MissingPackageError
    ├── SettingsError         a setting has a value that is not allowed
    └── Cancelled             the user pressed Stop; not a failure

Every message says what failed, what was given, what is allowed and how to fix it.
"""

from __future__ import annotations


class TrioError(Exception):
    """Base of every error that Trio raises on purpose.

    Args:
        what: What failed, as one sentence without a full stop.
        given: What was given, shortened by the caller where it is long.
        allowed: What would have been accepted.
        fix: What the person can do about it.
    """

    def __init__(self, what: str, *, given: str = "", allowed: str = "", fix: str = "") -> None:
        self.what, self.given, self.allowed, self.fix = what, given, allowed, fix
        super().__init__(what)

    def __str__(self) -> str:
        """Return the message as sentences, leaving out the parts that were not given."""
        parts = [f"{self.what}."]
        if self.given:
            parts.append(f"Given: {self.given}.")
        if self.allowed:
            parts.append(f"Allowed: {self.allowed}.")
        if self.fix:
            parts.append(f"{self.fix}.")
        return " ".join(parts)


class InputError(TrioError):
    """The input cannot be used; the person can give another one."""


class DecodeError(InputError):
    """The bytes are not a readable file of a supported kind."""


class LimitError(InputError):
    """The input is larger or longer than allowed."""


class EmptyInputError(InputError):
    """There is nothing in the input to work on."""


class ModelError(TrioError):
    """Model weights cannot be used."""


class ModelMissingError(ModelError):
    """The weights have not been pulled into the cache."""


class ModelHashError(ModelError):
    """The bytes on disk are not the pinned ones."""


class BackendError(TrioError):
    """A back-end cannot do its work."""


class UnknownBackendError(BackendError):
    """No such stage, or no back-end of that name for the stage."""


class MissingPackageError(BackendError):
    """An optional package that the back-end needs is not installed."""


class SettingsError(TrioError):
    """A setting has a value that is not allowed."""


class Cancelled(TrioError):
    """The work was stopped on request."""

    def __init__(self, what: str = "Stopped on request") -> None:
        super().__init__(what)


def crash_message(error: Exception) -> str:
    """Return what a person is told of an error that nobody foresaw; the log has the rest."""
    return f"Something went wrong ({type(error).__name__}); details are in the log."
