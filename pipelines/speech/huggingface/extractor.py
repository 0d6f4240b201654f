"""What makes a hub model's input of sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.core.errors import ModelError
from pipelines.core.said import said
from pipelines.speech.vad import SAMPLE_RATE


def feature_extractor(folder: Path, model: str) -> Any:
    """Return the extractor in a model's folder. Raises ModelError where it does not take 16 kHz."""
    from transformers import AutoFeatureExtractor

    extractor = AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
    if extractor.sampling_rate != SAMPLE_RATE:
        raise ModelError(
            said("The model {model} needs a different sample rate", model=model),
            given=f"{extractor.sampling_rate} Hz",
            allowed=f"{SAMPLE_RATE} Hz",
        )
    return extractor
