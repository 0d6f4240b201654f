"""Explanations of what the back-ends of a registry found: of a text, a picture, a recording."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.protocols import Captioner, SpeechEmotionRecogniser
from pipelines.core.registry import Registry, Selection
from pipelines.core.types import Audio, Image, Stage
from pipelines.explain.occlusion import (
    Moments,
    Part,
    Progress,
    explain_moments,
    explain_regions,
    explain_words,
)

_SMALL_WORDS = frozenset(
    ("a", "an", "and", "are", "at", "by", "from", "her", "his", "in", "is", "it", "its", "of", "on")
    + ("the", "their", "to", "was", "were", "while", "with")
)
_WORD = re.compile(r"\w+")
LONGEST = 640


def why_words(
    registry: Registry | Selection,
    stage: Stage,
    text: str,
    label: str,
    *,
    cancel: CancelToken | None = None,
    progress: Progress | None = None,
) -> tuple[Part, ...]:
    """Return which words speak for `label`. `stage`: sentiment or text emotion.

    Raises:
        EmptyInputError: where there are no words.
        Cancelled: when the token is cancelled.
    """
    classifier = registry.get(stage)

    def probability(part: str) -> float:
        return float(classifier.classify(part).scores.get(label, 0.0))

    return explain_words(text, probability, cancel=cancel, progress=progress)


def why_regions(
    registry: Registry | Selection,
    image: Image,
    caption: str,
    *,
    cancel: CancelToken | None = None,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """Return which regions of a picture the caption hangs on, float32 (6, 6).

    A region matters by how many of the caption's words are gone from the captions without it.

    Raises:
        Cancelled: when the token is cancelled.
    """
    captioner: Captioner = registry.get(Stage.CAPTION)
    words = content_words(caption)

    def likeness(part: Image) -> float:
        return overlap(words, content_words(captioner.caption(part, cancel=cancel).text))

    return explain_regions(shrunk(image), likeness, cancel=cancel, progress=progress)


def shrunk(image: Image) -> Image:
    """Return a picture of at most 640 pixels a side: captioners look at fewer."""
    from PIL import Image as pil

    picture = pil.fromarray(image.pixels)
    picture.thumbnail((LONGEST, LONGEST))
    return Image(np.asarray(picture, dtype=np.uint8))


def why_moments(
    registry: Registry | Selection,
    audio: Audio,
    label: str,
    *,
    cancel: CancelToken | None = None,
    progress: Progress | None = None,
) -> Moments:
    """Return which moments of 16 kHz sound speak for the emotion `label`.

    Raises:
        EmptyInputError: where nobody speaks.
        Cancelled: when the token is cancelled.
    """
    recogniser: SpeechEmotionRecogniser = registry.get(Stage.SPEECH_EMOTION)

    def probability(part: Audio) -> float:
        return float(recogniser.classify(part, cancel=cancel).scores.get(label, 0.0))

    return explain_moments(audio, probability, cancel=cancel, progress=progress)


def content_words(caption: str) -> frozenset[str]:
    """Return the words of a caption that say something, in small letters."""
    return frozenset(_WORD.findall(caption.lower())) - _SMALL_WORDS


def overlap(wanted: frozenset[str], found: frozenset[str]) -> float:
    """Return the F1 of two sets of words, 0 to 1; 1 for two empty ones."""
    if not wanted and not found:
        return 1.0
    return 2 * len(wanted & found) / (len(wanted) + len(found))
