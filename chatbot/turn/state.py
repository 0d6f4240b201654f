"""What is known of a turn so far: one reducer, which everybody who follows a turn uses."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from typing import Any

from chatbot.turn.events import (
    ContextReady,
    Done,
    EvidenceReady,
    Failed,
    FusedContext,
    Reply,
    SpeechChunk,
    TextDelta,
    TurnEvent,
    Waiting,
)
from pipelines.core.said import Text
from pipelines.core.types import Audio, Evidence


class Phase(StrEnum):
    """How far a turn is. The last three are ends."""

    WAITING = "waiting"
    UNDERSTANDING = "understanding"
    WRITING = "writing"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, eq=False)
class TurnState:
    """A turn, as far as it is.

    Attributes:
        phase: How far that is.
        position: In the queue, 1 is next; 0 once the turn runs.
        evidence: What the stages have found, in the order in which they ended.
        context: All of it merged, once it is.
        text: What was written so far, as it came; `reply.text` is what is kept of it.
        speech: What was spoken so far.
        reply: The record, once the turn has ended.
        error: For the person, why it failed.
    """

    phase: Phase = Phase.UNDERSTANDING
    position: int = 0
    evidence: tuple[Evidence, ...] = ()
    context: FusedContext | None = None
    text: str = ""
    speech: tuple[SpeechChunk, ...] = ()
    reply: Reply | None = None
    error: Text | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.phase in (Phase.DONE, Phase.STOPPED, Phase.FAILED)

    @property
    def sound(self) -> list[Audio]:
        """What was spoken so far, piece by piece."""
        return [chunk.audio for chunk in self.speech]


def fold(state: TurnState, event: TurnEvent) -> TurnState:
    """Return the turn's state after an event."""
    return replace(state, **{"position": 0, **_changes(state, event)})


def _changes(state: TurnState, event: TurnEvent) -> dict[str, Any]:
    match event:
        case Waiting(position=position):
            return {"phase": Phase.WAITING, "position": position}
        case EvidenceReady(evidence=evidence):
            return {"phase": Phase.UNDERSTANDING, "evidence": (*state.evidence, evidence)}
        case ContextReady(context=context):
            return {"phase": Phase.WRITING, "context": context}
        case TextDelta(text=text):
            return {"phase": Phase.WRITING, "text": state.text + text}
        case SpeechChunk():
            return {"phase": Phase.WRITING, "speech": (*state.speech, event)}
        case Done(reply=reply):
            return {"phase": Phase.STOPPED if reply.stopped else Phase.DONE, "reply": reply}
        case Failed(message=message, reply=reply):
            return {"phase": Phase.FAILED, "reply": reply, "error": message}


def collect(events: Iterable[TurnEvent]) -> TurnState:
    """Run a turn to its end and return how it ended."""
    return reduce(fold, events, TurnState())


async def collect_async(events: AsyncIterable[TurnEvent]) -> TurnState:
    """Do the same with a turn that runs elsewhere."""
    state = TurnState()
    async for event in events:
        state = fold(state, event)
    return state
