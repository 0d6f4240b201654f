"""Questions that a person could ask next, written in the quiet moment after a reply."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from chatbot.config.privacy import destinations
from chatbot.generators.protocol import rereads
from chatbot.history.quiet_results import QuietResults
from chatbot.history.quiet_talk import quiet_talk
from chatbot.history.store import History
from chatbot.turn.asides import written_questions
from chatbot.turn.events import Exchange
from chatbot.turn.fusion import NEGATIVE
from chatbot.turn.idle_work import IdleWork
from chatbot.turn.options import TurnOptions
from chatbot.turn.prompt import FEELING_CONFIDENCE
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry
from pipelines.core.types import Stage

Questions = tuple[str, ...]


@dataclass(eq=False)
class FollowUps:
    """The questions under the last reply of each conversation. Thread-safe.

    Only a model on this computer writes them: elsewhere the whole conversation would be sent, and perhaps
    paid for, once more. One that would read all of it anew, and hold up the next turn meanwhile, writes none.
    After words of grief, anger or fear there are none.

    Attributes:
        registry: The back-ends.
        idle: When they are written.
    """

    registry: Registry
    idle: IdleWork
    _found: QuietResults[Questions] = field(default_factory=lambda: QuietResults(()))

    def after_turn(self, history: History, user: str, conversation: str, options: TurnOptions) -> None:
        """Write the questions in the next quiet moment, where the person wants them."""
        self.drop(conversation)
        if not options.follow_ups or Stage.GENERATE in destinations(self.registry, options.backends):
            return
        found = self._found.begin(conversation)

        def job(cancel: CancelToken) -> None:
            with self._found.writing(found, cancel) as results:
                results.append(self._written(history, user, conversation, options, cancel))

        self.idle.put(_key(conversation), job)

    def drop(self, conversation: str) -> None:
        """Forget a conversation's questions, and stop what writes them: it has moved on."""
        self.idle.drop(_key(conversation))
        self._found.drop(conversation)

    def give_up(self, conversation: str) -> None:
        """Stop what writes a conversation's questions, if they are not there yet."""
        found = self.coming(conversation)
        if found is not None and not found.done():
            self.drop(conversation)

    def coming(self, conversation: str) -> Future[Questions] | None:
        """Return what will hold a conversation's questions; None where nobody writes any."""
        return self._found.coming(conversation)

    def of(self, conversation: str) -> Questions:
        """Return a conversation's questions, () where there are none, or none yet."""
        return self._found.of(conversation)

    def _written(
        self, history: History, user: str, conversation: str, options: TurnOptions, cancel: CancelToken
    ) -> Questions:
        talk = quiet_talk(self.registry, history, user, conversation, options)
        if talk is None or rereads(talk.generator) or _heavy(talk.past):
            return ()
        return written_questions(talk.generator, talk.options, talk.past, cancel)


def _heavy(past: Sequence[Exchange]) -> bool:
    """Whether the last message was one of grief, anger, fear or disgust."""
    context = past[-1].context
    emotion = context.emotion if context is not None else None
    return emotion is not None and emotion.label in NEGATIVE and emotion.confidence >= FEELING_CONFIDENCE


def _key(conversation: str) -> str:
    return f"follow-ups {conversation}"
