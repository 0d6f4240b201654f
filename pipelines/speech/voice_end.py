"""Whether somebody who pauses has finished, judged from the voice: Smart Turn v3.2.

Source: https://github.com/pipecat-ai/smart-turn (BSD-2-Clause): Whisper tiny's encoder with a classifier on
top, trained on 23 languages. The ONNX file comes with pipecat-ai.
"""

from __future__ import annotations

import numpy as np

from pipelines.core.onnx import Session, open_session
from pipelines.core.types import Audio
from pipelines.core.weights import WeightStore

WEIGHTS = "smart-turn"
FILE = "smart-turn-v3.2-cpu.onnx"
SAMPLE_RATE, SECONDS = 16_000, 8
_TINY = 1e-7


class VoiceEnd:
    """Judges the last 8 seconds of what was said. Thread-safe."""

    def __init__(self, session: Session) -> None:
        from faster_whisper.feature_extractor import FeatureExtractor

        self._session, self._log_mel = session, FeatureExtractor(chunk_length=SECONDS)

    @classmethod
    def read(cls, store: WeightStore) -> VoiceEnd:
        """Return the verified model. Raises ModelError."""
        return cls(open_session(store.path(WEIGHTS) / FILE, threads=1))

    def chance(self, audio: Audio) -> float:
        """Return the chance, 0 to 1, that the person has finished.

        Args:
            audio: At 16 kHz, with a fifth of a second of silence at its end.
        """
        length = SAMPLE_RATE * SECONDS
        heard = audio.samples[-length:]
        sound = np.pad(heard, (length - len(heard), 0))
        even = ((sound - sound.mean()) / np.sqrt(sound.var() + _TINY)).astype(np.float32)
        mel = self._log_mel(even, padding=0)[None]
        (found,) = self._session.run(["logits"], {"input_features": mel})
        return float(found.ravel()[0])
