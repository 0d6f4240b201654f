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

from collections.abc import Mapping

from pipelines.core.marks import _
from pipelines.core.said import Said, Text, as_sentence, said

_TEMPLATES: Mapping[tuple[bool, bool, bool], str] = {
    (False, False, False): _("{what}"),
    (True, False, False): _("{what}. Given: {given}"),
    (False, True, False): _("{what}. Allowed: {allowed}"),
    (False, False, True): _("{what}. {fix}"),
    (True, True, False): _("{what}. Given: {given}. Allowed: {allowed}"),
    (True, False, True): _("{what}. Given: {given}. {fix}"),
    (False, True, True): _("{what}. Allowed: {allowed}. {fix}"),
    (True, True, True): _("{what}. Given: {given}. Allowed: {allowed}. {fix}"),
}
"""An error with what was given, allowed and can be done, where it has them."""


class TrioError(Exception):
    """Base of every error that Trio raises on purpose.

    What the page may show is marked by `said`, so that it has an id in the catalogues; what is given word by
    word is plain text.

    Args:
        what: What failed, as one sentence without a full stop.
        given: What was given, shortened by the caller where it is long.
        allowed: What would have been accepted.
        fix: What the person can do about it.
    """

    def __init__(self, what: Text, *, given: Text = "", allowed: Text = "", fix: Text = "") -> None:
        self.what, self.given, self.allowed, self.fix = what, given, allowed, fix
        super().__init__(what)

    @property
    def said(self) -> Said:
        """The message as sentences, without the parts that were not given."""
        parts = {"given": self.given, "allowed": self.allowed, "fix": self.fix}
        there = {name: part for name, part in parts.items() if part}
        template = _TEMPLATES[bool(self.given), bool(self.allowed), bool(self.fix)]
        return as_sentence(Said(template, (("what", self.what), *there.items())))

    def __str__(self) -> str:
        """Return the message in English."""
        return str(self.said)


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

    def __init__(self, what: Text = "Stopped on request") -> None:
        super().__init__(what)


def crash_message(error: Exception) -> Said:
    """Return what a person is told of an error that nobody foresaw; the log has the rest."""
    return as_sentence(
        said("Something went wrong ({error}); details are in the log", error=type(error).__name__)
    )
