"""The evidence panel: every kind of evidence, and nothing from outside as markup."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from chatbot.turn.events import EmotionSource, FusedContext, FusedEmotion, Reply, Timings
from chatbot.ui import panel
from chatbot.ui.markup import escape, meter, notice, percent, plain
from chatbot.ui.panel.unfinished import live
from chatbot.ui.words import words_for
from pipelines.core.types import (
    Audio,
    Caption,
    Detection,
    Detections,
    Distribution,
    Evidence,
    EvidenceValue,
    Image,
    OcrText,
    Sentiment,
    Stage,
    TextBox,
    Transcript,
    Turn,
)
from pipelines.image.detect import SURE

WORDS = words_for("en")
HOSTILE = "<img src=x onerror=\"alert('1')\"></section><script>alert(1)</script>&"
TAGS = re.compile(r"<\s*(img|script)\b", re.IGNORECASE)


DOGS = "Two dogs on a beach."
TOLD = Evidence(
    Stage.CAPTION, "picture 1", Caption(DOGS, 0.42), 0.42, "m", 0.1, translations={"zh": "两只狗在沙滩上。"}
)
SEEN = Detections(
    (
        Detection("person", (0, 0, 100, 150), 0.9),
        Detection("dog", (100, 50, 200, 100), 0.8),
        Detection("person", (300, 0, 400, 200), 0.7),
        Detection("cup", (380, 180, 390, 190), SURE - 0.01),
    ),
    400,
    200,
)


def evidence(
    kind: Stage, source: str, value: EvidenceValue | None, *, model: str = "a model", error: str | None = None
) -> Evidence:
    return Evidence(kind, source, value, None, model, 0.25, error)


def reply(*items: Evidence, emotion: FusedEmotion | None = None) -> Reply:
    context = FusedContext("", "", (), (), emotion, "en", items)
    timings = Timings({}, first_text=0.51, first_audio=0.94, text_done=1.2, total=2.5)
    return Reply("Hello.", context, timings, {"generate": "SmolLM2-135M"})


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        (
            evidence(Stage.TRANSCRIBE, "voice", Transcript("Good morning.", "en", 0.97)),
            ["Good morning.", "97 %"],
        ),
        (evidence(Stage.TRANSCRIBE, "voice", Transcript("", "en", 0.5)), [WORDS.panel.no_speech]),
        (
            evidence(Stage.SPEECH_EMOTION, "voice", Distribution("sad", 0.6, {"calm": 0.3, "sad": 0.6})),
            ["sad", "60 %", "calm", "30 %"],
        ),
        (evidence(Stage.SENTIMENT, "text", Sentiment("negative", 0.88)), ["negative", "88 %"]),
        (evidence(Stage.CAPTION, "picture 1", Caption("Two dogs on a beach.", 0.42)), ["Two dogs", "42 %"]),
        (
            evidence(Stage.OCR, "picture 1", OcrText("EXIT", (TextBox("EXIT", 0.9, ()),))),
            ["EXIT", "90 %"],
        ),
        (evidence(Stage.OCR, "picture 1", OcrText("")), [WORDS.panel.no_text]),
        (
            evidence(Stage.DETECT, "picture 1", SEEN),
            ["2 people, 1 dog", "Perhaps also: 1 cup"],
        ),
        (evidence(Stage.DETECT, "picture 1", Detections((), 9, 9)), [WORDS.understood.objects.none]),
        (evidence(Stage.CAPTION, "picture 1", None, error="The picture is too small."), ["too small"]),
    ],
)
def test_each_kind_of_evidence_is_shown_with_model_and_seconds(item: Evidence, shown: list[str]) -> None:
    markup = panel.render(reply(item), WORDS)
    for part in [*shown, "a model", "0.25 s", WORDS.source_title(item.source)]:
        assert escape(part) in markup


def test_a_danger_is_shown_and_that_there_is_none_is_not() -> None:
    scores = {"none": 0.1, "self-harm": 0.8, "violence": 0.06, "emergency": 0.04}
    for label, shown in (("self-harm", True), ("none", False)):
        item = evidence(Stage.DANGER, "text", Distribution(label, scores[label], scores))
        title = WORDS.panel.stage(Stage.DANGER)
        assert (title in panel.render(reply(item), WORDS)) == shown
        assert (title in live([item], [], WORDS, thinking=False)) == shown


def test_only_the_three_surest_emotions_are_listed_the_surest_first() -> None:
    scores = {"fear": 0.05, "joy": 0.5, "love": 0.3, "anger": 0.15}
    markup = panel.render(
        reply(evidence(Stage.TEXT_EMOTION, "text", Distribution("joy", 0.5, scores))), WORDS
    )
    assert markup.index("joy") < markup.index("love") < markup.index("anger")
    assert "fear" not in markup


def test_the_mood_shows_its_sources_weights_and_disagreement() -> None:
    sources = (EmotionSource("text", "happy", 0.8, 0.7), EmotionSource("voice sound", "sad", 0.6, 0.3))
    mood = FusedEmotion("happy", 0.66, {"happy": 0.66}, sources, "They differ.")
    markup = panel.render(reply(emotion=mood), WORDS)
    for part in (
        "66 %",
        "weight 70 %",
        "weight 30 %",
        "tone of voice",
        "Your words sound happy, but your voice sounds sad.",
    ):
        assert part in markup
    assert "trio-flag" not in panel.render(reply(emotion=replace(mood, disagreement=None)), WORDS)


def test_the_timing_and_the_models_are_shown() -> None:
    markup = panel.render(reply(), WORDS)
    for part in ("0.51 s", "0.94 s", "1.20 s", "2.50 s", "SmolLM2-135M"):
        assert part in markup


def test_a_turn_that_ended_early_shows_what_there_was() -> None:
    failed = replace(reply(), context=None)
    item = evidence(Stage.TRANSCRIBE, "voice", None, error="The recording is broken.")
    assert "The recording is broken." in panel.render(failed, WORDS, [item])
    assert WORDS.panel.nothing in panel.render(failed, WORDS)


def test_pictures_come_in_their_order_after_words_and_voice() -> None:
    sources = ["picture 10", "picture 2", "voice", "text"]
    items = [evidence(Stage.CAPTION, source, Caption("A thing.", 0.5)) for source in sources]
    markup = panel.render(reply(*items), WORDS)
    titles = [WORDS.source_title(source) for source in ("text", "voice", "picture 2", "picture 10")]
    places = [markup.index(title) for title in titles]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "item",
    [
        evidence(Stage.TRANSCRIBE, "voice", Transcript(HOSTILE, HOSTILE, 0.9), model=HOSTILE),
        evidence(Stage.TEXT_EMOTION, HOSTILE, Distribution(HOSTILE, 0.5, {HOSTILE: 0.5})),
        evidence(Stage.SENTIMENT, "text", Sentiment(HOSTILE, 0.5)),
        evidence(Stage.CAPTION, "picture 1", Caption(HOSTILE, 0.5)),
        evidence(Stage.OCR, "picture 1", OcrText(HOSTILE, (TextBox(HOSTILE, 0.5, ()),))),
        evidence(Stage.OCR, "picture 1", None, error=HOSTILE),
        evidence(Stage.DETECT, "picture 1", Detections((Detection(HOSTILE, (0, 0, 9, 9), 0.9),), 9, 9)),
    ],
)
def test_nothing_that_was_understood_becomes_markup(item: Evidence) -> None:
    mood = FusedEmotion(HOSTILE, 0.5, {}, (EmotionSource(HOSTILE, HOSTILE, 0.5, 1.0),), HOSTILE)
    done = replace(reply(item, emotion=mood), models={HOSTILE: HOSTILE})
    for markup in (
        panel.render(done, WORDS),
        panel.live([item], [(Stage.OCR, HOSTILE)], WORDS, thinking=False),
    ):
        assert not TAGS.search(markup)
        assert markup.count("<section") == markup.count("</section")
        assert "onerror=&quot;" in markup or "onerror=" not in markup


def test_words_of_people_and_notices_are_escaped() -> None:
    for markup in (plain(HOSTILE), notice(HOSTILE, HOSTILE), meter(HOSTILE, 0.5)):
        assert not TAGS.search(markup)
        assert '"alert' not in markup


def test_the_live_line_tells_what_is_done_and_what_is_running() -> None:
    sound = Audio(np.zeros(16000, np.float32), 16000)
    picture = Image(np.zeros((2, 2, 3), np.uint8))
    waiting = panel.expected(Turn(text="Hi", images=(picture, picture), audio=sound))
    assert len(waiting) == 10
    first = evidence(Stage.CAPTION, "picture 2", Caption("A dog.", 0.5))
    markup = panel.live([first], waiting, WORDS, thinking=False)
    assert markup.count("trio-done") == 1
    assert markup.count("trio-pending") == 9
    assert "Looking at picture 1" in markup
    assert "Looking at picture 2" not in markup
    assert WORDS.panel.thinking in panel.live([first], waiting, WORDS, thinking=True)


@pytest.mark.parametrize(
    ("share", "shown"), [(0.0, "0 %"), (0.001, "<1 %"), (0.5, "50 %"), (0.997, "99 %"), (1.0, "100 %")]
)
def test_percentages_are_never_rounded_up_to_certainty(share: float, shown: str) -> None:
    assert percent(share) == shown


@pytest.mark.parametrize("share", [-0.5, 1.5])
def test_a_bar_never_leaves_its_track(share: float) -> None:
    width = re.search(r"width:([\d.]+)%", meter("x", share))
    assert width is not None
    assert 0 <= float(width[1]) <= 100


def test_a_translated_caption_is_shown_with_the_original_behind_it() -> None:
    chinese = words_for("zh")
    card = panel.render(reply(TOLD), chinese, turn="t", links={"picture 1": "/p.jpg"})
    assert '<blockquote dir="auto">两只狗在沙滩上。</blockquote>' in card
    assert f"<summary>{chinese.understood.card.untranslated}</summary>" in card
    assert f'<span dir="auto">{DOGS}</span></details>' in card
    assert 'alt="您的图片：两只狗在沙滩上。"' in card
    assert ">两只狗在沙滩上。</textarea>" in card
    assert "42 %" in card


def test_who_reads_english_and_writes_english_sees_the_caption_alone() -> None:
    card = panel.render(reply(TOLD), WORDS, turn="t")
    assert f'<blockquote dir="auto">{DOGS}</blockquote>' in card
    assert "两只狗" not in card
    assert WORDS.understood.card.untranslated not in card


def test_who_writes_chinese_on_an_english_page_sees_the_translation() -> None:
    given = reply(TOLD)
    assert given.context is not None
    spoken = replace(given, context=replace(given.context, language="zh"))
    assert '<blockquote dir="auto">两只狗在沙滩上。</blockquote>' in panel.render(spoken, WORDS)


def test_a_translation_is_told_as_it_is_and_not_under_a_corrected_caption() -> None:
    hostile = replace(TOLD, translations={"zh": HOSTILE})
    assert not TAGS.search(panel.render(reply(hostile), words_for("zh"), turn="t"))
    corrected = panel.render(reply(TOLD), words_for("zh"), turn="t", corrections={"picture 1": "两只猫。"})
    assert "两只狗" not in corrected
    assert '<blockquote dir="auto">两只猫。</blockquote>' in corrected
