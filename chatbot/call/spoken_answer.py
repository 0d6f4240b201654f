"""One answer in a call: what the engine said, what of it was sent, and what of it was heard."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby

from chatbot.call.messages import DiscardTurn, Effect, Json, SaveTurn, Send, Sound
from chatbot.turn.events import (
    Done,
    EvidenceReady,
    Failed,
    Reply,
    SpeechChunk,
    TextDelta,
    Timings,
    TurnEvent,
)
from chatbot.turn.state import Phase, TurnState, fold
from chatbot.turn.understanding import is_notable
from pipelines.core.types import Audio, Distribution, Evidence, Sentiment, Transcript

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
        state: All that the engine said.
        played: Seconds of its sound that the page has played.
        voice: Chance that the person has finished, by their voice; None before it is known.
    """

    number: int
    audio: Audio
    end: int
    committed: bool = False
    held: list[Effect] = field(default_factory=list)
    state: TurnState = field(default_factory=TurnState)
    played: float = 0.0
    voice: float | None = None

    def take(self, event: TurnEvent) -> list[Effect]:
        """Note what the engine says; return what is shown and played of it now.

        Before the person's turn has surely ended that is the transcript, as a partial one.
        """
        self.state = fold(self.state, event)
        shown = self._shown(event)
        if self.committed:
            return shown
        self.held += shown
        transcript = transcript_in(event)
        return [Send({"type": "partial", "text": transcript.text})] if transcript and transcript.text else []

    def commit(self) -> list[Effect]:
        """Note that the person's turn has surely ended; return what was held until then."""
        self.committed = True
        held, self.held = self.held, []
        return held

    @property
    def words(self) -> str | None:
        """What was said; None before the recording has been written down."""
        found = [item for item in map(transcript_of, self.state.evidence) if item is not None]
        return found[0].text if found else None

    @property
    def seconds(self) -> float:
        """Of its voice so far."""
        return sum(audio.seconds for audio in self.state.sound)

    @property
    def heard_whole(self) -> bool:
        """Whether nothing more will come and all of it has been played."""
        return self.state.ended and self.played >= self.seconds - _SLACK

    @property
    def nothing_said(self) -> bool:
        """Whether there were no words in the sound."""
        context = self.state.context
        return context is not None and not context.words and not any(e.error for e in context.evidence)

    def _shown(self, event: TurnEvent) -> list[Effect]:
        match event:
            case EvidenceReady(evidence=evidence):
                if transcript := transcript_of(evidence):
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
        for sentence, group in groupby(self.state.speech, key=lambda chunk: chunk.sentence):
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

    def to_save(self) -> SaveTurn | DiscardTurn:
        """Return what belongs in the conversation: what was heard, unless the person said nothing."""
        if self.nothing_said:
            return DiscardTurn(self.number)
        state = self.state
        if not self.heard_whole:
            text, chunks = self.heard()
            reply = state.reply or Reply("", state.context, Timings({}, None, None, None, 0.0), {})
            state = replace(
                state,
                phase=Phase.STOPPED,
                text=text,
                speech=tuple(chunks),
                reply=replace(reply, text=text, stopped=True),
                error=None,
            )
        return SaveTurn(self.number, self.audio, state)


def understood(evidence: Evidence) -> Json | None:
    """Return what the page shows as a chip; None for what it does not show."""
    value = evidence.value
    if not is_notable(evidence):
        return None
    if isinstance(value, Distribution):
        label, confidence = value.label, value.confidence
    elif isinstance(value, Sentiment):
        label, confidence = value.label, value.score
    else:
        return None
    return {"kind": str(evidence.kind), "label": label, "confidence": round(confidence, 3)}


def transcript_in(event: TurnEvent) -> Transcript | None:
    """Return the transcript that an event brings, if it does."""
    return transcript_of(event.evidence) if isinstance(event, EvidenceReady) else None


def transcript_of(evidence: Evidence) -> Transcript | None:
    """Return the transcript that evidence holds, if it does."""
    return evidence.value if isinstance(evidence.value, Transcript) else None
