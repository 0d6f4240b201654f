"""What happens when a person sends, edits, retries, stops or leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chatbot.history import History, MediaSource, NotFoundError, Role, TurnWriter
from chatbot.history.conversation_stores import ConversationStores
from chatbot.history.corrections import exchanges
from chatbot.history.quiet_work import QuietWork
from chatbot.turn.events import ContextReady, Exchange
from chatbot.turn.names import listening_for
from chatbot.turn.options import AGAIN_TEMPERATURE, TurnOptions
from chatbot.turn.protocols import TurnContext, TurnRequest
from chatbot.turn.service import TurnService
from chatbot.ui.answer_stream import AnswerStream, conversation_messages
from chatbot.ui.asking_again import continued, edited, retried
from chatbot.ui.draft_notes import draft_notes
from chatbot.ui.draft_preparation import Box, DraftPreparation
from chatbot.ui.drafts import Draft
from chatbot.ui.follow_ups import Suggestions
from chatbot.ui.panel.bridge import CorrectionRequest
from chatbot.ui.panel.resubmission import correct_and_answer
from chatbot.ui.running_turns import RunningTurn, RunningTurns
from chatbot.ui.samples import samples
from chatbot.ui.status import status_line
from chatbot.ui.tab_session import PendingTurn, Session, Visitor
from chatbot.ui.transcript import Message, messages
from chatbot.ui.words import Words
from pipelines.core.errors import TrioError
from pipelines.core.types import Image, Stage

if TYPE_CHECKING:
    from chatbot.turn.engine import Chatbot


@dataclass(frozen=True)
class Sent:
    """What the page shows once a message has been taken, or was not: `hint` says why. `turn`: its id."""

    messages: list[Message]
    taken: bool
    hint: str = ""
    turn: str = ""


@dataclass(eq=False)
class ChatHandlers:
    """The page's behaviour, apart from its parts.

    Attributes:
        turns: Answers messages.
        stores: Where conversations are kept.
        running: The turns that are being answered.
        begun: The turn that a tab has begun and does not watch yet.
        watched: The turn that a tab watches.
        quiet: Writes titles, follow-up questions and summaries; None where nothing does.
        preparation: Understands what is not sent yet.
        suggestions: The questions that a person could ask next.
    """

    turns: TurnService
    stores: ConversationStores
    running: RunningTurns = field(default_factory=RunningTurns)
    begun: dict[str, RunningTurn] = field(default_factory=dict)
    watched: dict[str, RunningTurn] = field(default_factory=dict)
    quiet: QuietWork | None = None
    preparation: DraftPreparation = field(init=False)
    suggestions: Suggestions = field(init=False)

    def __post_init__(self) -> None:
        self.suggestions = Suggestions(self.quiet.follow_ups if self.quiet is not None else None)
        self.preparation = DraftPreparation(self.chatbot)

    @property
    def chatbot(self) -> Chatbot:
        """The engine."""
        return self.turns.chatbot

    def history(self, session: Session) -> History:
        """Return where the session's conversation is kept."""
        return self.stores.of(temporary=session.temporary)

    def messages(self, visitor: Visitor, session: Session) -> list[Message]:
        """Return what the chat shows of the session's conversation."""
        return conversation_messages(self.history(session), visitor.user, session)

    def send(self, visitor: Visitor, session: Session, box: Box | None, *, keep: bool = True) -> Sent:
        """Read a message, keep it and begin to answer it; `answer` shows that.

        Args:
            visitor: Who sends it.
            session: The tab.
            box: Its "text" and "files".
            keep: Whether the conversation is kept; where that changes, a new one begins.
        """

        def begin() -> PendingTurn | None:
            draft = self.preparation.read(visitor.tab, box)
            if draft.empty:
                return None
            return PendingTurn(self._begin(visitor, session, draft, keep=keep), draft)

        return self._take(visitor, session, begin, session.words.messages.empty)

    def beginning(self, visitor: Visitor, session: Session) -> tuple[TurnOptions, list[Exchange]]:
        """Return how the next message will be answered, and the turns before it."""
        options = self._options(visitor, session)
        if session.conversation is None:
            return options, []
        return options, exchanges(self.history(session).path(visitor.user, session.conversation))

    def send_sample(self, visitor: Visitor, session: Session, number: int, *, keep: bool = True) -> Sent:
        """Send one of the samples of the empty page; `number` is that of its card."""
        sample = next((each for each in samples() if each.number == number), None)
        box = {"text": sample.text, "files": [str(path) for path in sample.files]} if sample else None
        return self.send(visitor, session, box, keep=keep)

    def retry(self, visitor: Visitor, session: Session, turn: str, by: str = "") -> Sent:
        """Ask a turn again: its new version is answered, by another back-end where `by` names one."""

        def begin() -> PendingTurn:
            if by:
                self.chatbot.registry.spec(Stage.GENERATE, by)
            return retried(self.history(session), visitor.user, turn, by)

        return self._take(visitor, session, begin)

    def go_on(self, visitor: Visitor, session: Session, turn: str) -> Sent:
        """Go on with a reply that was cut at its longest length; the same turn is answered."""

        def begin() -> PendingTurn | None:
            return continued(self.history(session), visitor.user, turn)

        return self._take(visitor, session, begin, session.words.messages.nothing_to_continue)

    def edit(self, visitor: Visitor, session: Session, turn: str, text: str) -> Sent:
        """Ask a turn in other words, with the same files: the new version is answered."""

        def begin() -> PendingTurn | None:
            return edited(self.history(session), visitor.user, turn, text)

        return self._take(visitor, session, begin, session.words.messages.empty)

    def correct(self, visitor: Visitor, session: Session, request: CorrectionRequest) -> Sent:
        """Keep what a person put right, and ask the turn again with it: its new version is answered."""

        def begin() -> PendingTurn:
            return correct_and_answer(
                self.history(session), visitor.user, request.turn, request.source, request.text
            )

        return self._take(visitor, session, begin)

    def answer(
        self, visitor: Visitor, session: Session
    ) -> Iterator[tuple[list[Message], dict[str, Any] | None]]:
        """Watch the turn that the session's conversation is being answered; yield what the page shows.

        That is the chat and, where it changed, the player's value; once where nothing is being answered, and
        nothing where the tab watches it already. A tab that ends watching ends nothing else.
        """
        mine = self.begun.pop(visitor.tab, None)
        if mine is not None and mine.conversation != session.conversation:
            mine = None
        running = mine or self.running.get(session.conversation)
        if running is None:
            yield self.messages(visitor, session), None
            return
        if self.watched.get(visitor.tab) is running:
            return
        self.watched[visitor.tab] = running
        watching = AnswerStream(running, self.history(session), visitor, session, mine is not None)
        try:
            with closing(watching.views()) as views:
                for view in views:
                    yield view.messages, view.player
        finally:
            if self.watched.get(visitor.tab) is running:
                del self.watched[visitor.tab]

    def instructions(self, visitor: Visitor, session: Session) -> str:
        """Return what the person wants of the replies of the conversation, "" for nothing."""
        if session.conversation is None:
            return session.instructions
        try:
            return self.history(session).conversation(visitor.user, session.conversation).instructions
        except NotFoundError:
            return ""

    def show(
        self, visitor: Visitor, session: Session, conversation: str | None, *, temporary: bool = False
    ) -> None:
        """Show another conversation; a running reply goes on, unless nobody can come back to it."""
        if session.temporary:
            self.running.stop(session.conversation)
        self.begun.pop(visitor.tab, None)
        session.show(conversation, temporary=temporary)

    def leave(self, tab: str) -> None:
        """Note that a tab was closed: what it asked is answered to the end, unless it goes with the tab."""
        self.begun.pop(tab, None)
        self.preparation.leave(tab)
        for conversation in self.stores.forget(tab):
            self.running.stop(conversation)

    def _take(
        self, visitor: Visitor, session: Session, begin: Callable[[], PendingTurn | None], nothing: str = ""
    ) -> Sent:
        """Begin to answer one message; `nothing` is the hint where there is none."""
        with self.running.place(session.conversation or visitor.tab) as free, ExitStack() as undo:
            if not free:
                return Sent([], False, session.words.messages.busy)
            try:
                asked = begin()
                if asked is None:
                    return Sent([], False, nothing)
                undo.push(asked.writer)
                session.rated = False
                turns = self.history(session).path(visitor.user, asked.writer.conversation)
            except TrioError as error:
                return Sent([], False, session.words.say(error.said))
            session.turn += 1
            self.suggestions.moved_on(asked.writer.conversation)
            draft, words = asked.draft, session.words
            if not draft.answerable:
                asked.writer.fail(" ".join(f"{p.name}: {p.message(words)}" for p in draft.problems))
                return Sent(self.messages(visitor, session), True, turn=asked.writer.turn)
            if notes := draft_notes(draft):
                session.notes[asked.writer.turn] = notes
            self._start(visitor, session, replace(asked, turns=tuple(turns)))
            undo.pop_all()
        return Sent(messages(turns, session.words, session.notes), True, turn=asked.writer.turn)

    def _start(self, visitor: Visitor, session: Session, asked: PendingTurn) -> None:
        history, user, running = self.history(session), visitor.user, RunningTurn(asked)
        options = replace(self._options(visitor, session), begun=asked.begun)
        if asked.again:
            options = replace(options, temperature=max(options.temperature, AGAIN_TEMPERATURE))
        if asked.by:
            options = replace(options, backends={**options.backends, Stage.GENERATE: asked.by})
        turn, early = asked.draft.turn(), self.chatbot.early
        if turn.audio is not None:
            options = listening_for(options, exchanges(asked.turns))
        coming = early.take(visitor.person, turn, options, running.token)
        request = TurnRequest(turn, asked.known, coming)
        context = TurnContext(
            visitor.person,
            running.conversation,
            options,
            running.token,
            lambda: exchanges(asked.turns),
            running,
        )

        def run() -> None:
            for event in self.turns.run(request, context):
                if isinstance(event, ContextReady):
                    early.keep(visitor.person, turn, options, event.context.evidence)

        def ended() -> None:
            if self.quiet is not None:
                self.quiet.after_turn(history, user, running.conversation, options, session.language)

        self.begun[visitor.tab] = running
        self.running.start(running, run, ended)

    def _options(self, visitor: Visitor, session: Session) -> TurnOptions:
        return replace(session.options, instructions=self.instructions(visitor, session))

    def _begin(self, visitor: Visitor, session: Session, draft: Draft, *, keep: bool) -> TurnWriter:
        temporary = not keep or self.stores.kept is None
        goes_on = session.conversation is not None and session.temporary == temporary
        writer = self.stores.of(temporary=temporary).begin_turn(
            visitor.user,
            session.conversation if goes_on else None,
            text=draft.text.strip(),
            media=[MediaSource(_role(item.content), item.name, item.path) for item in draft.attachments],
            instructions=session.instructions,
        )
        if not goes_on:
            if temporary:
                self.stores.forget_later(visitor.tab, visitor.user, writer.conversation)
            session.show(writer.conversation, temporary=temporary)
        return writer

    def status_line(self, words: Words) -> tuple[str, bool]:
        """Return the warm-up line as HTML, and whether it will change no more."""
        return status_line(self.chatbot.status(), words)


def _role(content: object) -> Role:
    return Role.PICTURE if isinstance(content, Image) else Role.RECORDING
