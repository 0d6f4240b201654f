"""What a person put right, in place of what the models understood. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pipelines.core.types import Caption, Evidence, Stage, Transcript

CORRECTABLE = frozenset({Stage.TRANSCRIBE, Stage.CAPTION})
"""Stages whose words a person can put right."""
_UNTOUCHED = frozenset({Stage.SPEECH_EMOTION, Stage.OCR, Stage.DETECT})
"""Stages that read the input itself: other words for it change nothing about what they found."""


def words_of(item: Evidence) -> str:
    """Return the transcript or caption that evidence holds; "" for anything else."""
    return item.value.text if isinstance(item.value, Transcript | Caption) else ""


def words_heard(evidence: Iterable[Evidence]) -> str:
    """Return the words of the recording that evidence holds; "" where none were heard."""
    return next((words_of(item) for item in evidence if item.kind == Stage.TRANSCRIBE), "")


def apply_correction(item: Evidence, text: str) -> Evidence:
    """Return a transcript or caption with a person's words in place of the model's; those are sure.

    What the model had said stays in `original`, also when the words are put right a second time. Evidence
    of other stages is returned as it is.
    """
    if item.kind not in CORRECTABLE or text == words_of(item):
        return item
    original = words_of(item) if item.original is None else item.original
    value: Transcript | Caption = Caption(text, 1.0)
    if item.kind == Stage.TRANSCRIBE:
        value = Transcript(text, _language(item, text), 1.0)
    return replace(item, value=value, confidence=1.0, error=None, original=original, translations={})


def _language(item: Evidence, text: str) -> str:
    """Return the recording's language, unless the new words are plainly of another than the old."""
    from pipelines.text.language import detect_language

    found = detect_language(text)
    heard = item.value
    if isinstance(heard, Transcript) and heard.text and detect_language(heard.text) == found:
        return heard.language
    return found


def known_evidence(evidence: Iterable[Evidence], corrections: Mapping[str, str]) -> tuple[Evidence, ...]:
    """Return what needs not be worked out again when a turn is answered with corrected words.

    That is the corrected words themselves, what was found in the sound or in the picture beside them, and
    everything about the other inputs. Failed stages run again.

    Args:
        evidence: What had been understood.
        corrections: The right words by source: "voice", "picture 1", ...
    """
    known = []
    for item in evidence:
        text = corrections.get(item.source)
        if text is not None and item.kind in CORRECTABLE:
            known.append(apply_correction(item, text))
        elif item.error is None and (text is None or item.kind in _UNTOUCHED):
            known.append(item)
    return tuple(known)
