"""Captions of pictures in the person's language, written in the quiet moment after a reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from chatbot.history.conversation_notes import set_translation
from chatbot.history.quiet_results import QuietResults
from chatbot.history.quiet_talk import quiet_talk
from chatbot.history.store import History
from chatbot.history.stored import TurnRecord
from chatbot.turn.caption_translation import person_languages, wanted_language, written_translation
from chatbot.turn.corrections import words_of
from chatbot.turn.idle_work import IdleWork
from chatbot.turn.options import TurnOptions
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry
from pipelines.core.types import Evidence


@dataclass(eq=False)
class CaptionTranslations:
    """Translates the captions of the turns that a conversation shows, and keeps them there. Thread-safe.

    The generator that answered the turn writes them, so nothing goes to a machine that has not had the
    captions already. A model that fails is asked again after the next turn; one that writes nothing that can
    be used is not.

    Attributes:
        registry: The back-ends.
        idle: When it is done.
    """

    registry: Registry
    idle: IdleWork
    _found: QuietResults[bool] = field(default_factory=lambda: QuietResults(False))

    def after_turn(
        self, history: History, user: str, conversation: str, options: TurnOptions, page: str | None
    ) -> None:
        """Translate in the next quiet moment what is not in the person's language.

        Args:
            history: Where the conversation is kept.
            user: Its owner.
            conversation: Its id.
            options: How it is answered.
            page: ISO 639-1 code of the page's language; None where there is no page.
        """
        found = self._found.begin(conversation)

        def job(cancel: CancelToken) -> None:
            with self._found.writing(found, cancel) as results:
                for _ in self._translated(history, user, conversation, options, page, cancel):
                    results.append(True)

        self.idle.put(f"captions {conversation}", job)

    def coming(self, conversation: str) -> Future[bool] | None:
        """Return what will tell whether captions were translated; None where nobody looks for any."""
        return self._found.coming(conversation)

    def _translated(
        self,
        history: History,
        user: str,
        conversation: str,
        options: TurnOptions,
        page: str | None,
        cancel: CancelToken,
    ) -> Iterator[str]:
        """Translate what is due, one caption after another; yield each once it is kept."""
        talk = quiet_talk(self.registry, history, user, conversation, options)
        if talk is None:
            return
        for turn, item, language in _due(talk.turns, page):
            if language in talk.generator.languages:
                text = written_translation(talk.generator, words_of(item), language, cancel)
                set_translation(history, user, turn.id, item.source, language, text)
                if text:
                    yield text


def _due(turns: Sequence[TurnRecord], page: str | None) -> Iterator[tuple[TurnRecord, Evidence, str]]:
    """Yield the captions that are not in the person's language, newest turn first, with that language."""
    for turn in reversed(turns):
        right = {item.source for item in turn.corrections}
        spoken = turn.context.language if turn.context is not None else None
        for item in turn.evidence:
            language = wanted_language(item, person_languages(page, spoken))
            if item.source not in right and language is not None and language not in item.translations:
                yield turn, item, language
