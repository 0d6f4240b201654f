"""Fusion of evidence."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.turn.fusion import COMMON, LABELS, fuse, fuse_emotions
from pipelines.core.types import (
    Audio,
    Caption,
    Distribution,
    Evidence,
    Image,
    Sentiment,
    Stage,
    Transcript,
    Turn,
)
from pipelines.speech.emotion import TEXT_LABELS

IMAGE = Image(np.zeros((4, 4, 3), np.uint8))
AUDIO = Audio(np.zeros(10, np.float32), 16_000)


def ev(kind: Stage, source: str, value: object, error: str | None = None) -> Evidence:
    return Evidence(kind, source, value, None, "m", 0.1, error)  # type: ignore[arg-type]


def dist(label: str, p: float, rest: str = "surprise") -> Distribution:
    return Distribution(label, p, {label: p, rest: 1 - p})


def words(source: str, emotion: str, sentiment: str, p: float = 0.95) -> list[Evidence]:
    return [
        ev(Stage.TEXT_EMOTION, source, dist(emotion, p)),
        ev(Stage.SENTIMENT, source, Sentiment(sentiment, p)),
    ]


def test_one_source_decides_alone() -> None:
    fused = fuse_emotions(words("text", "joy", "positive"))
    assert fused is not None
    assert fused.label == "happy"
    assert fused.sources[0].weight == pytest.approx(1.0)
    assert sum(fused.scores.values()) == pytest.approx(1.0)
    assert set(fused.scores) == set(LABELS)


def test_words_and_voice_that_differ_are_flagged() -> None:
    evidence = [
        *words("voice", "joy", "positive"),
        ev(Stage.SPEECH_EMOTION, "voice", dist("sad", 0.9, "neutral")),
    ]
    fused = fuse_emotions(evidence)
    assert fused is not None
    assert fused.disagreement == "The words sound happy, but the voice sounds sad."
    assert sum(source.weight for source in fused.sources) == pytest.approx(1.0)


def test_words_and_voice_of_one_mind_are_not_flagged() -> None:
    evidence = [
        *words("voice", "sadness", "negative"),
        ev(Stage.SPEECH_EMOTION, "voice", dist("sad", 0.9, "calm")),
    ]
    fused = fuse_emotions(evidence)
    assert fused is not None and fused.label == "sad" and fused.disagreement is None


def test_a_sure_source_counts_more_than_an_unsure_one() -> None:
    unsure = Distribution("happy", 0.2, dict.fromkeys(("happy", "sad", "angry", "calm", "neutral"), 0.2))
    fused = fuse_emotions([*words("voice", "sadness", "negative"), ev(Stage.SPEECH_EMOTION, "voice", unsure)])
    assert fused is not None and fused.label == "sad"
    weights = {source.source: source.weight for source in fused.sources}
    assert weights["voice words"] > 2 * weights["voice sound"]


def test_words_without_strong_sentiment_are_neutral() -> None:
    """A question of fact gets some emotion from a classifier that has no label for none."""
    fused = fuse_emotions(words("text", "joy", "negative", 0.55))
    assert fused is not None and fused.label == "neutral"


def test_failed_evidence_counts_for_nothing() -> None:
    assert fuse_emotions([ev(Stage.TEXT_EMOTION, "text", None, "broken")]) is None


def test_context_keeps_pictures_in_order_and_the_language_of_the_voice() -> None:
    evidence = [
        ev(Stage.CAPTION, "picture 2", Caption("Two.", 0.5)),
        ev(Stage.TRANSCRIBE, "voice", Transcript("你好", "zh", 0.99)),
        ev(Stage.CAPTION, "picture 1", None, "broken"),
    ]
    context = fuse(Turn(images=(IMAGE, IMAGE), audio=AUDIO), evidence, "en")
    assert context.captions == ("", "Two.")
    assert context.ocr == ("", "")
    assert context.language == "zh" and context.words == "你好"
    assert len(context.evidence) == 3


def test_typed_words_decide_the_language() -> None:
    evidence = [ev(Stage.TRANSCRIBE, "voice", Transcript("你好", "zh", 0.99))]
    assert fuse(Turn("Hello", audio=AUDIO), evidence, "en").language == "en"


def test_voice_labels_map_to_the_words_as_fusion_does() -> None:
    assert set(TEXT_LABELS) <= set(LABELS)
    assert all(COMMON[text] == voice for voice, text in TEXT_LABELS.items() if text is not None)
