"""An engine that is watched: each turn is counted and logged, each stage counted, and answered as ever."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from chatbot.turn.events import Done, EvidenceReady, Exchange, Failed, Reply, TurnEvent
from chatbot.turn.protocols import ConversationEngine
from chatbot.web.admission.turn_queue import Ticket, TurnQueue
from chatbot.web.hosting import log_name
from chatbot.web.observability.metrics import Metrics
from chatbot.web.wrapped_chatbot import WrappedChatbot
from pipelines.core.cancel import CancelToken
from pipelines.core.types import Turn

_log = logging.getLogger(__name__)


class ObservedChatbot(WrappedChatbot):
    """Wraps an engine.

    Args:
        chatbot: The engine that answers.
        metrics: Where turns are counted.
        queue: Knows whose turn it is, by the turn's token.
    """

    def __init__(self, chatbot: ConversationEngine, metrics: Metrics, queue: TurnQueue) -> None:
        super().__init__(chatbot)
        self._metrics, self._queue = metrics, queue

    def respond(
        self,
        turn: Turn,
        history: Sequence[Exchange] = (),
        *,
        cancel: CancelToken | None = None,
        **options: Any,
    ) -> Iterator[TurnEvent]:
        """Answer a turn, as the engine does with the same options."""
        watch = _Watch(turn, self._metrics, self._queue.find(cancel))
        events = self.chatbot.respond(turn, history, cancel=cancel, **options)
        try:
            with closing(events):  # type: ignore[type-var]
                for event in events:
                    watch.take(event)
                    yield event
        except Exception:
            watch.outcome = "crashed"
            raise
        finally:
            watch.end()

    def understand(
        self, turn: Turn, *, cancel: CancelToken | None = None, **options: Any
    ) -> Iterator[TurnEvent]:
        """Understand a turn, as the engine does; its stages are counted."""
        with closing(self.chatbot.understand(turn, cancel=cancel, **options)) as events:  # type: ignore[attr-defined]
            for event in events:
                _count_stage(event, self._metrics)
                yield event


def _count_stage(event: TurnEvent, metrics: Metrics) -> None:
    if isinstance(event, EvidenceReady) and event.evidence.start is not None:  # else it was known: none ran
        metrics.stage(event.evidence)


@dataclass(eq=False)
class _Watch:
    """What is known of one turn."""

    turn: Turn
    metrics: Metrics
    ticket: Ticket | None
    outcome: str = "left"
    reply: Reply | None = None
    failed_stages: list[str] = field(default_factory=list)

    def take(self, event: TurnEvent) -> None:
        _count_stage(event, self.metrics)
        if isinstance(event, EvidenceReady) and event.evidence.error:
            self.failed_stages.append(str(event.evidence.kind))
        elif isinstance(event, Done):
            self.reply, self.outcome = event.reply, "stopped" if event.reply.stopped else "answered"
        elif isinstance(event, Failed):
            self.reply, self.outcome = event.reply, "failed"

    def end(self) -> None:
        self.metrics.turn(self.outcome, self.reply)
        _log.info("turn", extra={"fields": self._fields(), "words_fields": self._words()})

    def _fields(self) -> dict[str, Any]:
        turn, timings = self.turn, self.reply.timings if self.reply else None
        return {
            "user": log_name(self.ticket.user) if self.ticket else None,
            "conversation": self.ticket.conversation if self.ticket else None,
            "outcome": self.outcome,
            "characters": len(turn.text or ""),
            "pictures": len(turn.images),
            "sound_seconds": round(turn.audio.seconds, 2) if turn.audio else 0,
            "reply_characters": len(self.reply.text) if self.reply else 0,
            "seconds": round(timings.total, 3) if timings else None,
            "first_text": _rounded(timings.first_text) if timings else None,
            "first_audio": _rounded(timings.first_audio) if timings else None,
            "stages": {name: round(s, 3) for name, s in timings.stages.items()} if timings else {},
            "failed_stages": self.failed_stages,
        }

    def _words(self) -> dict[str, Any]:
        context = self.reply.context if self.reply else None
        return {
            "text": self.turn.text,
            "transcript": context.transcript if context else None,
            "reply": self.reply.text if self.reply else None,
        }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
