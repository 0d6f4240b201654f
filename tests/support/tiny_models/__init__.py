"""Tiny, randomly initialised models of every architecture of the hub back-ends, written to disk.

Real configurations, real tokenizers and processors, real file formats: only the sizes are small.
`prepare` makes the one that a row of the table needs and returns the options for its constructor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipelines.core.types import Stage
from tests.support.tiny_models import chat, pictures, recognisers, voices, words

Builder = Callable[[Path], dict[str, Any]]

BUILDERS: Mapping[tuple[Stage, str], Builder] = {
    (Stage.TRANSCRIBE, "whisper"): recognisers.openai_whisper,
    (Stage.TRANSCRIBE, "faster-whisper"): recognisers.faster_whisper,
    (Stage.TRANSCRIBE, "transformers"): recognisers.whisper,
    (Stage.SPEECH_EMOTION, "wav2vec2-emotion"): recognisers.speechbrain_emotion,
    (Stage.SPEECH_EMOTION, "transformers"): recognisers.voice_emotion,
    (Stage.SENTIMENT, "transformers"): words.sentiment,
    (Stage.TEXT_EMOTION, "transformers"): words.emotion,
    (Stage.CAPTION, "blip"): pictures.blip,
    (Stage.CAPTION, "vlm"): pictures.idefics3,
    (Stage.CAPTION, "open_clip"): pictures.open_clip,
    (Stage.SPEAK, "transformers"): voices.vits,
    (Stage.SPEAK, "kokoro"): voices.kokoro,
    (Stage.GENERATE, "transformers"): chat.llama,
    (Stage.GENERATE, "gguf"): chat.gguf,
}


def prepare(stage: Stage, name: str, folder: Path) -> dict[str, Any]:
    """Write the tiny model of a row into `folder` and return the constructor's options."""
    folder.mkdir(parents=True, exist_ok=True)
    return BUILDERS[stage, name](folder)
