"""What a call asks of the app around it: who calls, what was said before, where to keep what is said."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from starlette.websockets import WebSocket

from chatbot.turn.events import Done, Exchange, TurnEvent
from chatbot.turn.options import TurnOptions
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry
from pipelines.core.types import Turn

CONVERSATIONS = 100
EXCHANGES = 50


class CallEngine(Protocol):
    """The engine, as a call uses it; `chatbot.turn.engine.Chatbot` is one."""

    @property
    def registry(self) -> Registry:
        """The back-ends that answer."""

    def turn_options(self, **changes: Any) -> TurnOptions:
        """Return how turns are answered where nobody chooses otherwise, with `changes`."""

    def respond(
        self,
        turn: Turn,
        history: Sequence[Exchange] = (),
        *,
        cancel: CancelToken | None = None,
        options: TurnOptions | None = None,
    ) -> Iterator[TurnEvent]:
        """Answer a turn; the last event is `Done` or `Failed`."""


class CallHost(Protocol):
    """The app round a call. Its methods are called from threads other than the event loop's.

    A TrioError that they raise is shown to the person.
    """

    def user_of(self, websocket: WebSocket) -> str | None:
        """Return who is calling; None to refuse the call."""

    def say(self, problem: str, language: str) -> str:
        """Return the text of an error in the page's language; as it is where the page has no words for it."""

    def turn(self, user: str, cancel: CancelToken) -> AbstractContextManager[object]:
        """Return what waits until the person's turn may begin and holds its ticket meanwhile.

        Entering it raises LimitError where it may not begin now, and Cancelled with the token.
        """

    def history(self, user: str, conversation: str) -> list[Exchange]:
        """Return the conversation so far, oldest first; `conversation` is as the page sent it, or ""."""

    def instructions(self, user: str, conversation: str) -> str:
        """Return what the person wants of the replies of the conversation, "" for nothing."""

    def save_turn(self, user: str, conversation: str, turn: Turn, events: Sequence[TurnEvent]) -> None:
        """Keep a turn. The last event is `Done` or `Failed`; a reply that was cut is marked `stopped`.

        The text of a stopped reply and the `SpeechChunk`s are those that were heard.
        """


class MemoryHost:
    """Lets everybody call and keeps the last conversations in memory; those without a name are one a user.

    For a page without accounts, and for tests.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], list[Exchange]] = OrderedDict()

    def user_of(self, websocket: WebSocket) -> str | None:
        """Return the same name for everybody."""
        return "local"

    def say(self, problem: str, language: str) -> str:
        """Return the text as it is."""
        return problem

    def turn(self, user: str, cancel: CancelToken) -> AbstractContextManager[object]:
        """Let everybody begin at once."""
        return nullcontext()

    def history(self, user: str, conversation: str) -> list[Exchange]:
        """Return what was recorded."""
        with self._lock:
            return list(self._kept.get((user, conversation), ()))

    def instructions(self, user: str, conversation: str) -> str:
        """Return nothing."""
        return ""

    def save_turn(self, user: str, conversation: str, turn: Turn, events: Sequence[TurnEvent]) -> None:
        """Keep a turn of which at least a word was heard."""
        last = events[-1]
        if not isinstance(last, Done) or not last.reply.text or last.reply.context is None:
            return
        context = last.reply.context
        with self._lock:
            kept = self._kept.setdefault((user, conversation), [])
            kept.append(Exchange(context.words, last.reply.text, context))
            del kept[:-EXCHANGES]
            self._kept.move_to_end((user, conversation))
            while len(self._kept) > CONVERSATIONS:
                self._kept.popitem(last=False)
