"""An engine whose turns wait in the queue: the page's turns begin when it is their person's turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection

from chatbot.turn.events import Done, Exchange, Failed, Reply, Timings, TurnEvent, Waiting
from chatbot.turn.protocols import ConversationEngine
from chatbot.web.hosting import Hosting
from chatbot.web.wrapped_chatbot import WrappedChatbot
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled, LimitError
from pipelines.core.types import Turn


@dataclass(frozen=True)
class _Asker:
    connection: HTTPConnection
    session: str


class AdmittedChatbot(WrappedChatbot):
    """Wraps an engine. Turns of the page are counted and wait in the queue; the person is Gradio's request.

    Turns from elsewhere go straight through: whoever starts them takes a ticket with `Hosting.turn`.

    Args:
        chatbot: The engine that answers.
        hosting: The limits and the queue.
    """

    def __init__(self, chatbot: ConversationEngine, hosting: Hosting) -> None:
        super().__init__(chatbot)
        self._hosting = hosting

    def respond(
        self,
        turn: Turn,
        history: Sequence[Exchange] = (),
        *,
        cancel: CancelToken | None = None,
        **options: Any,
    ) -> Iterator[TurnEvent]:
        """Answer a turn; `Waiting` comes first, as often as the position changes.

        A turn that may not begin ends with `Failed`, whose message says when to try again.
        """
        token, asker = cancel or CancelToken(), _asker()
        if asker is None or self._hosting.queue.find(token) is not None:
            yield from self.chatbot.respond(turn, history, cancel=token, **options)
            return
        try:
            with self._hosting.turn(asker.connection, token, asker.session) as ticket:
                for position in ticket.wait():
                    yield Waiting(position)
                with closing(self.chatbot.respond(turn, history, cancel=token, **options)) as events:  # type: ignore[type-var]
                    yield from events
        except LimitError as error:
            yield Failed(str(error), _nothing())
        except Cancelled:
            yield Done(_nothing(stopped=True))


def _asker() -> _Asker | None:
    """Return who stands behind the handler of the page that runs now; None outside of one."""
    from gradio.context import LocalContext

    request = LocalContext.request.get(None)
    connection = getattr(request, "request", None)
    if not isinstance(connection, HTTPConnection):
        return None
    return _Asker(connection, str(getattr(request, "session_hash", "")))


def _nothing(*, stopped: bool = False) -> Reply:
    return Reply("", None, Timings({}, None, None, None, 0.0), {}, stopped=stopped)
