"""When a message may be answered: how many a person may send, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from chatbot.ui.session import Visitor
from pipelines.core.cancel import CancelToken


class Place(AbstractContextManager["Place"], Protocol):
    """One message's place in the line; leaving the context gives it back."""

    def wait(self) -> Iterator[int]:
        """Yield the position (1 is next) whenever it changes; end when the message may be answered."""


class Admission(Protocol):
    """What the server allows."""

    def admit(self, visitor: Visitor) -> None:
        """Count a message. Raises LimitError, with when to try again."""

    def place(self, user: str, cancel: CancelToken, conversation: str) -> Place:
        """Take the last place in the line. Raises LimitError where a person has too many."""


class _FreePlace(AbstractContextManager["_FreePlace"]):
    def wait(self) -> Iterator[int]:
        return iter(())

    def __exit__(self, *_: object) -> None: ...


class OpenDoor:
    """Everybody is answered at once."""

    def admit(self, visitor: Visitor) -> None:
        """Let everybody in."""

    def place(self, user: str, cancel: CancelToken, conversation: str) -> Place:
        """Return a place that waits for nothing."""
        return _FreePlace()
