"""Numbers that other servers take and Trio has narrower limits for: moved to the limit, and reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chatbot.turn.options import REPLY_TOKENS, SPEEDS, TEMPERATURES

HEADER = "X-Trio-Adjusted"


@dataclass
class Adjusted:
    """What was changed of a request.

    Attributes:
        changes: By the field's name: what was given, and what is used.
    """

    changes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def note(self, name: str, given: float, used: float) -> None:
        """Note a change, if it is one."""
        if used != given:
            self.changes[name] = {"given": given, "used": used}

    def speed(self, name: str, given: float | None) -> float | None:
        """Return a pace of the voice within its limits; None stays."""
        return self._within(name, given, SPEEDS)

    def temperature(self, given: float | None) -> float | None:
        """Return a temperature within its limits; None stays."""
        return self._within("temperature", given, TEMPERATURES)

    def reply_tokens(self, name: str, given: int | None) -> int | None:
        """Return a length of replies within its limits; a negative one means the longest, None stays."""
        if given is None:
            return None
        used = REPLY_TOKENS[1] if given < 0 else max(REPLY_TOKENS[0], min(given, REPLY_TOKENS[1]))
        self.note(name, given, used)
        return used

    @property
    def headers(self) -> dict[str, str]:
        """The report as a header, for answers that are no JSON; none where nothing was changed."""
        told = ", ".join(f"{name}={change['used']:g}" for name, change in self.changes.items())
        return {HEADER: told} if told else {}

    def _within(self, name: str, given: float | None, limits: tuple[float, float]) -> float | None:
        if given is None:
            return None
        used = max(limits[0], min(given, limits[1]))
        self.note(name, given, used)
        return used
