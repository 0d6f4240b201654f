"""Emotion of a voice from the encoder that already listened: pooled Whisper features, a linear head.

Self-supervised and ASR encoders carry paralinguistic information; statistics pooling with a linear
classifier is the usual probe (Pepino et al., 2021, arXiv:2104.03502).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import BackendError
from pipelines.core.linear import LinearHead
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Distribution, SpeechEncoding, Stage

ENCODER = "whisper-base"


def pool(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return mean and standard deviation over time: (n_frames, width) to (2 * width,), float32."""
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0)]).astype(np.float32)


class WhisperEmotionHead:
    """Eight emotions from the pooled output of Whisper base's encoder."""

    model = "Trio speech emotion head (on Whisper base)"

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._head: LinearHead | None = None

    def load(self) -> None:
        """Verify and read the head. Raises ModelError."""
        folder: Path = self._registry.store.path("speech-emotion")
        self._head = LinearHead.read(folder / "head.npz")

    def warm_up(self) -> None:
        """Do nothing: the head is a matrix."""

    def unload(self) -> None:
        """Free the head."""
        self._head = None

    def classify(self, audio: Audio, encoding: SpeechEncoding | None = None) -> Distribution:
        """Return the emotion of 16 kHz audio.

        Args:
            audio: The recording; read only where `encoding` cannot be used.
            encoding: The transcriber's encoder output for it; another encoder's is not used.

        Raises:
            EmptyInputError: where nobody speaks.
        """
        if self._head is None:
            raise BackendError("The emotion head is not loaded", fix="Get it from the registry")
        if encoding is None or encoding.encoder != ENCODER:
            encoding = self._registry.get(Stage.TRANSCRIBE, ENCODER).encode(audio)
        return self._head.classify(pool(encoding.frames))
