"""What a call's session asks of the world around it, until it is taken."""

from __future__ import annotations

from chatbot.call.messages import Effect, Send


class Outbox(list[Effect]):
    """Effects, in order."""

    def say(self, kind: str, /, **fields: object) -> None:
        """Add a message to the page."""
        self.append(Send({"type": kind, **fields}))

    def take(self) -> list[Effect]:
        """Return what is there and forget it."""
        effects = list(self)
        self.clear()
        return effects
