"""The models that a call needs beside those of a turn."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from chatbot.call.speech_detector import open_silero
from pipelines.core.errors import ModelMissingError
from pipelines.core.onnx import Session
from pipelines.core.weights import WeightStore
from pipelines.speech import voice_end
from pipelines.speech.voice_end import VoiceEnd
from pipelines.text.turn_end import TurnEnd

TO_PULL = (voice_end.WEIGHTS,)
"""Models of the manifest that are downloaded."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class CallModels:
    """Shared by all calls.

    Attributes:
        silero: Voice activity.
        turn_end: Judges the words before a pause.
        voice_end: Judges the voice before a pause; None where it has not been pulled.
    """

    silero: Session
    turn_end: TurnEnd
    voice_end: VoiceEnd | None

    @classmethod
    def load(cls, store: WeightStore) -> CallModels:
        """Return the verified models. Raises ModelError."""
        try:
            voice = VoiceEnd.read(store)
        except ModelMissingError as error:
            _log.warning("calls judge pauses by the words alone: %s", error)
            voice = None
        return cls(open_silero(store), TurnEnd.read(store), voice)
