"""What happens in the sidebar and with the buttons under messages. Nothing here writes an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chatbot.history import NotFoundError, Opinion
from chatbot.history.conversation_notes import checked_instructions, set_instructions, set_pinned
from chatbot.history.import_archive import import_archive
from chatbot.history.picture_search import PictureSearch
from chatbot.ui.actions import button
from chatbot.ui.chat_handlers import ChatHandlers
from chatbot.ui.markup import escape, icon
from chatbot.ui.panel import mood_plot
from chatbot.ui.sidebar import conversation_list, picture_grid, search_results
from chatbot.ui.tab_session import PAGE, Session, Visitor
from pipelines.core.errors import TrioError

HITS = 30
Data = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """What an action changed. `hint`: HTML; `turn`: where to scroll to; `chat`: whether the chat changed."""

    hint: str = ""
    turn: str | None = None
    chat: bool = True


@dataclass(frozen=True, eq=False)
class ConversationHandlers:
    """Looks through the kept conversations, and changes what is not an answer.

    Attributes:
        handlers: The page's behaviour.
    """

    handlers: ChatHandlers

    def list(self, visitor: Visitor, session: Session) -> str:
        """Return the sidebar's list as HTML: conversations, what was searched for, or pictures."""
        history, words = self.handlers.stores.kept, session.words
        if history is None:
            return f'<p class="trio-muted">{escape(words.history.sidebar.not_kept)}</p>'
        query = session.query.strip()
        if session.pictures:
            search = PictureSearch(history, self.handlers.chatbot.embed)
            limit = session.limit
            if query:
                found = search.find(visitor.user, query, limit=limit + 1)
            else:
                found = search.latest(visitor.user, limit=limit + 1)
            more = len(found.hits) > limit
            note = found.note is not None
            return picture_grid(found.hits[:limit], words, searched=bool(query), note=note, more=more)
        if query:
            return search_results(history.search(visitor.user, query, limit=HITS), words)
        conversations = history.conversations(visitor.user, limit=session.limit + 1)
        return conversation_list(
            conversations[: session.limit],
            words,
            current=session.address,
            now=datetime.now(UTC),
            zone=session.zone,
            more=len(conversations) > session.limit,
        )

    def mood(self, visitor: Visitor, session: Session) -> str:
        """Return the mood line of the conversation that is shown."""
        if session.conversation is None:
            return ""
        try:
            points = self.handlers.history(session).mood(visitor.user, session.conversation)
        except NotFoundError:
            return ""
        return mood_plot(points, session.words)

    def act(self, visitor: Visitor, session: Session, data: Data) -> Change:
        """Do what a button asks for; what cannot be done becomes a hint."""
        actions: Mapping[str, Callable[[Visitor, Session, Data], Change]] = {
            "open": self._open,
            "new": self._new,
            "rename": self._rename,
            "delete": self._delete,
            "pin": self._pin,
            "show": self._show,
            "more": self._more,
            "version": self._version,
            "undo": self._undo,
            "redo": self._redo,
            "rate": self._rate,
            "instruct": self._instruct,
        }
        action = actions.get(str(data.get("act")))
        if action is None:
            return Change(chat=False)
        try:
            return action(visitor, session, data)
        except NotFoundError:
            return Change(hint_line(session.words.history.actions.missing))
        except TrioError as error:
            return Change(hint_line(session.words.say(error.said)))
        except ValueError as error:
            return Change(hint_line(str(error)))

    def open(self, visitor: Visitor, session: Session, conversation: str) -> Change:
        """Show a kept conversation, as a link does; one that is not there or not theirs is missing."""
        return self.act(visitor, session, {"act": "open", "id": conversation})

    def bring_in(self, visitor: Visitor, session: Session, path: str) -> Change:
        """Read an export into new conversations."""
        history = self.handlers.stores.kept
        if history is None:
            return Change(hint_line(session.words.history.sidebar.not_kept), chat=False)
        try:
            result = import_archive(history, visitor.user, Path(path))
        except TrioError as error:
            return Change(hint_line(session.words.say(error.said)), chat=False)
        words = session.words
        lines = [words.history.sidebar.imported(len(result.conversations), result.known)]
        lines += [words.history.sidebar.file_left_out(n, words.say(why)) for n, why in result.left_out]
        return Change(hint_line(" ".join(lines), good=True), chat=False)

    def search(self, visitor: Visitor, session: Session, query: str) -> str:
        """Return the list for a query; an empty one brings everything back."""
        session.query, session.limit = query, PAGE
        return self.list(visitor, session)

    def _open(self, visitor: Visitor, session: Session, data: Data) -> Change:
        history, conversation, turn = self.handlers.stores.kept, str(data.get("id", "")), data.get("turn")
        if history is None:
            raise NotFoundError("conversation", conversation)
        history.conversation(visitor.user, conversation)
        if isinstance(turn, str):
            shown = {item.id for item in history.path(visitor.user, conversation)}
            if turn not in shown:
                history.select(visitor.user, turn)
        if conversation != session.conversation:
            self.handlers.show(visitor, session, conversation)
        return Change(turn=turn if isinstance(turn, str) else None)

    def _new(self, visitor: Visitor, session: Session, data: Data) -> Change:
        self.handlers.show(visitor, session, None)
        return Change()

    def _rename(self, visitor: Visitor, session: Session, data: Data) -> Change:
        if (history := self.handlers.stores.kept) is not None and str(data.get("text", "")).strip():
            history.rename(visitor.user, str(data.get("id", "")), str(data["text"]))
        return Change(chat=False)

    def _pin(self, visitor: Visitor, session: Session, data: Data) -> Change:
        if (history := self.handlers.stores.kept) is not None:
            set_pinned(history, visitor.user, str(data.get("id", "")), data.get("pinned") == "true")
        return Change(chat=False)

    def _delete(self, visitor: Visitor, session: Session, data: Data) -> Change:
        conversation = str(data.get("id", ""))
        if (history := self.handlers.stores.kept) is not None:
            history.delete(visitor.user, conversation)
            self.handlers.running.stop(conversation)
        if conversation == session.conversation:
            self.handlers.show(visitor, session, None)
            return Change()
        return Change(chat=False)

    def _show(self, visitor: Visitor, session: Session, data: Data) -> Change:
        session.pictures, session.limit = data.get("what") == "pictures", PAGE
        return Change(chat=False)

    def _more(self, visitor: Visitor, session: Session, data: Data) -> Change:
        session.limit += PAGE
        return Change(chat=False)

    def _version(self, visitor: Visitor, session: Session, data: Data) -> Change:
        self._only_when_idle(visitor, session)
        history, turn = self.handlers.history(session), str(data.get("turn", ""))
        versions = [item.id for item in history.siblings(visitor.user, turn)]
        wanted = versions.index(turn) + int(data.get("step", 0))
        history.select(visitor.user, versions[min(max(wanted, 0), len(versions) - 1)])
        session.turn += 1
        return Change()

    def _undo(self, visitor: Visitor, session: Session, data: Data) -> Change:
        self._only_when_idle(visitor, session)
        if session.conversation is None:
            return Change()
        if not self.handlers.history(session).undo(visitor.user, session.conversation):
            return Change()
        session.turn += 1
        said = session.words.history.actions
        again = button("redo", said.redo, "redo", shown=said.redo)
        return Change(hint_line(said.undone, good=True, more=again))

    def _redo(self, visitor: Visitor, session: Session, data: Data) -> Change:
        self._only_when_idle(visitor, session)
        if session.conversation is not None:
            self.handlers.history(session).redo(visitor.user, session.conversation)
        return Change()

    def _rate(self, visitor: Visitor, session: Session, data: Data) -> Change:
        given = data.get("opinion")
        opinion = Opinion(given) if given else None
        reason = str(data.get("text") or "").strip()[:2000]
        session.rated = True
        self.handlers.history(session).rate(visitor.user, str(data.get("turn", "")), opinion, reason)
        return Change()

    def _instruct(self, visitor: Visitor, session: Session, data: Data) -> Change:
        text = checked_instructions(str(data.get("text") or ""))
        if session.conversation is None:
            session.instructions = text
        else:
            history = self.handlers.history(session)
            set_instructions(history, visitor.user, session.conversation, text)
        return Change(chat=False)

    def _only_when_idle(self, visitor: Visitor, session: Session) -> None:
        """Raise ValueError while a turn is being answered; what was suggested after the last one is over."""
        if self.handlers.running.get(session.conversation) is not None:
            raise ValueError(session.words.messages.busy)
        if session.conversation is not None:
            self.handlers.suggestions.moved_on(session.conversation)


def hint_line(message: str, *, good: bool = False, more: str = "") -> str:
    """Return a line above the box; "" for no message. `more` is HTML."""
    if not message:
        return ""
    mark, kind = ("check", " trio-good") if good else ("warning", "")
    return f'<p class="trio-hint{kind}" role="alert">{icon(mark)}{escape(message)}{more}</p>'  # type: ignore[arg-type]
