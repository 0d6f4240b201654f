"""The limits of the server, as the page asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from chatbot.server.hosting import Hosting, limited_as
from chatbot.server.limits import Kind
from chatbot.server.turn_queue import Place
from chatbot.ui.session import Visitor
from pipelines.core.cancel import CancelToken


@dataclass(frozen=True, eq=False)
class HostingAdmission:
    """Answers messages when the person's share and the line allow it."""

    hosting: Hosting

    def admit(self, visitor: Visitor) -> None:
        """Count a message. Raises LimitError, with when to try again."""
        connection = visitor.connection
        who = limited_as(connection) if isinstance(connection, HTTPConnection) else visitor.user
        self.hosting.allowance.take(who, Kind.TURNS)

    def place(self, user: str, cancel: CancelToken, conversation: str) -> Place:
        """Take the last place in the line. Raises LimitError where a person has too many."""
        return self.hosting.queue.place(user, cancel, conversation)
