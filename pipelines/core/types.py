"""What the stages take and give. Frozen dataclasses; arrays inside them are not to be written to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import EmptyInputError
from pipelines.core.said import Said, Text, said


class Stage(StrEnum):
    """The stages that have back-ends. `GENERATE` belongs to the chatbot, the others to the pipelines."""

    TRANSCRIBE = "transcribe"
    SPEECH_EMOTION = "speech-emotion"
    EMBED = "embed"
    FEELINGS = "feelings"
    SENTIMENT = "sentiment"
    TEXT_EMOTION = "text-emotion"
    DANGER = "danger"
    IMAGE_FEATURES = "image-features"
    CAPTION = "caption"
    OCR = "ocr"
    DETECT = "detect"
    SPEAK = "speak"
    GENERATE = "generate"


@dataclass(frozen=True, eq=False)
class Audio:
    """Mono sound. `samples`: float32, shape (n,), within [-1, 1]; `sample_rate` in Hz.

    `notes`: sentences for the person about what of the file was not heard.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    notes: tuple[Text, ...] = ()

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, eq=False)
class Image:
    """A picture as a person sees it. `pixels`: uint8, shape (height, width, 3), sRGB, upright."""

    pixels: NDArray[np.uint8]

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])


@dataclass(frozen=True, eq=False)
class Turn:
    """What the person said in one go: text, pictures, voice, in any combination.

    `unread`: names of attachments that could not be read, so that the reply can say so.

    Raises:
        EmptyInputError: if all three are missing.
    """

    text: str | None = None
    images: tuple[Image, ...] = ()
    audio: Audio | None = None
    unread: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.text and self.text.strip()) and not self.images and self.audio is None:
            raise EmptyInputError(
                said("The message is empty"),
                allowed=said("text, a picture, a recording, or any combination of them"),
                fix=said("Type a message, add a picture or record your voice"),
            )


@dataclass(frozen=True)
class Segment:
    """A stretch of transcribed speech; `start` and `end` in seconds from the start of the audio."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, eq=False)
class SpeechEncoding:
    """Output of a speech encoder over the speech frames of one recording.

    Attributes:
        frames: The last layer, float32, shape (n_frames, width), 20 ms a frame, padding left out.
        encoder: Name of the weights that made it, so that a head trained on others can refuse it.
        middle: Layers before the last, (layers, n_frames, width); None where the encoder gives none.
        mel: The log-mel spectrogram that was encoded, (bands, frames), 10 ms a frame.
        samples: The speech that was encoded, 16 kHz mono, the silences cut out.
    """

    frames: NDArray[np.float32]
    encoder: str
    middle: NDArray[np.float32] | None = None
    mel: NDArray[np.float32] | None = None
    samples: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Transcript:
    """Words of one recording. `text` is empty when there was no speech. `language`: ISO 639-1 code.

    `language_probability` is None where the back-end does not tell it. `notes`: sentences for the person
    about what of the recording was not heard, or which of its tracks was.
    """

    text: str
    language: str
    language_probability: float | None
    segments: tuple[Segment, ...] = ()
    encoding: SpeechEncoding | None = field(default=None, repr=False)
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Distribution:
    """A label with its calibrated probability and those of all the labels (they sum to 1)."""

    label: str
    confidence: float
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Sentiment:
    """`label`: "positive", "neutral" or "negative"; `score`: its probability; `scores`: of every label."""

    label: str
    score: float
    scores: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Distribution) -> Sentiment:
        """Return a distribution over these labels as a sentiment."""
        return cls(found.label, found.confidence, found.scores)


@dataclass(frozen=True)
class Caption:
    """One sentence about a picture and the probability that it is right; None where nothing tells it."""

    text: str
    confidence: float | None


@dataclass(frozen=True)
class TextBox:
    """One line of text in a picture. `corners`: four (x, y) points in pixels, clockwise from top left."""

    text: str
    confidence: float
    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class OcrText:
    """All the text found in a picture, in reading order, one line a box."""

    text: str
    boxes: tuple[TextBox, ...] = ()


@dataclass(frozen=True)
class Detection:
    """One object in a picture. `box`: left, top, right and bottom in pixels; `score`: 0 to 1."""

    label: str
    box: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True)
class Detections:
    """The objects found in a picture of `width` x `height` pixels, the surest first."""

    objects: tuple[Detection, ...]
    width: int
    height: int


EvidenceValue = Transcript | Distribution | Sentiment | Caption | OcrText | Detections


@dataclass(frozen=True, eq=False)
class Evidence:
    """What one stage understood from one input.

    Attributes:
        kind: The stage that ran.
        source: Which input: "text", "voice", or "picture 1", "picture 2", ...
        value: The stage's result; None if and only if `error` is set.
        confidence: 0 to 1, or None where the stage gives none.
        model: Name of the back-end's model.
        seconds: Wall-clock time of the stage.
        error: One sentence for the person, or None.
        start: Seconds from the turn's start to the stage's; None where it did not run in this turn.
        original: What a stage had understood before the person put `value` right, "" for nothing; None
            for evidence that nobody put right.
        translations: A caption in other languages, by ISO 639-1 code, where somebody has written it since.
    """

    kind: Stage
    source: str
    value: EvidenceValue | None
    confidence: float | None
    model: str
    seconds: float
    error: Text | None = None
    start: float | None = None
    original: str | None = None
    translations: Mapping[str, str] = field(default_factory=dict)


def to_jsonable(value: Any) -> Any:
    """Return `value` (a dataclass, mapping, sequence or scalar) as plain JSON types.

    Arrays and encodings are left out: they are for the next stage, not for people. Texts are in English.
    """
    if isinstance(value, Said):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {k: to_jsonable(v) for k, v in pairs if not isinstance(v, SpeechEncoding | np.ndarray)}
    if isinstance(value, Mapping):
        return {str(k): to_jsonable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_jsonable(v) for v in value]
    if isinstance(value, np.generic):
        return to_jsonable(value.item())
    if isinstance(value, float):
        return round(value, 6)
    return value
