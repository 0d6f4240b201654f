"""Turns are watched: each is counted and logged, and each of its stages is counted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chatbot.turn.events import EvidenceReady, TurnEvent
from chatbot.turn.protocols import TurnContext, TurnRequest
from chatbot.turn.state import Phase, TurnState, fold
from chatbot.web.hosting import log_name
from chatbot.web.observability.metrics import Metrics
from pipelines.core.types import Turn

_OUTCOMES = {Phase.DONE: "answered", Phase.STOPPED: "stopped", Phase.FAILED: "failed"}
_log = logging.getLogger(__name__)


class TurnObserver:
    """Counts and logs turns.

    Args:
        metrics: Where they are counted.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    @contextmanager
    def watch(self, request: TurnRequest, context: TurnContext) -> Iterator[Callable[[TurnEvent], None]]:
        """Return what counts the stages; the turn is counted and logged once it is left.

        Where a turn is only understood, its stages alone are.
        """
        state, crashed = TurnState(), False

        def take(event: TurnEvent) -> None:
            nonlocal state
            state = fold(state, event)
            if isinstance(event, EvidenceReady) and event.evidence.start is not None:  # else it was known
                self._metrics.stage(event.evidence)

        try:
            yield take
        except Exception:
            crashed = True
            raise
        finally:
            if request.answer:
                outcome = "crashed" if crashed else _OUTCOMES.get(state.phase, "left")
                self._metrics.turn(outcome, state.reply)
                fields = {"user": log_name(context.person), "conversation": context.conversation}
                fields |= {"outcome": outcome, **_fields(request.turn, state)}
                _log.info("turn", extra={"fields": fields, "words_fields": _words(request.turn, state)})


def _fields(turn: Turn, state: TurnState) -> dict[str, Any]:
    timings = state.reply.timings if state.reply else None
    return {
        "characters": len(turn.text or ""),
        "pictures": len(turn.images),
        "sound_seconds": round(turn.audio.seconds, 2) if turn.audio else 0,
        "reply_characters": len(state.reply.text) if state.reply else 0,
        "seconds": round(timings.total, 3) if timings else None,
        "first_text": _rounded(timings.first_text) if timings else None,
        "first_audio": _rounded(timings.first_audio) if timings else None,
        "stages": {name: round(s, 3) for name, s in timings.stages.items()} if timings else {},
        "failed_stages": [str(item.kind) for item in state.evidence if item.error],
    }


def _words(turn: Turn, state: TurnState) -> dict[str, Any]:
    context = state.reply.context if state.reply else None
    return {
        "text": turn.text,
        "transcript": context.transcript if context else None,
        "reply": state.reply.text if state.reply else None,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
