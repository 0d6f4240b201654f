"""Questions that a person could ask next, written in the quiet moment after a reply."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from chatbot.config.privacy import destinations
from chatbot.generators.protocol import rereads
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

KEPT = 256
"""Conversations whose questions are remembered, in memory alone."""
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
    _found: OrderedDict[str, Future[Questions]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def after_turn(self, history: History, user: str, conversation: str, options: TurnOptions) -> None:
        """Write the questions in the next quiet moment, where the person wants them."""
        self.drop(conversation)
        if not options.follow_ups or Stage.GENERATE in destinations(self.registry, options.backends):
            return
        found: Future[Questions] = Future()

        def job(cancel: CancelToken) -> None:
            questions: Questions = ()
            try:
                questions = self._written(history, user, conversation, options, cancel)
            finally:
                if not cancel.cancelled:
                    self._settle(found, questions)

        with self._lock:
            self._found[conversation] = found
            while len(self._found) > KEPT:
                self._found.popitem(last=False)
        self.idle.put(_key(conversation), job)

    def drop(self, conversation: str) -> None:
        """Forget a conversation's questions, and stop what writes them: it has moved on."""
        with self._lock:
            found = self._found.pop(conversation, None)
        self.idle.drop(_key(conversation))
        if found is not None:
            self._settle(found, ())

    def give_up(self, conversation: str) -> None:
        """Stop what writes a conversation's questions, if they are not there yet."""
        found = self.coming(conversation)
        if found is not None and not found.done():
            self.drop(conversation)

    def coming(self, conversation: str) -> Future[Questions] | None:
        """Return what will hold a conversation's questions; None where nobody writes any."""
        with self._lock:
            return self._found.get(conversation)

    def of(self, conversation: str) -> Questions:
        """Return a conversation's questions, () where there are none, or none yet."""
        found = self.coming(conversation)
        return found.result() if found is not None and found.done() else ()

    def _settle(self, found: Future[Questions], questions: Questions) -> None:
        with self._lock:
            if not found.done():
                found.set_result(questions)

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
