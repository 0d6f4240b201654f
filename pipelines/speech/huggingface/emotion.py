"""Emotion of a voice by audio classifiers: transformers' own, and SpeechBrain's wav2vec 2.0 recipe."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.device import Placement, running
from pipelines.core.errors import EmptyInputError
from pipelines.core.hub_backend import HubBackend, open_pretrained
from pipelines.core.labels import VOICE_EMOTIONS, Relabel, labels_of
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Audio, Distribution, SpeechEncoding
from pipelines.speech.huggingface.extractor import feature_extractor
from pipelines.speech.transcribe import speech_of
from pipelines.speech.vad import SAMPLE_RATE

MOST_SECONDS = 30
_LEAST_SAMPLES = SAMPLE_RATE // 10


class HubVoiceEmotion(HubBackend):
    """What the back-ends of this stage share. The first 30 s of speech count, silences cut out.

    Args:
        registry: Its store's cache holds the lock files.
        labels: From the model's labels to Trio's, where their names do not tell.
        **options: As for every `HubBackend`.
    """

    def __init__(
        self, registry: Registry, *, labels: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        super().__init__(registry, **options)
        self._labels = labels

    def warm_up(self) -> None:
        """Listen to a second of silence."""
        with self._lock, running(self.model):
            self._logits(np.zeros(SAMPLE_RATE, np.float32))

    def classify(
        self, audio: Audio, encoding: SpeechEncoding | None = None, *, cancel: CancelToken | None = None
    ) -> Distribution:
        """Return the emotion of 16 kHz audio.

        Args:
            audio: The recording.
            encoding: Another model's; its cut-out speech is used where it has it, its frames never.
            cancel: Checked before the one pass, which may have waited for another turn's.

        Raises:
            Cancelled: when the token is cancelled.
            EmptyInputError: where nobody speaks.
            InputError: for another sample rate.
        """
        self.require_loaded()
        shared = encoding.samples if encoding is not None else None
        samples = (speech_of(audio).samples if shared is None else shared)[: MOST_SECONDS * SAMPLE_RATE]
        if len(samples) < _LEAST_SAMPLES:
            raise EmptyInputError(
                said("No speech was found in the recording"),
                given=said("{seconds} s", seconds=format(audio.seconds, ".1f")),
            )
        with self._lock, running(self.model):
            if cancel is not None:
                cancel.raise_if_cancelled()
            return self._relabel(self._logits(samples).float().softmax(dim=-1).tolist())

    _relabel: Relabel

    @abstractmethod
    def _logits(self, samples: NDArray[np.float32]) -> Any:
        """Return the scores, (labels,), of 16 kHz speech."""


class TransformersVoiceEmotion(HubVoiceEmotion):
    """A model with the head `...ForSequenceClassification` over sound (wav2vec 2.0, HuBERT, WavLM)."""

    default = "prithivMLmods/Speech-Emotion-Classification"

    def _open(self, folder: Path, placement: Placement) -> None:
        from transformers import AutoModelForAudioClassification

        self._extractor = feature_extractor(folder, self.model)
        net = open_pretrained(AutoModelForAudioClassification, folder, placement)
        self._relabel = Relabel(labels_of(net.config.id2label), VOICE_EMOTIONS, self._labels)
        self._net = net

    def _logits(self, samples: NDArray[np.float32]) -> Any:
        features = self._extractor(samples, sampling_rate=SAMPLE_RATE, return_tensors="pt")
        return self._net(**features.to(self._net.device, dtype=self._net.dtype)).logits[0]
