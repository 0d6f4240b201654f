"""One answer in a call: what the engine said, what of it was sent, and what of it was heard."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from itertools import groupby

from chatbot.call.messages import Effect, Json, SaveTurn, Send, Sound
from chatbot.turn.events import (
    ContextReady,
    Done,
    EvidenceReady,
    Failed,
    FusedContext,
    Reply,
    SpeechChunk,
    TextDelta,
    Timings,
    TurnEvent,
)
from pipelines.core.types import Audio, Distribution, Evidence, Sentiment, Stage, Transcript, Turn

_SLACK = 0.05
"""Seconds: a reply that lacks no more than this has been played whole."""


@dataclass(eq=False)
class SpokenAnswer:
    """An answer while it is made and played.

    Attributes:
        number: Of the turn, as the page knows it.
        audio: What the person said.
        end: Sample of the call's stream where `audio` ends.
        committed: Whether the person's turn has surely ended; before, nothing but the transcript is shown.
        held: What is to be shown and played once it has.
        events: All that the engine said.
        played: Seconds of its sound that the page has played.
    """

    number: int
    audio: Audio
    end: int
    committed: bool = False
    held: list[Effect] = field(default_factory=list)
    events: list[TurnEvent] = field(default_factory=list)
    played: float = 0.0

    @property
    def last(self) -> Done | Failed | None:
        """How it ended, once it has."""
        event = self.events[-1] if self.events else None
        return event if isinstance(event, Done | Failed) else None

    @property
    def context(self) -> FusedContext | None:
        """What was understood, once it was."""
        return next((e.context for e in self.events if isinstance(e, ContextReady)), None)

    @property
    def chunks(self) -> list[SpeechChunk]:
        """Its voice so far."""
        return [event for event in self.events if isinstance(event, SpeechChunk)]

    @property
    def seconds(self) -> float:
        """Of its voice so far."""
        return sum(chunk.audio.seconds for chunk in self.chunks)

    @property
    def heard_whole(self) -> bool:
        """Whether nothing more will come and all of it has been played."""
        return self.last is not None and self.played >= self.seconds - _SLACK

    @property
    def nothing_said(self) -> bool:
        """Whether it failed because there were no words in the sound."""
        if not isinstance(self.last, Failed):
            return False
        context = self.last.reply.context
        return context is not None and not context.words and not any(e.error for e in context.evidence)

    def shown(self, event: TurnEvent) -> list[Effect]:
        """Return what the page is told of an event."""
        match event:
            case EvidenceReady(evidence=evidence):
                if transcript := transcript_of(event):
                    return [self._send("transcript", text=transcript.text, language=transcript.language)]
                chip = understood(evidence)
                return [self._send("understood", **chip)] if chip else []
            case TextDelta(text=text):
                return [self._send("text", text=text)]
            case SpeechChunk(audio=audio):
                return [Sound(self.number, audio.samples, audio.sample_rate)]
            case Failed(message=message):
                return [self._send("nothing") if self.nothing_said else self._send("failed", message=message)]
            case Done(reply=reply):
                seconds = round(self.seconds, 3)
                return [self._send("done", text=reply.text, note=reply.voice_note, seconds=seconds)]
        return []

    def _send(self, kind: str, /, **fields: object) -> Send:
        return Send({"type": kind, "turn": self.number, **fields})

    def heard(self) -> tuple[str, list[SpeechChunk]]:
        """Return the words that were played, a sentence that was cut short up to the last whole word."""
        words: list[str] = []
        whole: list[SpeechChunk] = []
        left = self.played
        for sentence, group in groupby(self.chunks, key=lambda chunk: chunk.sentence):
            chunks = list(group)
            length = sum(chunk.audio.seconds for chunk in chunks)
            if left >= length - _SLACK:
                words.append(sentence)
                whole += chunks
            elif left > 0:
                said = sentence.split()
                words += said[: int(len(said) * left / length)]
            left -= length
        return " ".join(words), whole

    def to_save(self) -> SaveTurn | None:
        """Return what belongs in the conversation; None where no words of the person were understood."""
        context = self.context
        if context is None or not context.words:
            return None
        turn = Turn(audio=self.audio)
        if self.heard_whole:
            return SaveTurn(turn, tuple(self.events))
        text, chunks = self.heard()
        last = self.last or Done(_empty_reply(context))
        reply = dataclasses.replace(last.reply, text=text, stopped=True)
        before = [e for e in self.events if isinstance(e, EvidenceReady | ContextReady)]
        return SaveTurn(turn, (*before, TextDelta(text), *chunks, Done(reply)))


def _empty_reply(context: FusedContext) -> Reply:
    return Reply("", context, Timings({}, None, None, None, 0.0), {})


def understood(evidence: Evidence) -> Json | None:
    """Return what the page shows as a chip; None for what it does not show."""
    value = evidence.value
    if isinstance(value, Distribution):
        label, confidence = value.label, value.confidence
    elif isinstance(value, Sentiment):
        label, confidence = value.label, value.score
    else:
        return None
    return {"kind": str(evidence.kind), "label": label, "confidence": round(confidence, 3)}


def transcript_of(event: TurnEvent) -> Transcript | None:
    """Return the transcript that an event brings, if it does."""
    if isinstance(event, EvidenceReady) and event.evidence.kind == Stage.TRANSCRIBE:
        value = event.evidence.value
        return value if isinstance(value, Transcript) else None
    return None
