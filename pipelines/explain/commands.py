"""`python -m pipelines explain-text | explain-image | explain-speech FILE`: the reasons, and a figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipelines.backends import default_registry
from pipelines.core.foundation import Fields
from pipelines.core.types import Stage
from pipelines.explain.draw import draw_moments, draw_regions, draw_words
from pipelines.explain.occlusion import GRID
from pipelines.explain.reasons import why_moments, why_regions, why_words
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio
from pipelines.textfile import read_text


def explain_text(path: Path, out: Path) -> Fields:
    """Fields `label`, `confidence`, `weights` (of each word, in reading order) and `figure`.

    Raises:
        InputError: if the file is no text.
    """
    registry, text = default_registry(), read_text(path).strip()
    found = registry.get(Stage.TEXT_EMOTION).classify(text)
    parts = why_words(registry, Stage.TEXT_EMOTION, text, found.label)
    target = out / f"{path.stem}-why.png"
    draw_words(parts, f"{found.label}, {found.confidence:.2f}", target)
    words = [
        {"text": part.text, "confidence": round(part.weight, 4)} for part in parts if part.weight is not None
    ]
    return {"label": found.label, "confidence": found.confidence, "weights": words, "figure": str(target)}


def explain_image(path: Path, out: Path) -> Fields:
    """Fields `text` (the caption), `row` and `column` of the cell that matters most, `weight`, `figure`.

    Raises:
        InputError: if the file is no picture.
    """
    registry, image = default_registry(), decode_image(path)
    caption = registry.get(Stage.CAPTION).caption(image).text
    weights = why_regions(registry, image, caption)
    target = out / f"{path.stem}-why.png"
    draw_regions(image, weights, caption, target)
    row, column = divmod(int(weights.argmax()), GRID)
    most = round(float(weights.max()), 4)
    return {"text": caption, "row": row, "column": column, "weight": most, "figure": str(target)}


def explain_speech(path: Path, out: Path) -> Fields:
    """Fields `label`, `confidence`, the `start`, `end` (s), `weight` of the main moment, and `figure`.

    Raises:
        InputError: if the file is no sound, or nobody speaks in it.
    """
    registry, audio = default_registry(), decode_audio(path)
    found = registry.get(Stage.SPEECH_EMOTION).classify(audio)
    moments = why_moments(registry, audio, found.label)
    target = out / f"{path.stem}-why.png"
    draw_moments(audio, moments, f"{found.label}, {found.confidence:.2f}", target)
    at = int(np.argmax(moments.weights))
    return {
        "label": found.label,
        "confidence": found.confidence,
        "start": round(at * moments.seconds, 2),
        "end": round(min((at + 1) * moments.seconds, audio.seconds), 2),
        "weight": round(float(moments.weights[at]), 4),
        "figure": str(target),
    }
