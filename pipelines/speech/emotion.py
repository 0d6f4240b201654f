"""Emotion of a voice from the encoder that already listened, with no second pass over the sound.

ASR encoders carry paralinguistic information, most of it in their middle layers; statistics pooling with
a linear classifier is the usual probe (Pepino et al., 2021, arXiv:2104.03502). What no layer keeps, the
prosody, is measured beside it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError
from pipelines.core.linear import LinearHead
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Audio, Distribution, SpeechEncoding, Stage
from pipelines.speech.prosody import prosody

ENCODER = "whisper-base"
TEXT_LABELS = {
    "neutral": None,
    "calm": None,
    "happy": "joy",
    "sad": "sadness",
    "angry": "anger",
    "fearful": "fear",
    "disgusted": None,
    "surprised": "surprise",
}
"""Labels of the voice to those of the six text emotions; None where the words have no such label.

"love", the sixth, has no counterpart in the voice. `chatbot.turn.fusion` merges both over common labels.
"""


def pool(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return mean and standard deviation over time: (..., n_frames, width) to (..., 2 * width), float32."""
    return np.concatenate([frames.mean(axis=-2), frames.std(axis=-2)], axis=-1).astype(np.float32)


def voice_features(encoding: SpeechEncoding) -> NDArray[np.float32]:
    """Return the pooled middle layers and the last, then the prosody, float32 (width,).

    Raises:
        BackendError: for an encoding without middle layers.
    """
    if encoding.middle is None or encoding.mel is None or encoding.samples is None:
        raise BackendError(
            said("The encoder output has no intermediate layers"),
            given=encoding.encoder,
            fix=said("Encode with the backend {encoder}", encoder=ENCODER),
        )
    layers = np.concatenate([pool(encoding.middle).ravel(), pool(encoding.frames)])
    return np.concatenate([layers, prosody(encoding.samples, encoding.mel)])


class VoiceEmotion:
    """Eight emotions from Whisper base's middle layers and the prosody."""

    model = "Trio voice emotion (middle layers of Whisper base, prosody)"
    file = "voice.npz"

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._head: LinearHead | None = None

    def load(self) -> None:
        """Verify and read the head. Raises ModelError."""
        folder: Path = self._registry.store.path("speech-emotion")
        self._head = LinearHead.read(folder / self.file)

    def warm_up(self) -> None:
        """Do nothing: the head is a matrix."""

    def unload(self) -> None:
        """Free the head."""
        self._head = None

    def classify(
        self, audio: Audio, encoding: SpeechEncoding | None = None, *, cancel: CancelToken | None = None
    ) -> Distribution:
        """Return the emotion of 16 kHz audio.

        Args:
            audio: The recording; read only where `encoding` cannot be used.
            encoding: The transcriber's encoder output for it; another encoder's is not used.
            cancel: Checked before every 30 s that have to be encoded.

        Raises:
            EmptyInputError: where nobody speaks.
            Cancelled: when the token is cancelled.
        """
        if self._head is None:
            raise BackendError(
                said("The emotion head is not loaded"), fix=said("Load it through the registry")
            )
        if encoding is None or encoding.encoder != ENCODER:
            encoding = self._registry.get(Stage.TRANSCRIBE, ENCODER).encode(audio, cancel=cancel)
        return self._head.classify(self.features(encoding))

    def features(self, encoding: SpeechEncoding) -> NDArray[np.float32]:
        """Return what the head reads, float32 (width,)."""
        return voice_features(encoding)


class WhisperEmotionHead(VoiceEmotion):
    """Eight emotions from the encoder's last layer alone."""

    model = "Trio speech emotion head (last layer of Whisper base)"
    file = "head.npz"

    def features(self, encoding: SpeechEncoding) -> NDArray[np.float32]:
        """Return the pooled last layer, float32 (1024,)."""
        return pool(encoding.frames)
