"""The conversations that voice calls fill, among those that are kept and those that are not."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from chatbot.history.conversation_stores import ConversationStores
from chatbot.history.errors import NotFoundError
from chatbot.history.store import History
from chatbot.history.stored import MediaSource, Role
from chatbot.history.writer import TurnWriter
from chatbot.turn.events import Exchange
from pipelines.core.types import Audio

_KEPT, _FORGOTTEN = "new-", "off-"
_MANY = 1000


@dataclass(frozen=True)
class CalledFrom:
    """The conversation that a call has filled. `temporary`: whether it is forgotten with its tab."""

    conversation: str
    temporary: bool


@dataclass(frozen=True)
class Past:
    """What was said before a turn, and what the person wants of the replies of the conversation."""

    exchanges: tuple[Exchange, ...] = ()
    instructions: str = ""


class CallConversations:
    """Finds and begins them. Thread-safe. All methods but `name_of` raise HistoryError.

    A call names a conversation, or what `name_of` made up for one that does not exist yet; the call's first
    turn creates it.

    Args:
        stores: Where conversations are kept.
        after: Called with where it is, the person and the conversation once a turn of a call has ended.
    """

    def __init__(
        self, stores: ConversationStores, after: Callable[[History, str, str], None] | None = None
    ) -> None:
        self._stores, self._after = stores, after
        self._lock = threading.Lock()
        self._begun: OrderedDict[tuple[str, str], CalledFrom] = OrderedDict()

    @staticmethod
    def name_of(conversation: str | None, *, keep: bool = True) -> str:
        """Return what a call shall name that goes on with `conversation`; None begins a new one."""
        return conversation or f"{_KEPT if keep else _FORGOTTEN}{uuid.uuid4().hex}"

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

    def past(self, user: str, name: str) -> Past:
        """Return the conversation so far."""
        if (found := self.found(user, name)) is None:
            return Past()
        history = self._of(found.temporary)
        wanted = history.conversation(user, found.conversation).instructions
        return Past(tuple(history.exchanges(user, found.conversation)), wanted)

    def begin_turn(self, user: str, name: str, said: Audio) -> TurnWriter:
        """Keep what a person has said; return what keeps the answer."""
        from pipelines.speech.wav import to_wav_bytes

        found = self.found(user, name)
        media = [MediaSource(Role.RECORDING, "call.wav", to_wav_bytes(said))]
        if found is not None:
            return self._of(found.temporary).begin_turn(user, found.conversation, media=media)
        temporary = name.startswith(_FORGOTTEN) or self._stores.kept is None
        writer = self._of(temporary).begin_turn(user, None, media=media)
        with self._lock:
            self._begun[user, name] = CalledFrom(writer.conversation, temporary)
            while len(self._begun) > _MANY:
                self._begun.popitem(last=False)
        return writer

    def discard(self, user: str, name: str, writer: TurnWriter) -> None:
        """Take a turn back, and a conversation that it alone has begun."""
        writer.discard()
        with self._lock:
            begun = self._begun.get((user, name))
        if (
            begun is None
            or (history := self._of(begun.temporary)).conversation(user, begun.conversation).turns
        ):
            return
        history.delete(user, begun.conversation)
        with self._lock:
            self._begun.pop((user, name), None)

    def ended(self, user: str, name: str) -> None:
        """Note that a turn has ended."""
        if self._after is not None and (found := self.found(user, name)) is not None:
            self._after(self._of(found.temporary), user, found.conversation)

    def _of(self, temporary: bool) -> History:
        return self._stores.of(temporary=temporary)
