"""The turns of voice calls, kept beside those that were typed."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from starlette.websockets import WebSocket

from chatbot.history import History, MediaSource, NotFoundError, Role
from chatbot.history.conversation_stores import ConversationStores
from chatbot.turn.events import Exchange, TurnEvent
from chatbot.ui.tab_session import Session
from chatbot.ui.words import words_for
from pipelines.core.cancel import CancelToken
from pipelines.core.types import Turn
from pipelines.speech.wav import to_wav_bytes

_KEPT, _FORGOTTEN = "new-", "off-"
_MANY = 1000


@dataclass(frozen=True)
class CalledFrom:
    """The conversation that a call has filled. `temporary`: whether it is forgotten with its tab."""

    conversation: str
    temporary: bool


class CallHistory:
    """A `CallHost` on the conversation stores. Thread-safe.

    A call names a conversation, or what `name_of` made up for one that does not exist yet; the call's first
    turn creates it.

    Args:
        shelf: Where conversations are kept.
        user_of: Tells who calls; None refuses.
        kept: Called with where it is, the person and the conversation once a turn of a call has been kept.
        line: Waits until a person's turn may begin, and holds its place; None for no line.
    """

    def __init__(
        self,
        stores: ConversationStores,
        user_of: Callable[[WebSocket], str | None],
        line: Callable[[str, CancelToken], AbstractContextManager[object]] | None = None,
        kept: Callable[[History, str, str], None] | None = None,
    ) -> None:
        self._shelf, self._user_of, self._line, self._after = stores, user_of, line, kept
        self._lock = threading.Lock()
        self._begun: OrderedDict[tuple[str, str], CalledFrom] = OrderedDict()

    @staticmethod
    def name_of(session: Session, *, keep: bool = True) -> str:
        """Return what a call from this tab shall name."""
        return session.conversation or f"{_KEPT if keep else _FORGOTTEN}{uuid.uuid4().hex}"

    def user_of(self, websocket: WebSocket) -> str | None:
        """Return who is calling."""
        return self._user_of(websocket)

    def say(self, problem: str, language: str) -> str:
        """Return an error in the page's language."""
        return words_for(language).problems.say(problem)

    def turn(self, user: str, cancel: CancelToken) -> AbstractContextManager[object]:
        """Wait for the person's turn in the queue."""
        return nullcontext() if self._line is None else self._line(user, cancel)

    def found(self, user: str, name: str) -> CalledFrom | None:
        """Return the conversation that calls under this name fill; None before their first turn."""
        with self._lock:
            if (begun := self._begun.get((user, name))) is not None:
                return begun
        for temporary in (False, True):
            try:
                self._of(temporary).conversation(user, name)
            except NotFoundError:
                continue
            return CalledFrom(name, temporary)
        return None

    def history(self, user: str, conversation: str) -> list[Exchange]:
        """Return the conversation so far."""
        found = self.found(user, conversation)
        return [] if found is None else self._of(found.temporary).exchanges(user, found.conversation)

    def instructions(self, user: str, conversation: str) -> str:
        """Return what the person wants of the replies of the conversation."""
        found = self.found(user, conversation)
        if found is None:
            return ""
        return self._of(found.temporary).conversation(user, found.conversation).instructions

    def save_turn(self, user: str, conversation: str, turn: Turn, events: Sequence[TurnEvent]) -> None:
        """Keep a turn: the person's recording, and what was understood, said and heard."""
        found = self.found(user, conversation) or self._begin(user, conversation)
        media = []
        if turn.audio is not None:
            media.append(MediaSource(Role.RECORDING, "call.wav", to_wav_bytes(turn.audio)))
        history = self._of(found.temporary)
        writer = history.begin_turn(user, found.conversation, media=media)
        with writer:
            for event in events:
                writer.take(event)
        if self._after is not None:
            self._after(history, user, found.conversation)

    def _begin(self, user: str, name: str) -> CalledFrom:
        temporary = name.startswith(_FORGOTTEN) or self._shelf.kept is None
        begun = CalledFrom(self._of(temporary).create(user).id, temporary)
        with self._lock:
            self._begun[user, name] = begun
            while len(self._begun) > _MANY:
                self._begun.popitem(last=False)
        return begun

    def _of(self, temporary: bool) -> History:
        return self._shelf.of(temporary=temporary)
