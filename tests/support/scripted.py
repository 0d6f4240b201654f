"""Small back-ends with scripted answers, for tests of the engine: no weights, no chance."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chatbot.generators.protocol import Message
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import BackendSpec, Registry, Table
from pipelines.core.types import (
    Audio,
    Caption,
    Detections,
    Distribution,
    Image,
    OcrText,
    Sentiment,
    SpeechEncoding,
    Stage,
    Transcript,
)
from pipelines.core.weights import WeightStore


class _Base:
    model = "scripted"

    def __init__(self, registry: Registry, **options: Any) -> None:
        self.options = options
        self.calls: list[Any] = []

    def load(self) -> None: ...

    def warm_up(self) -> None: ...

    def unload(self) -> None: ...

    def _act(self, given: Any) -> None:
        self.calls.append(given)
        time.sleep(self.options.get("seconds", 0.0))
        if error := self.options.get("error"):
            raise error


class Transcriber(_Base):
    def transcribe(
        self, audio: Audio, *, language: Any = None, hot_words: str = "", cancel: Any = None
    ) -> Transcript:
        self._act(audio)
        self.hot_words = hot_words
        encoding = SpeechEncoding(np.ones((3, 4), np.float32), "scripted")
        return Transcript(self.options.get("text", "I am here."), "en", 0.9, (), encoding)


class SpeechEmotion(_Base):
    def classify(
        self, audio: Audio, encoding: SpeechEncoding | None = None, *, cancel: Any = None
    ) -> Distribution:
        self._act(encoding)
        label = self.options.get("label", "sad")
        return Distribution(label, 0.8, {label: 0.8, "neutral": 0.2})


class SentimentOf(_Base):
    def classify(self, text: str) -> Sentiment:
        self._act(text)
        return Sentiment(self.options.get("label", "positive"), 0.95)


class TextEmotion(_Base):
    def classify(self, text: str) -> Distribution:
        self._act(text)
        label = self.options.get("label", "joy")
        return Distribution(label, 0.9, {label: 0.9, "surprise": 0.1})


class DangerOf(_Base):
    def classify(self, text: str) -> Distribution:
        self._act(text)
        label = self.options.get("label", "none")
        return Distribution(label, 0.9, {label: 0.9, "emergency": 0.1})


class Captioner(_Base):
    def caption(self, image: Image, *, cancel: Any = None) -> Caption:
        self._act(image)
        return Caption(self.options.get("text", "A cat on a mat."), 0.7)


class Reader(_Base):
    def read(self, image: Image, *, cancel: Any = None) -> OcrText:
        self._act(image)
        return OcrText(self.options.get("text", ""))


class Detector(_Base):
    def detect(self, image: Image, *, cancel: Any = None) -> Detections:
        self._act(image)
        return Detections(tuple(self.options.get("objects", ())), image.width, image.height)


class Speaker(_Base):
    sample_rate = 24_000

    def speaks(self, language: str) -> bool:
        return True

    def stream(
        self, text: str, *, language: str = "en", speed: float = 1.0, cancel: CancelToken | None = None
    ) -> Iterator[Audio]:
        self._act((text, language, speed))
        yield Audio(np.zeros(self.options.get("samples", 240), np.float32), self.sample_rate)


class Generator(_Base):
    context_tokens = 4000
    sees = False
    continues = True
    languages: tuple[str, ...] = ("en",)

    def __init__(self, registry: Registry, **options: Any) -> None:
        super().__init__(registry, **options)
        self.temperatures: list[float] = []

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(message["content"]) for message in messages)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        temperature: float,
        max_tokens: int,
        cancel: CancelToken | None = None,
    ) -> Iterator[str]:
        self.calls.append(list(messages))
        self.temperatures.append(temperature)
        for number, piece in enumerate(self.options.get("pieces", ["Hello ", "there. ", "How are ", "you?"])):
            if (error := self.options.get("error")) and number == self.options.get("error_at", 0):
                raise error
            time.sleep(self.options.get("seconds", 0.0))
            yield piece


_CLASSES: Mapping[Stage, type[_Base]] = {
    Stage.TRANSCRIBE: Transcriber,
    Stage.SPEECH_EMOTION: SpeechEmotion,
    Stage.SENTIMENT: SentimentOf,
    Stage.TEXT_EMOTION: TextEmotion,
    Stage.DANGER: DangerOf,
    Stage.CAPTION: Captioner,
    Stage.OCR: Reader,
    Stage.DETECT: Detector,
    Stage.SPEAK: Speaker,
    Stage.GENERATE: Generator,
}


def scripted_registry(
    options: Mapping[Stage, Mapping[str, Any]] | None = None, classes: Mapping[Stage, type] = _CLASSES
) -> Registry:
    """Return a registry whose every stage is scripted; `classes` stand in place of the usual ones."""
    table: Table = {
        stage: {"scripted": BackendSpec(f"{cls.__module__}:{cls.__name__}", "embedded", "scripted")}
        for stage, cls in {**_CLASSES, **classes}.items()
    }
    return Registry(table, WeightStore(), options=options)
