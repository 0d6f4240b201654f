"""What the engine says while it answers, and the record that it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chatbot.generators.protocol import Finish, Message
from pipelines.core.errors import TrioError
from pipelines.core.said import Text
from pipelines.core.types import Audio, Evidence, Turn


@dataclass(frozen=True)
class EmotionSource:
    """What one source said about the emotion, and how much it counted.

    `source`: "text", "voice words" or "voice sound". `label`: one of the fused labels. `weight`:
    share of the fused result, the weights of all the sources sum to 1.
    """

    source: str
    label: str
    confidence: float
    weight: float


@dataclass(frozen=True)
class FusedEmotion:
    """One emotion for the turn. `disagreement`: one sentence when words and voice differ, else None."""

    label: str
    confidence: float
    scores: Mapping[str, float]
    sources: tuple[EmotionSource, ...]
    disagreement: str | None = None


@dataclass(frozen=True, eq=False)
class FusedContext:
    """Everything that was understood in one turn, ready for the prompt.

    Attributes:
        text: What the person typed, or "".
        transcript: What the person said aloud, or "".
        captions: One sentence a picture, in order; "" for a picture that could not be described.
        ocr: Text found in each picture, in order.
        emotion: The fused emotion, or None without any words or voice.
        language: ISO 639-1 code of the person's words.
        evidence: All the evidence, those with errors too.
        unread: Names of attachments that could not be read.
    """

    text: str
    transcript: str
    captions: tuple[str, ...]
    ocr: tuple[str, ...]
    emotion: FusedEmotion | None
    language: str
    evidence: tuple[Evidence, ...]
    unread: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Typed and spoken words together."""
        return " ".join(part for part in (self.text.strip(), self.transcript.strip()) if part)


@dataclass(frozen=True, eq=False)
class EvidenceReady:
    """One stage has finished, with a result or an error."""

    evidence: Evidence


@dataclass(frozen=True, eq=False)
class ContextReady:
    """All the evidence has been merged; generation starts now."""

    context: FusedContext


@dataclass(frozen=True)
class TextDelta:
    """The next piece of the reply's text."""

    text: str


@dataclass(frozen=True, eq=False)
class SpeechChunk:
    """The voice of one finished sentence of the reply."""

    audio: Audio
    sentence: str


@dataclass(frozen=True)
class Timings:
    """Seconds; all but `stages` from the turn's start.

    `stages`: how long each stage that ran took, by "stage source" (e.g. "transcribe voice"). `starts`:
    when it began, by the same names; empty in records of older versions.
    """

    stages: Mapping[str, float]
    first_text: float | None
    first_audio: float | None
    text_done: float | None
    total: float
    starts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Reply:
    """The full record of a turn's answer.

    `voice_note`: why the reply, or part of it, was not spoken; None when it was. `stopped`: the person
    pressed Stop; `text` is what had been said. `finish`: how the text ended; None where it was cut short
    by a stop or an error.
    """

    text: str
    context: FusedContext | None
    timings: Timings
    models: Mapping[str, str]
    voice_note: Text | None = None
    stopped: bool = False
    finish: Finish | None = None


@dataclass(frozen=True, eq=False)
class Done:
    """The turn is over."""

    reply: Reply


@dataclass(frozen=True, eq=False)
class Failed:
    """The turn could not be answered. `message` is for the person; `reply` holds what was there.

    `error`: what was raised, where it was foreseen.
    """

    message: Text
    reply: Reply
    error: TrioError | None = None


@dataclass(frozen=True)
class Waiting:
    """The turn waits in a server's queue and has not begun. `position`: 1 is next."""

    position: int


TurnEvent = Waiting | EvidenceReady | ContextReady | TextDelta | SpeechChunk | Done | Failed


@dataclass(frozen=True, eq=False)
class Exchange:
    """A past turn and its answer, as the engine wants history.

    `user`: the person's words. `context` holds what was understood then, when it is still known. `summary`:
    what was said up to this turn, it included, where that has been summed up. `steps`: calls of tools and
    what they gave, between the person's words and the reply.
    """

    user: str
    reply: str
    context: FusedContext | None = field(default=None, repr=False)
    summary: str | None = field(default=None, repr=False)
    steps: tuple[Message, ...] = field(default=(), repr=False)


__all__ = [
    "ContextReady",
    "Done",
    "EmotionSource",
    "EvidenceReady",
    "Exchange",
    "Failed",
    "FusedContext",
    "FusedEmotion",
    "Reply",
    "SpeechChunk",
    "TextDelta",
    "Timings",
    "Turn",
    "TurnEvent",
    "Waiting",
]
