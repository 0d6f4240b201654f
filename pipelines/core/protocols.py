"""What each stage's back-end must be able to do. Back-ends need not inherit from these.

A method that can take longer than a moment has `cancel`, asks it between the parts of its work and raises
`Cancelled`. The classifiers of words and the image encoder have none: each is one pass of a small model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.types import (
    Audio,
    Caption,
    Detections,
    Distribution,
    Image,
    OcrText,
    Sentiment,
    SpeechEncoding,
    Transcript,
)


@runtime_checkable
class Backend(Protocol):
    """The life of a back-end: cheap constructor, `load` once, `warm_up` if wanted, `unload` at the end.

    The constructor's first argument is the `Registry`; the rest are keyword options, those of its row in
    the table. `model` is the name shown to people; behind a server it names the host.
    """

    model: str

    def load(self) -> None:
        """Read the verified weights. Raises ModelError or MissingPackageError."""

    def warm_up(self) -> None:
        """Run once on a tiny input, so that the first real one is as fast as the next."""

    def unload(self) -> None:
        """Free the weights; `load` may be called again."""


@runtime_checkable
class Checkable(Protocol):
    """A back-end on another machine, which can be asked whether it is there before it is loaded."""

    def check(self) -> None:
        """Return within a few seconds; raises BackendError where the other machine cannot be used."""


@runtime_checkable
class WarmsForLanguage(Protocol):
    """A back-end with a part that only some language needs."""

    def warm_up_for(self, language: str) -> None:
        """Load and warm what only this ISO 639-1 language needs. Raises ModelError or MissingPackageError."""


class Transcriber(Backend, Protocol):
    """Speech to text."""

    def transcribe(
        self,
        audio: Audio,
        *,
        language: str | None = None,
        hot_words: str = "",
        cancel: CancelToken | None = None,
    ) -> Transcript:
        """Return the words, with the encoder's output when the back-end has one to share.

        `hot_words`: names and words that the recording may hold, as they are spelled; a back-end that cannot
        use them leaves them.
        """

    def encode(self, audio: Audio, *, cancel: CancelToken | None = None) -> SpeechEncoding:
        """Return the encoder's output alone.

        Raises:
            EmptyInputError: where there is no speech.
            BackendError: if the back-end has no encoder's output to share.
        """


@runtime_checkable
class StreamingTranscriber(Protocol):
    """What a transcriber that finds the words one segment after another can do besides."""

    def stream(
        self,
        audio: Audio,
        *,
        language: str | None = None,
        hot_words: str = "",
        cancel: CancelToken | None = None,
    ) -> Iterator[Transcript]:
        """Yield the transcript as it grows: each text begins with the one before; the last is whole."""


class SpeechEmotionRecogniser(Backend, Protocol):
    """Emotion from the sound of a voice."""

    def classify(
        self, audio: Audio, encoding: SpeechEncoding | None = None, *, cancel: CancelToken | None = None
    ) -> Distribution:
        """Return the emotion; uses `encoding` when it comes from the encoder it was trained on."""


class SentenceEncoder(Backend, Protocol):
    """Sentences to vectors."""

    def embed(self, texts: Sequence[str], *, cancel: CancelToken | None = None) -> NDArray[np.float32]:
        """Return float32 (len(texts), width), L2-normalised."""

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Return how many tokens `embed` reads of all the texts together."""


class SentimentClassifier(Backend, Protocol):
    """Positive or negative."""

    def classify(self, text: str) -> Sentiment:
        """Return the sentiment; raises EmptyInputError for blank text."""


class TextEmotionClassifier(Backend, Protocol):
    """Emotion of words."""

    def classify(self, text: str) -> Distribution:
        """Return the emotion; raises EmptyInputError for blank text."""


class DangerClassifier(Backend, Protocol):
    """Whether words say that somebody is in danger now."""

    def classify(self, text: str) -> Distribution:
        """Return the danger, "none" among its labels; raises EmptyInputError for blank text."""


class ImageEncoder(Backend, Protocol):
    """Pictures to features and class probabilities."""

    def features(self, image: Image) -> NDArray[np.float32]:
        """Return the feature grid, float32 (rows, columns, channels)."""


class Captioner(Backend, Protocol):
    """A sentence about a picture."""

    def caption(self, image: Image, *, cancel: CancelToken | None = None) -> Caption:
        """Return the sentence and its confidence."""


class TextReader(Backend, Protocol):
    """Text in pictures."""

    def read(self, image: Image, *, cancel: CancelToken | None = None) -> OcrText:
        """Return the text lines; an empty `OcrText` where there are none."""


class Detector(Backend, Protocol):
    """Objects in pictures."""

    def detect(self, image: Image, *, cancel: CancelToken | None = None) -> Detections:
        """Return the objects with their boxes, the surest first; none is an empty `Detections`."""


class Speaker(Backend, Protocol):
    """Text to speech."""

    sample_rate: int

    def speaks(self, language: str) -> bool:
        """Whether the voice can speak this ISO 639-1 language."""

    def stream(
        self, text: str, *, language: str = "en", speed: float = 1.0, cancel: CancelToken | None = None
    ) -> Iterator[Audio]:
        """Yield audio, sentence by sentence. Raises InputError for a language it cannot speak."""


@runtime_checkable
class ChoosesVoice(Protocol):
    """A speaker with several voices for a language; its row in the table lists them."""

    def with_voices(self, chosen: Mapping[str, str]) -> Speaker:
        """Return this speaker with these voices, by ISO 639-1 language. Raises SettingsError."""
