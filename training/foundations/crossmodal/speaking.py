"""Captions said by Trio's own voice."""

from __future__ import annotations

from pipelines.backends import default_registry
from pipelines.core.protocols import Speaker
from pipelines.core.types import Audio, Stage
from pipelines.speech.decode import audio_from_array
from pipelines.speech.wav import concatenate


def voice() -> Speaker:
    """Return the English voice, loaded."""
    speaker: Speaker = default_registry().get(Stage.SPEAK, "hibari")
    return speaker


def spoken(speaker: Speaker, text: str) -> Audio:
    """Return a text as the voice says it, 16 kHz.

    Raises:
        EmptyInputError: where there is nothing to say.
    """
    said = concatenate(speaker.stream(text))
    return audio_from_array(said.samples, said.sample_rate)
