"""The transcript while it is written: raw segments of the model to tidy text with its times."""

from __future__ import annotations

import re
from typing import Any

from pipelines.core.types import Segment, SpeechEncoding, Transcript
from pipelines.speech.languages import Stretch
from pipelines.speech.vad import NEAR_CUT_SECONDS, SAMPLE_RATE, Speech
from pipelines.text.scripts import simplified

COMPRESSION = 2.4
"""A text that compresses better than this repeats itself."""
PROMPTS = {"zh": "以下是普通话的句子。"}
UNSPACED = frozenset({"zh", "ja"})
SILENT = Transcript("", "en", 0.0)
_LOOP = re.compile(r"(.{1,30}?)\1{5,}", re.DOTALL)


def goes_over(found: Any, cut: int) -> bool:
    """Whether a segment has words on both sides of a cut, in samples from the segments' beginning."""
    at = cut / SAMPLE_RATE
    return bool(found.start < at - NEAR_CUT_SECONDS and found.end > at + NEAR_CUT_SECONDS)


class Written:
    """The transcript while it grows.

    Args:
        speech: Where the segments' times lie in the recording.
    """

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._stretches: list[Stretch] = []
        self._segments: list[Segment] = []
        self._text, self._last = "", ""

    @property
    def language(self) -> str | None:
        """Language of the last stretch; None before the first."""
        return self._stretches[-1].language if self._stretches else None

    def begin(self, stretch: Stretch) -> None:
        """Begin a stretch of speech."""
        self._stretches.append(stretch)

    def add(self, found: Any, offset: float, language: str) -> bool:
        """Add a segment of the model's, `offset` seconds into the speech; return whether it has words."""
        text = tidy(found.text, language, looping=found.compression_ratio > COMPRESSION)
        if not text:
            return False
        times = self._speech.original_times(offset + found.start, offset + found.end)
        self._segments.append(Segment(*times, text))
        glue = "" if {self._last or language, language} <= UNSPACED else " "
        self._text += (glue if self._last else "") + text
        self._last = language
        return True

    def transcript(self, encoding: SpeechEncoding | None = None) -> Transcript:
        """Return what there is; the language is the one that was spoken longest so far."""
        if not any(char.isalnum() for char in self._text):
            return SILENT
        lengths: dict[str, int] = {}
        for each in self._stretches:
            lengths[each.language] = lengths.get(each.language, 0) + each.end - each.start
        language = max(lengths, key=lambda code: lengths[code])
        probability = next(each.probability for each in self._stretches if each.language == language)
        return Transcript(self._text, language, probability, tuple(self._segments), encoding)


def tidy(text: str, language: str, *, looping: bool = False) -> str:
    """Return a segment's text without the prompt and loops; Chinese in simplified script.

    Args:
        text: As the model wrote it.
        language: ISO 639-1 code.
        looping: Whether the text compresses so well that the model must have repeated itself.
    """
    if prompt := PROMPTS.get(language):
        text = text.replace(prompt, "")
    if looping:
        text = _LOOP.sub(r"\1", text)
    if language == "zh":
        text = simplified(text)
    return text.strip()
