"""The panel's cards, timeline, mood line and forms, one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatbot.history import MoodPoint, Role, StoredMedia
from chatbot.turn.events import EmotionSource, FusedContext, FusedEmotion, Reply, Timings
from chatbot.ui import panel
from chatbot.ui.markup import meter
from chatbot.ui.panel.values import FOLD_AT
from pipelines.core.types import Caption, Distribution, Evidence, OcrText, Stage, Transcript
from tests.unit.ui.test_ui_panel import HOSTILE, WORDS, evidence, reply


def turn_reply(*items: Evidence, starts: Mapping[str, float]) -> Reply:
    stages = dict.fromkeys(starts, 0.5)
    timings = Timings(stages, first_text=1.0, first_audio=1.5, text_done=1.8, total=2.0, starts=starts)
    context = FusedContext("", "", (), (), None, "en", items)
    return Reply("Hello.", context, timings, {})


def test_a_bar_tells_a_screen_reader_its_name_and_figure() -> None:
    markup = meter("joy", 0.42)
    assert 'role="meter" aria-label="joy" aria-valuemin="0" aria-valuemax="100"' in markup
    assert 'aria-valuenow="42.0" aria-valuetext="42 %"' in markup


def test_a_long_text_folds_between_words_and_loses_nothing() -> None:
    text = " ".join(f"word{n}" for n in range(200))
    markup = panel.render(reply(evidence(Stage.OCR, "picture 1", OcrText(text))), WORDS)
    found = re.search(
        r'<blockquote dir="auto">(.*?)<details class="trio-fold"><summary>.*?</summary>(.*?)</details>',
        markup,
    )
    assert found is not None
    assert len(found[1]) <= FOLD_AT
    assert f"{found[1]} {found[2]}" == text
    short = panel.render(reply(evidence(Stage.OCR, "picture 1", OcrText("EXIT"))), WORDS)
    assert "trio-fold" not in short


def test_a_picture_and_a_recording_are_shown_where_they_have_an_address() -> None:
    caption = evidence(Stage.CAPTION, "picture 1", Caption("A cat.", 0.5))
    heard = evidence(Stage.TRANSCRIBE, "voice", Transcript("Hi.", "en", 0.9))
    links = {"picture 1": 'a"b.webp', "voice": "voice.wav"}
    markup = panel.render(reply(caption, heard), WORDS, links=links)
    assert '<img class="trio-thumb" src="a&quot;b.webp" alt="Your picture: A cat."' in markup
    assert '<audio class="trio-recording" controls preload="none" src="voice.wav"' in markup
    plain_markup = panel.render(reply(caption, heard), WORDS)
    assert "<img" not in plain_markup and "<audio" not in plain_markup


def test_several_recordings_have_no_player_because_they_were_heard_as_one() -> None:
    def file(name: str, role: Role) -> StoredMedia:
        return StoredMedia(name, role, name, "x/y", 1, "", Path(name))

    one = [file("a", Role.PICTURE), file("v", Role.RECORDING), file("b", Role.PICTURE), file("r", Role.REPLY)]
    assert {k: v.id for k, v in panel.source_files(one).items()} == {
        "picture 1": "a",
        "picture 2": "b",
        "voice": "v",
    }
    assert set(panel.source_files([*one, file("w", Role.RECORDING)])) == {"picture 1", "picture 2"}


def test_plain_words_come_before_the_bars() -> None:
    heard = evidence(Stage.TRANSCRIBE, "voice", Transcript("I am fine.", "en", 0.9))
    joy = evidence(Stage.TEXT_EMOTION, "voice", Distribution("joy", 0.9, {"joy": 0.9}))
    sources = (EmotionSource("voice words", "happy", 0.8, 0.6), EmotionSource("voice sound", "sad", 0.7, 0.4))
    mood = FusedEmotion("happy", 0.5, {}, sources, "They differ.")
    markup = panel.render(reply(joy, heard, emotion=mood), WORDS)
    parts = ["I am fine.", "Your words sound happy.", "Your voice sounds sad.", "Emotion"]
    places = [markup.index(part) for part in parts]
    assert places == sorted(places)


def test_shares_of_the_mood_have_patterns_and_names() -> None:
    sources = (EmotionSource("text", "happy", 0.8, 0.7), EmotionSource("voice sound", "sad", 0.6, 0.3))
    markup = panel.render(reply(emotion=FusedEmotion("happy", 0.66, {}, sources, "x")), WORDS)
    for number, share in enumerate(("70.0", "30.0")):
        assert f'<span class="trio-share-{number}" style="width:{share}%">' in markup
        assert f'<i class="trio-swatch trio-share-{number}"' in markup


def test_the_timeline_draws_each_stage_where_it_ran_and_is_a_table() -> None:
    starts = {"transcribe voice": 0.0, "caption picture 1": 0.25, "generate": 1.0, "speak": 1.25}
    markup = panel.render(turn_reply(starts=starts), WORDS)
    table = markup[markup.index("<table") : markup.index("</table>")]
    assert re.findall(r'<th scope="row">(.*?)</th>', table) == [
        "Your recording: Transcript",
        "Description of picture 1",
        "Writing replies",
        "Reading aloud",
    ]
    assert re.findall(r'class="trio-span[^"]*" style="left:([\d.]+)%;width:([\d.]+)%"', table) == [
        ("0.00", "25.00"),
        ("12.50", "25.00"),
        ("50.00", "25.00"),
        ("62.50", "37.50"),  # the voice goes on, with pauses, until the turn ends
    ]
    assert [float(x) for x in re.findall(r'trio-moment-text" style="left:([\d.]+)%', table)] == [50.0] * 4
    assert re.findall(r'<th scope="col"><span class="trio-unseen">(.*?)</span>', table) == [
        "Stage",
        "Start",
        "When",
        "Duration",
    ]
    assert "Up to 2 stages ran at the same time." in markup


def test_an_older_record_without_starts_lists_durations_alone() -> None:
    timings = Timings({"transcribe voice": 0.4, "generate": 0.2}, 0.5, None, 0.7, 0.7)
    heard = evidence(Stage.TRANSCRIBE, "voice", Transcript("Hi.", "en", 0.9))
    markup = panel.render(replace(reply(heard), timings=timings), WORDS)
    table = markup[markup.index("<table") : markup.index("</table>")]
    assert "trio-span" not in table and "0.40 s" in table
    assert WORDS.understood.card.taken_over not in markup


def test_evidence_that_was_not_found_in_this_turn_says_so() -> None:
    caption = evidence(Stage.CAPTION, "picture 1", Caption("A cat.", 0.5))
    markup = panel.render(turn_reply(caption, starts={"generate": 0.1}), WORDS)
    assert f"a model</span> · {WORDS.understood.card.taken_over}" in markup


def test_a_kept_turn_can_be_corrected_where_a_person_knows_better() -> None:
    items = [
        evidence(Stage.TRANSCRIBE, "voice", Transcript("I lost my joy.", "en", 0.9)),
        evidence(Stage.SPEECH_EMOTION, "voice", Distribution("sad", 0.6, {})),
        evidence(Stage.CAPTION, "picture 1", None, error="The picture is too small."),
        evidence(Stage.OCR, "picture 1", OcrText("EXIT")),
    ]
    markup = panel.render(reply(*items), WORDS, turn="T1")
    forms = re.findall(r'<form class="trio-correction" data-turn="(.*?)" data-source="(.*?)"', markup)
    assert forms == [("T1", "voice"), ("T1", "picture 1")]
    assert ">I lost my joy.</textarea>" in markup
    assert "<form" not in panel.render(reply(*items), WORDS)
    assert "<form" not in panel.render(replace(reply(), context=None), WORDS, items, turn="T1")


@pytest.mark.parametrize("later", [False, True])
def test_corrected_words_are_shown_with_the_original_struck_through(later: bool) -> None:
    heard = evidence(Stage.TRANSCRIBE, "voice", Transcript("my joy", "en", 0.9))
    if later:  # put right since: the version that was answered with the wrong words
        markup = panel.render(reply(heard), WORDS, corrections={"voice": "my job"})
    else:
        right = replace(heard, value=Transcript("my job", "en", 1.0), original="my joy")
        markup = panel.render(reply(right), WORDS)
    assert '<blockquote dir="auto">my job</blockquote>' in markup
    assert '<del dir="auto">my joy</del>' in markup
    assert WORDS.understood.correction.by_you in markup
    assert 'role="meter"' not in markup


def points(*valences: float, label: str = "happy", turn: str = "t") -> list[MoodPoint]:
    return [MoodPoint(f"{turn}{n}", n, label, 0.8, v) for n, v in enumerate(valences, start=1)]


def test_the_mood_line_needs_two_points() -> None:
    assert panel.mood_plot(points(0.5), WORDS) == ""
    assert panel.mood_plot([], WORDS) == ""


def test_the_mood_line_goes_through_its_points() -> None:
    markup = panel.mood_plot(points(1.0, 0.0, -1.0, 7.0), WORDS)
    assert 'points="12.50,0.00 37.50,50.00 62.50,100.00 87.50,0.00"' in markup
    assert re.findall(r'<li class="trio-mood-(\w+)" style="left:([\d.]+)%;top:([\d.]+)%"', markup) == [
        ("up", "12.50", "0.00"),
        ("level", "37.50", "50.00"),
        ("down", "62.50", "100.00"),
        ("up", "87.50", "0.00"),
    ]
    assert 'href="#turn-t3"' in markup
    assert (
        'aria-label="Message 3: happy, 80 % confidence; pleasantness \N{MINUS SIGN}1.00 from \N{MINUS SIGN}1 to 1"'
        in markup
    )


@pytest.mark.parametrize(
    ("last", "says"), [(0.9, "More pleasant"), (0.15, "About as pleasant"), (-0.9, "Less pleasant")]
)
def test_the_mood_line_says_in_words_how_the_mood_went(last: float, says: str) -> None:
    assert says in panel.mood_plot(points(0.0, last), WORDS)


HOSTILE_ITEMS = [
    evidence(Stage.TRANSCRIBE, "voice", Transcript(HOSTILE, HOSTILE, 0.9)),
    evidence(Stage.CAPTION, "picture 1", Caption(HOSTILE, 0.5)),
    evidence(Stage.OCR, "picture 1", OcrText(HOSTILE * 9)),
]


def hostile_views() -> dict[str, Any]:
    starts = {f"transcribe {HOSTILE}": 0.1, f"{HOSTILE} voice": 0.2, HOSTILE: 0.3}
    corrections = {"voice": HOSTILE * 2, "picture 1": HOSTILE * 2}
    links = {"voice": HOSTILE, "picture 1": HOSTILE}
    return {
        "form": panel.render(reply(*HOSTILE_ITEMS), WORDS, turn=HOSTILE),
        "corrected": panel.render(reply(*HOSTILE_ITEMS), WORDS, turn=HOSTILE, corrections=corrections),
        "files": panel.render(reply(*HOSTILE_ITEMS), WORDS, links=links),
        "timeline": panel.render(turn_reply(starts=starts), WORDS),
        "plot": panel.mood_plot(points(0.1, 0.9, label=HOSTILE, turn=HOSTILE), WORDS),
    }


@pytest.mark.parametrize("name", hostile_views())
def test_no_view_of_hostile_words_holds_their_markup(name: str) -> None:
    markup = hostile_views()[name]
    assert "&lt;script&gt;" in markup
    assert "<script" not in markup
    assert "onerror=&quot;" in markup and 'onerror="' not in markup
    for tag in ("section", "details", "form", "textarea", "figure", "table", "del"):
        assert len(re.findall(rf"<{tag}[ >]", markup)) == markup.count(f"</{tag}>")
