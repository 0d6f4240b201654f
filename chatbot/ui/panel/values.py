"""One stage's finding as text and bars."""

from __future__ import annotations

import re
from typing import assert_never

from chatbot.ui.markup import escape, meter
from chatbot.ui.panel.boxes import objects_markup
from chatbot.ui.words import Words
from pipelines.core.types import (
    Caption,
    Detections,
    Distribution,
    EvidenceValue,
    OcrText,
    Sentiment,
    Transcript,
)

TOP_LABELS = 3
FOLD_AT = 420
_WORD_END = re.compile(r"\s\S*$")


def value_markup(
    value: EvidenceValue | None, words: Words, *, certain: bool = False, told: str | None = None
) -> str:
    """Return what was found, then how surely.

    Args:
        value: The finding.
        words: What the page says.
        certain: Whether a person wrote it, so that no bar is due.
        told: A caption in the person's language; None where it is in that language, or not translated.
    """
    if value is None:
        return ""
    if isinstance(value, Transcript):
        return _transcript(value, words, certain)
    if isinstance(value, Distribution):
        return _distribution(value, words)
    if isinstance(value, Sentiment):
        return meter(words.labels.emotion(value.label), value.score, strong=True)
    if isinstance(value, Caption):
        sure = None if certain else value.confidence
        shown = quote(value.text, words) if told is None else quote(told, words) + _untranslated(value, words)
        return shown + ("" if sure is None else meter(words.panel.confidence, sure))
    if isinstance(value, OcrText):
        return _ocr(value, words)
    if isinstance(value, Detections):
        return objects_markup(value, words)
    assert_never(value)


def quote(text: str, words: Words) -> str:
    """Return words of a person, a picture or a model as they are; a long text folds after its start."""
    start = _start(text)
    rest = text[len(start) :]
    if rest:
        label = escape(words.understood.card.rest(len(rest)))
        rest = f'<details class="trio-fold"><summary>{label}</summary>{escape(rest.lstrip())}</details>'
    return f'<blockquote dir="auto">{escape(start)}{rest}</blockquote>'


def _untranslated(caption: Caption, words: Words) -> str:
    """Return a caption as the model wrote it, behind a disclosure."""
    label, text = escape(words.understood.card.untranslated), escape(caption.text)
    return (
        f'<details class="trio-original"><summary>{label}</summary><span dir="auto">{text}</span></details>'
    )


def _start(text: str) -> str:
    """Return as much of a text as is shown at once, cut between words where there are any."""
    if len(text) <= FOLD_AT * 1.25:
        return text
    return _WORD_END.sub("", text[:FOLD_AT]) or text[:FOLD_AT]


def _transcript(value: Transcript, words: Words, certain: bool) -> str:
    if not value.text.strip():
        return f'<p class="trio-muted">{escape(words.panel.no_speech)}</p>'
    language = words.labels.language(value.language)
    if certain:
        return quote(value.text, words)
    sure = value.language_probability
    bar = f'<p class="trio-muted">{escape(language)}</p>' if sure is None else meter(language, sure)
    return quote(value.text, words) + bar


def _ocr(value: OcrText, words: Words) -> str:
    if not value.text.strip():
        return f'<p class="trio-muted">{escape(words.panel.no_text)}</p>'
    surest = [box.confidence for box in value.boxes]
    bar = meter(words.panel.confidence, sum(surest) / len(surest)) if surest else ""
    return quote(value.text, words) + bar


def _distribution(value: Distribution, words: Words) -> str:
    ranked = sorted(value.scores.items(), key=lambda pair: pair[1], reverse=True)[:TOP_LABELS]
    if not ranked:
        ranked = [(value.label, value.confidence)]
    return "".join(
        meter(words.labels.emotion(label), score, strong=label == value.label) for label, score in ranked
    )
