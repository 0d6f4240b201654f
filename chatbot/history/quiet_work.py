"""What a model writes in the quiet moments after a turn: title, questions, translated captions, summary."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from chatbot.history.caption_translations import CaptionTranslations
from chatbot.history.conversation_notes import set_title
from chatbot.history.follow_ups import FollowUps
from chatbot.history.quiet_results import QuietResults
from chatbot.history.quiet_talk import quiet_talk
from chatbot.history.store import History
from chatbot.history.stored import TitleBy
from chatbot.history.summaries import Summaries
from chatbot.turn.asides import written_title
from chatbot.turn.idle_work import IdleWork
from chatbot.turn.options import TurnOptions
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry

TRIES = 3
"""After so many turns the first words stay the title."""


@dataclass(eq=False)
class QuietWork:
    """Does all of it, one after another; a turn ends it at once. Thread-safe.

    The title comes first: it is short.

    Attributes:
        registry: The back-ends.
        idle: When it is done.
        follow_ups: The questions that a person could ask next.
        captions: What pictures show, in the person's language.
    """

    registry: Registry
    idle: IdleWork
    follow_ups: FollowUps = field(init=False)
    captions: CaptionTranslations = field(init=False)
    _summaries: Summaries = field(init=False)
    _titles: QuietResults[bool] = field(default_factory=lambda: QuietResults(False))

    def __post_init__(self) -> None:
        self.follow_ups = FollowUps(self.registry, self.idle)
        self.captions = CaptionTranslations(self.registry, self.idle)
        self._summaries = Summaries(self.registry, self.idle)

    def after_turn(
        self,
        history: History,
        user: str,
        conversation: str,
        options: TurnOptions,
        page: str | None = None,
    ) -> None:
        """Note that a turn has ended, how it was answered, and the page's language where there is a page."""
        if history.kept:
            self._title_later(history, user, conversation, options)
        self.follow_ups.after_turn(history, user, conversation, options)
        self.captions.after_turn(history, user, conversation, options, page)
        self._summaries.after_turn(history, user, conversation, options)

    def coming(self, conversation: str) -> list[Future[Any]]:
        """Return what is being written of a conversation for the page: false results have nothing to show."""
        both: tuple[Future[Any] | None, ...] = (
            self._titles.coming(conversation),
            self.follow_ups.coming(conversation),
        )
        return [found for found in both if found is not None]

    def _title_later(self, history: History, user: str, conversation: str, options: TurnOptions) -> None:
        found = self._titles.begin(conversation)

        def title(cancel: CancelToken) -> None:
            with self._titles.writing(found, cancel) as results:
                results.append(self._title(history, user, conversation, options, cancel))

        self.idle.put(f"title {conversation}", title)

    def _title(
        self, history: History, user: str, conversation: str, options: TurnOptions, cancel: CancelToken
    ) -> bool:
        """Let the model write the title while the conversation is young and its first words are its title.

        Returns whether it has.
        """
        talk = quiet_talk(self.registry, history, user, conversation, options)
        if talk is None or talk.conversation.title_by != TitleBy.WORDS or len(talk.turns) > TRIES:
            return False
        title = written_title(talk.generator, talk.options, talk.past, cancel)
        if title is not None:
            set_title(history, user, conversation, title)
        return title is not None
