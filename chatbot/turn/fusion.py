"""Evidence of every modality to one context. Pure functions.

Emotions are merged late, as a weighted mean of each source's distribution over common labels. A
source's weight is its reliability times its certainty (one minus the normalised entropy), so that a
source that does not know counts little.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from chatbot.turn.events import EmotionSource, FusedContext, FusedEmotion
from pipelines.core.types import Caption, Distribution, Evidence, OcrText, Sentiment, Stage, Transcript, Turn

LABELS = ("neutral", "calm", "happy", "loving", "sad", "angry", "fearful", "disgusted", "surprised")
COMMON: Mapping[str, str] = {
    "joy": "happy",
    "love": "loving",
    "sadness": "sad",
    "anger": "angry",
    "fear": "fearful",
    "surprise": "surprised",
    "disgust": "disgusted",
}
POSITIVE, NEGATIVE = frozenset({"happy", "loving"}), frozenset({"sad", "angry", "fearful", "disgusted"})
RELIABILITY: Mapping[str, float] = {"text": 1.0, "voice words": 0.9, "voice sound": 0.7}
DISAGREEMENT_CONFIDENCE = 0.4
_MIN_WEIGHT = 1e-3
_T = TypeVar("_T")


def fuse(turn: Turn, evidence: Sequence[Evidence], language: str) -> FusedContext:
    """Merge the evidence of a turn; failed evidence is kept for the record and used for nothing.

    Args:
        turn: What was given.
        evidence: Every stage's finding, in any order.
        language: ISO 639-1 code of the typed words; a transcript's language counts where there are none.
    """
    transcript = _value(evidence, Stage.TRANSCRIBE, "voice", Transcript)
    numbers = range(1, len(turn.images) + 1)
    captions = [_value(evidence, Stage.CAPTION, f"picture {n}", Caption) for n in numbers]
    texts = [_value(evidence, Stage.OCR, f"picture {n}", OcrText) for n in numbers]
    typed = (turn.text or "").strip()
    spoken = transcript.text if transcript else ""
    return FusedContext(
        text=typed,
        transcript=spoken,
        captions=tuple(caption.text if caption else "" for caption in captions),
        ocr=tuple(text.text if text else "" for text in texts),
        emotion=fuse_emotions(evidence),
        language=language if typed or not (transcript and spoken) else transcript.language,
        evidence=tuple(evidence),
        unread=turn.unread,
    )


def _value(evidence: Iterable[Evidence], kind: Stage, source: str, cls: type[_T]) -> _T | None:
    found = (e.value for e in evidence if e.kind == kind and e.source == source)
    return next((value for value in found if isinstance(value, cls)), None)


def fuse_emotions(evidence: Sequence[Evidence]) -> FusedEmotion | None:
    """Return the merged emotion, or None where no source said anything."""
    found = {name: scores for name, scores in _sources(evidence) if scores is not None}
    if not found:
        return None
    raw = {name: max(_MIN_WEIGHT, RELIABILITY[name] * _certainty(scores)) for name, scores in found.items()}
    total = sum(raw.values())
    weights = {name: weight / total for name, weight in raw.items()}
    scores = {label: sum(weights[n] * found[n][label] for n in found) for label in LABELS}
    label = max(LABELS, key=scores.__getitem__)
    sources = tuple(
        EmotionSource(name, top := max(LABELS, key=found[name].__getitem__), found[name][top], weights[name])
        for name in found
    )
    return FusedEmotion(label, scores[label], scores, sources, _disagreement(sources))


def _sources(evidence: Sequence[Evidence]) -> list[tuple[str, dict[str, float] | None]]:
    return [
        ("text", _of_words(evidence, "text")),
        ("voice words", _of_words(evidence, "voice")),
        ("voice sound", _common(_value(evidence, Stage.SPEECH_EMOTION, "voice", Distribution))),
    ]


def _of_words(evidence: Sequence[Evidence], source: str) -> dict[str, float] | None:
    """Return the emotion of words with the share of "neutral", also of a classifier that has no such label.

    There the sentiment's strength stands in for it: words that are neither clearly good nor clearly bad
    express little.
    """
    found = _value(evidence, Stage.TEXT_EMOTION, source, Distribution)
    scores = _common(found)
    if found is None or scores is None or "neutral" in found.scores:
        return scores
    sentiment = _value(evidence, Stage.SENTIMENT, source, Sentiment)
    strength = 1.0 if sentiment is None else 2.0 * sentiment.score - 1.0
    if sentiment is not None:
        opposed = NEGATIVE if sentiment.label == "positive" else POSITIVE
        strength *= 1.0 - sum(scores[label] for label in opposed)
    strength = min(1.0, max(0.0, strength))
    mixed = {label: strength * score for label, score in scores.items()}
    mixed["neutral"] += 1.0 - strength
    return mixed


def _common(value: Distribution | None) -> dict[str, float] | None:
    """Return a distribution over `LABELS`; labels of the back-end that are not among them are renamed."""
    if value is None:
        return None
    scores = dict.fromkeys(LABELS, 0.0)
    for name, score in value.scores.items():
        label = COMMON.get(name, name)
        if label in scores:
            scores[label] += score
    total = sum(scores.values())
    return {label: score / total for label, score in scores.items()} if total > 0 else None


def _certainty(scores: Mapping[str, float]) -> float:
    entropy = -sum(p * math.log(p) for p in scores.values() if p > 0)
    return 1.0 - entropy / math.log(len(scores))


def disagreeing(sources: Sequence[EmotionSource]) -> tuple[EmotionSource, EmotionSource] | None:
    """Return the words and the voice that are surely on opposite sides, or None."""
    sound = next((s for s in sources if s.source == "voice sound"), None)
    if sound is None or sound.confidence < DISAGREEMENT_CONFIDENCE:
        return None
    for words in sources:
        if words is sound or words.confidence < DISAGREEMENT_CONFIDENCE:
            continue
        if {_side(words.label), _side(sound.label)} == {"positive", "negative"}:
            return words, sound
    return None


def _disagreement(sources: Sequence[EmotionSource]) -> str | None:
    if (pair := disagreeing(sources)) is None:
        return None
    words, sound = pair
    return f"The words sound {words.label}, but the voice sounds {sound.label}."


def _side(label: str) -> str:
    if label in POSITIVE:
        return "positive"
    return "negative" if label in NEGATIVE else "neutral"
