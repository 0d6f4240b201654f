"""What one tab is doing: which conversation it shows, and how. The store has the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import gradio as gr

from chatbot.history import LOCAL_USER, TurnRecord, TurnWriter
from chatbot.turn.options import TurnOptions
from chatbot.ui.drafts import Draft
from chatbot.ui.words import DEFAULT_LANGUAGE, Words, words_for
from chatbot.web.hosting import rate_limit_key
from pipelines.core.types import Evidence

PAGE = 50
Note = Callable[[Words], str]
"""HTML about a turn, in the page's words."""


@dataclass(frozen=True)
class Visitor:
    """Who asks. `tab`: key of the browser tab; `person`: whom limits count."""

    user: str = LOCAL_USER
    tab: str = "tab"
    person: str = LOCAL_USER


@dataclass(frozen=True, eq=False)
class PendingTurn:
    """A message that is kept already and waits for its answer.

    `known`: what is understood of it already. `begun`: the beginning of the reply, where it is there already.
    `again`: whether there is a reply already that did not please. `by`: the back-end that writes the reply,
    "" for the tab's choice. `turns`: the turns shown, it the last.
    """

    writer: TurnWriter
    draft: Draft
    known: tuple[Evidence, ...] = ()
    begun: str = ""
    again: bool = False
    by: str = ""
    turns: tuple[TurnRecord, ...] = ()


@dataclass(eq=False)
class Session:
    """One tab.

    Attributes:
        language: What the page speaks to it.
        conversation: Id of the conversation that is shown; None until there is a first message.
        temporary: Whether that conversation is forgotten when the tab closes.
        turn: Counts replies, for the player of voices.
        rated: Whether a reply was rated since the turns shown were read.
        notes: What is known of turns and not kept: files that could not be used. By the turn's id.
        pictures: Whether the sidebar shows pictures instead of conversations.
        query: What the sidebar searches for.
        limit: How much of the list the sidebar shows.
        zone: Minutes to add to UTC for the person's time.
        options: How to answer what this tab asks.
        keep: Whether new conversations are kept.
        instructions: What the person wants of the replies of the conversation that begins next.
        call: What the last call was told to name, so that its turns are found.
    """

    language: str = DEFAULT_LANGUAGE
    conversation: str | None = None
    temporary: bool = False
    turn: int = 0
    rated: bool = False
    notes: dict[str, list[Note]] = field(default_factory=dict)
    pictures: bool = False
    query: str = ""
    limit: int = PAGE
    zone: int = 0
    options: TurnOptions = field(default_factory=TurnOptions)
    keep: bool = True
    instructions: str = ""
    call: str = ""

    @property
    def words(self) -> Words:
        """What the page says to this tab."""
        return words_for(self.language)

    @property
    def address(self) -> str | None:
        """Id of the conversation that the browser's address names: one that is kept."""
        return None if self.temporary else self.conversation

    def show(self, conversation: str | None, *, temporary: bool = False) -> None:
        """Show another conversation; None for the empty page."""
        self.conversation, self.temporary, self.instructions = conversation, temporary, ""
        self.turn += 1


def visitor_of(request: gr.Request) -> Visitor:
    """Return who is behind a request of the page."""
    person = rate_limit_key(request.request)
    return Visitor(request.username or LOCAL_USER, str(request.session_hash), person)
