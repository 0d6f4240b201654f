"""A back-end a stage that runs it in the cluster. Each is the stage's protocol over `ClusterClient`."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.backends_ray import NAME, VARIABLE
from pipelines.cluster.calls import CALLS, DESCRIBE
from pipelines.cluster.client import APP, SECONDS, ClusterClient, Place
from pipelines.cluster.wire import Wire
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, SettingsError
from pipelines.core.registry import Registry
from pipelines.core.said import said
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
from pipelines.text.feelings import Feelings

CHECK_SECONDS = 5.0


class ClusterStage:
    """What the back-ends share. The attributes of the real back-end are read once, by `load`.

    Args:
        registry: Not used: the weights are in the cluster.
        address: Of Serve's HTTP proxy on any node, or of a load balancer before them; without it, what
            the variable `TRIO_CLUSTER` says.
        app: First part of the routes.
        seconds: Longest wait for the next bytes of an answer.

    Raises:
        SettingsError: if there is no address.
    """

    stage: Stage
    types: tuple[type, ...] = ()

    def __init__(
        self, registry: Registry, *, address: str = "", app: str = APP, seconds: float = SECONDS
    ) -> None:
        del registry
        if not (address := address or os.environ.get(VARIABLE, "")):
            raise SettingsError(
                said("The cluster for {stage} has no address", stage=self.stage),
                allowed=said("such as {example}", example="http://127.0.0.1:8000"),
                fix=said(
                    "Set address under [options.{stage}.{name}], or the variable {variable}",
                    stage=self.stage,
                    name=NAME,
                    variable=VARIABLE,
                ),
            )
        self._place = Place(address, app, seconds)
        self._client: ClusterClient | None = None
        self._attributes: Mapping[str, Any] = {}

    @property
    def model(self) -> str:
        """Name of the model that runs in the cluster."""
        return f"{self.attribute('model')}, in the cluster"

    def load(self) -> None:
        """Connect, and read what the back-end there says of itself. Raises BackendError."""
        client = ClusterClient(self.stage, self._place, Wire(*self.types))
        client.open()
        try:
            self._attributes = client.call(DESCRIBE)
        except BaseException:
            client.close()
            raise
        self._client = client

    def check(self) -> None:
        """Ask the cluster for the stage once, for a few seconds at most. Raises BackendError."""
        quick = dataclasses.replace(self._place, seconds=min(CHECK_SECONDS, self._place.seconds))
        client = ClusterClient(self.stage, quick, Wire(*self.types))
        client.open()
        try:
            client.call(DESCRIBE)
        finally:
            client.close()

    def warm_up(self) -> None:
        """Do nothing: replicas are warm before they are ready."""

    def unload(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    @property
    def client(self) -> ClusterClient:
        """The open connection. Raises BackendError before `load`."""
        if self._client is None:
            raise BackendError(
                said("The cluster backend is not loaded"), fix=said("Load it through the registry")
            )
        return self._client

    def attribute(self, name: str) -> Any:
        """Return an attribute of the back-end there. Raises BackendError where it has none."""
        if name not in self._attributes:
            raise BackendError(
                said(
                    "The backend of {stage} in the cluster does not report its {name}",
                    stage=self.stage,
                    name=name,
                ),
                allowed=", ".join(CALLS[self.stage].attributes),
                fix=said("Run the same version of Trio here and in the cluster"),
            )
        return self._attributes[name]


class ClusterTranscriber(ClusterStage):
    """Speech to text. The encoder's output comes back with the words, for whoever reads it next."""

    stage = Stage.TRANSCRIBE

    def transcribe(
        self,
        audio: Audio,
        *,
        language: str | None = None,
        hot_words: str = "",
        cancel: CancelToken | None = None,
    ) -> Transcript:
        """Return the words. Raises what `ClusterClient.call` raises."""
        found: Transcript = self.client.call(
            "transcribe", audio, language=language, hot_words=hot_words, cancel=cancel
        )
        return found

    def encode(self, audio: Audio, *, cancel: CancelToken | None = None) -> SpeechEncoding:
        """Return the encoder's output alone. Raises what `ClusterClient.call` raises."""
        encoding: SpeechEncoding = self.client.call("encode", audio, cancel=cancel)
        return encoding


class ClusterSpeechEmotion(ClusterStage):
    """Emotion from the sound of a voice."""

    stage = Stage.SPEECH_EMOTION

    def classify(
        self, audio: Audio, encoding: SpeechEncoding | None = None, *, cancel: CancelToken | None = None
    ) -> Distribution:
        """Return the emotion. Raises what `ClusterClient.call` raises."""
        emotion: Distribution = self.client.call("classify", audio, encoding, cancel=cancel)
        return emotion


class ClusterSentenceEncoder(ClusterStage):
    """Sentences to vectors."""

    stage = Stage.EMBED

    def embed(self, texts: Sequence[str], *, cancel: CancelToken | None = None) -> NDArray[np.float32]:
        """Return float32 (len(texts), width), L2-normalised. Raises what `ClusterClient.call` raises."""
        vectors: NDArray[np.float32] = self.client.call("embed", list(texts), cancel=cancel)
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Return how many tokens `embed` reads. Raises what `ClusterClient.call` raises."""
        return int(self.client.call("count_tokens", list(texts)))


class ClusterFeelings(ClusterStage):
    """Sentiment, emotion and fine emotions in one pass."""

    stage = Stage.FEELINGS

    def read(self, text: str) -> Feelings:
        """Return what an English text says. Raises what `ClusterClient.call` raises."""
        feelings: Feelings = self.client.call("read", text)
        return feelings


class ClusterSentiment(ClusterStage):
    """Positive or negative."""

    stage = Stage.SENTIMENT

    def classify(self, text: str) -> Sentiment:
        """Return the sentiment. Raises what `ClusterClient.call` raises."""
        sentiment: Sentiment = self.client.call("classify", text)
        return sentiment


class ClusterTextEmotion(ClusterStage):
    """Emotion of words."""

    stage = Stage.TEXT_EMOTION

    def classify(self, text: str) -> Distribution:
        """Return the emotion. Raises what `ClusterClient.call` raises."""
        emotion: Distribution = self.client.call("classify", text)
        return emotion


class ClusterDanger(ClusterStage):
    """Whether words say that somebody is in danger."""

    stage = Stage.DANGER

    def classify(self, text: str) -> Distribution:
        """Return the danger. Raises what `ClusterClient.call` raises."""
        danger: Distribution = self.client.call("classify", text)
        return danger


class ClusterImageEncoder(ClusterStage):
    """Pictures to features."""

    stage = Stage.IMAGE_FEATURES

    def features(self, image: Image) -> NDArray[np.float32]:
        """Return the feature grid, float32 (rows, columns, channels). Raises as `call` does."""
        grid: NDArray[np.float32] = self.client.call("features", image)
        return grid


class ClusterCaptioner(ClusterStage):
    """A sentence about a picture."""

    stage = Stage.CAPTION

    def caption(self, image: Image, *, cancel: CancelToken | None = None) -> Caption:
        """Return the sentence and its confidence. Raises what `ClusterClient.call` raises."""
        caption: Caption = self.client.call("caption", image, cancel=cancel)
        return caption


class ClusterTextReader(ClusterStage):
    """Text in pictures."""

    stage = Stage.OCR

    def read(self, image: Image, *, cancel: CancelToken | None = None) -> OcrText:
        """Return the text lines. Raises what `ClusterClient.call` raises."""
        text: OcrText = self.client.call("read", image, cancel=cancel)
        return text


class ClusterDetector(ClusterStage):
    """Objects in pictures."""

    stage = Stage.DETECT

    def detect(self, image: Image, *, cancel: CancelToken | None = None) -> Detections:
        """Return the objects. Raises what `ClusterClient.call` raises."""
        found: Detections = self.client.call("detect", image, cancel=cancel)
        return found


class ClusterSpeaker(ClusterStage):
    """Text to speech."""

    stage = Stage.SPEAK

    @property
    def sample_rate(self) -> int:
        """Of the sound, in Hz."""
        return int(self.attribute("sample_rate"))

    def speaks(self, language: str) -> bool:
        """Whether the voice can speak this ISO 639-1 language. Raises what `ClusterClient.call` raises."""
        return bool(self.client.call("speaks", language))

    def stream(
        self, text: str, *, language: str = "en", speed: float = 1.0, cancel: CancelToken | None = None
    ) -> Iterator[Audio]:
        """Yield audio, sentence by sentence. Raises what `ClusterClient.stream` raises."""
        yield from self.client.stream("stream", text, language=language, speed=speed, cancel=cancel)
