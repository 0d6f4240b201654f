"""What lies in the box is read and understood before it is sent, and the box says what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chatbot.turn.early_work import as_they_come
from chatbot.turn.events import Exchange
from chatbot.turn.fusion import fuse
from chatbot.turn.names import listening_for
from chatbot.turn.options import TurnOptions
from chatbot.turn.reading_ahead import read_ahead
from chatbot.ui.draft_line import draft_line
from chatbot.ui.drafts import Draft, read_draft
from chatbot.ui.tab_session import Session, Visitor
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled
from pipelines.core.types import Evidence, Turn

if TYPE_CHECKING:
    from chatbot.turn.engine import Chatbot

Box = Mapping[str, Any]
Beginning = Callable[[], tuple[TurnOptions, Sequence[Exchange]]]
_EMPTY = Draft("")


@dataclass(eq=False)
class DraftPreparation:
    """The drafts of all tabs. Thread-safe.

    Attributes:
        chatbot: Understands them.
    """

    chatbot: Chatbot
    _drafts: dict[str, Draft] = field(default_factory=dict)
    _tokens: dict[str, CancelToken] = field(default_factory=dict)

    def read(self, tab: str, box: Box | None) -> Draft:
        """Return what a tab's box holds; files that were read before are not read again."""
        given = box or {}
        return read_draft(given.get("text"), given.get("files") or [], self._drafts.get(tab, _EMPTY))

    def prepare(
        self, visitor: Visitor, session: Session, box: Box | None, beginning: Beginning
    ) -> Iterator[str]:
        """Understand what the box holds; yield, as HTML, what the line above it says of that.

        The model reads the beginning of the prompt in the next quiet moment. A later call for the same tab
        ends this one.

        Args:
            visitor: Whose tab it is.
            session: The tab.
            box: The box's "text" and "files".
            beginning: Returns how the next turn will be answered, and the turns before it.
        """
        token = CancelToken()
        before, self._tokens[visitor.tab] = self._tokens.get(visitor.tab), token
        if before is not None:
            before.cancel()
        draft = self.read(visitor.tab, box)
        if token.cancelled:  # a later draft has come while the files of this one were read
            return
        self._drafts[visitor.tab] = draft
        turn = replace(draft.turn(), text=None) if draft.attachments else None
        early = self.chatbot.early
        options = session.options if turn is None or turn.audio is None else listening_for(*beginning())
        coming = early.prepare(visitor.person, visitor.tab, turn, options)
        evidence: list[Evidence] = []
        yield draft_line(draft, evidence, coming, session.words)
        with suppress(Cancelled):
            for found in as_they_come(coming, token):
                evidence.append(found)
                yield draft_line(draft, evidence, coming, session.words)
            self._read_ahead(visitor, turn, evidence, beginning)

    def leave(self, tab: str) -> None:
        """Forget the draft of a tab that was closed."""
        if (token := self._tokens.pop(tab, None)) is not None:
            token.cancel()
        self._drafts.pop(tab, None)
        self.chatbot.early.leave(tab)

    def _read_ahead(
        self, visitor: Visitor, turn: Turn | None, evidence: Sequence[Evidence], beginning: Beginning
    ) -> None:
        context = fuse(turn, evidence, "en") if turn is not None else None

        def job(cancel: CancelToken) -> None:
            options, history = beginning()
            read_ahead(self.chatbot.registry, options, history, cancel, context)

        self.chatbot.idle.put(f"draft {visitor.tab}", job, first=True)
