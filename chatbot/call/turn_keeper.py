"""The turns of one call on their way to the history: in order, in a thread of their own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from chatbot.history import HistoryError, TurnWriter
from chatbot.history.call_conversations import CallConversations, Past
from chatbot.history.retries import retried
from chatbot.turn.state import TurnState
from pipelines.core.errors import crash_message
from pipelines.core.said import Text
from pipelines.core.types import Audio

_log = logging.getLogger(__name__)


class TurnKeeper:
    """Keeps what was said as soon as it was, and the answer as far as it has been heard.

    What fails is tried three times, and once more when the turn ends; then the person is told.

    Args:
        conversations: Where it is kept.
        user: Who calls.
        name: What the call names its conversation.
        tell: Takes the turn's number and what could not be done.
    """

    def __init__(
        self, conversations: CallConversations, user: str, name: str, tell: Callable[[int, Text], object]
    ) -> None:
        self._conversations, self._user, self._name, self._tell = conversations, user, name, tell
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="trio-call-keep")
        self._writers: dict[int, TurnWriter] = {}

    def begin(self, turn: int, said: Audio) -> None:
        """Keep a question."""
        self._do(turn, partial(self._begin, turn, said))

    def heard(self, turn: int, text: str) -> None:
        """Keep what has been heard of the answer so far."""
        self._do(turn, lambda: self._writers[turn].put(text) if turn in self._writers else None)

    def discard(self, turn: int) -> None:
        """Take a question back: the person goes on with it, or nothing was said after all."""
        self._do(turn, partial(self._discard, turn))

    def end(self, turn: int, said: Audio, state: TurnState) -> None:
        """Keep the answer, of which `state` has what was heard."""
        self._do(turn, partial(self._end, turn, said, state))

    def past(self) -> Future[Past]:
        """Return what was said before now, once that is kept."""
        return self._thread.submit(self._conversations.past, self._user, self._name)

    def close(self) -> None:
        """Wait until everything is kept, and mark turns without an end as interrupted."""
        self._thread.shutdown(wait=True)
        for writer in self._writers.values():
            writer.__exit__(None, None, None)

    def _do(self, turn: int, act: Callable[[], None]) -> None:
        self._thread.submit(self._guarded, turn, act)

    def _guarded(self, turn: int, act: Callable[[], None]) -> None:
        try:
            act()
        except HistoryError as error:
            _log.exception("a turn of a call could not be kept")
            self._tell(turn, error.said)
        except Exception as error:
            _log.exception("a turn of a call could not be kept")
            self._tell(turn, crash_message(error))

    def _begin(self, turn: int, said: Audio) -> None:
        self._writers[turn] = self._begun(said)

    def _begun(self, said: Audio) -> TurnWriter:
        return retried(partial(self._conversations.begin_turn, self._user, self._name, said))

    def _discard(self, turn: int) -> None:
        if (writer := self._writers.pop(turn, None)) is not None:
            retried(partial(self._conversations.discard, self._user, self._name, writer))

    def _end(self, turn: int, said: Audio, state: TurnState) -> None:
        with self._writers.pop(turn, None) or self._begun(said) as writer:
            writer.keep(state)
        self._conversations.ended(self._user, self._name)
