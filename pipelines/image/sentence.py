"""Small things that captioners of every kind need."""

from __future__ import annotations

import numpy as np

from pipelines.core.types import Caption, Image

_ENDS = (".", "!", "?", "。", "！", "？")  # noqa: RUF001


def as_sentence(caption: Caption) -> Caption:
    """Return the caption with a capital at its start and a stop at its end; nothing else changes."""
    text = caption.text[:1].upper() + caption.text[1:]
    return Caption(text if text.endswith(_ENDS) or not text else f"{text}.", caption.confidence)


def grey() -> Image:
    """Return a grey picture to warm a model up with."""
    return Image(np.full((64, 64, 3), 127, np.uint8))
