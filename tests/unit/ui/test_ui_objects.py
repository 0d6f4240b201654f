"""Objects over the picture and in words, in both languages."""

from __future__ import annotations

import json
import re

import pytest

from chatbot.ui.panel.boxes import MOST, MOST_TOLD, boxed, objects_markup, with_objects
from chatbot.ui.words import words_for
from pipelines.core.assets import MODELS
from pipelines.core.types import Detection, Detections
from pipelines.image.detect import SURE
from pipelines.image.places import PLACES
from pipelines.text.seen import counted

ENGLISH, CHINESE = words_for("en"), words_for("zh")
LABELS = json.loads((MODELS / "centernet" / "labels.json").read_text("utf-8"))
IMAGE = '<img src="a.webp">'
PERSON = Detection("person", (0, 50, 100, 150), 0.9)
DOG = Detection("dog", (300, 150, 400, 200), 0.8)
CUP = Detection("cup", (190, 90, 210, 110), SURE - 0.01)
FOUND = Detections((PERSON, DOG, CUP), 400, 200)


def test_each_object_is_drawn_where_it_is_and_guesses_look_like_guesses() -> None:
    markup = boxed(IMAGE, FOUND, ENGLISH)
    assert IMAGE in markup and 'aria-hidden="true"' in markup
    boxes = re.findall(r'class="([^"]+)" style="([^"]+)"><span>([^<]+)', markup)
    assert boxes == [
        ("trio-box trio-box-unsure", "left:47.5%;top:45.0%;width:5.0%;height:10.0%", "cup 39 %"),
        ("trio-box", "left:75.0%;top:75.0%;width:25.0%;height:25.0%", "dog 80 %"),
        ("trio-box", "left:0.0%;top:25.0%;width:25.0%;height:50.0%", "person 90 %"),
    ]
    assert "狗 80 %" in boxed(IMAGE, FOUND, CHINESE)


def test_a_picture_without_objects_stays_as_it_is_and_a_crowd_has_its_limit() -> None:
    assert boxed(IMAGE, None, ENGLISH) == boxed(IMAGE, Detections((), 9, 9), ENGLISH) == IMAGE
    crowd = Detections((PERSON,) * 60, 400, 200)
    assert boxed(IMAGE, crowd, ENGLISH).count("<img") == 1
    assert boxed(IMAGE, crowd, ENGLISH).count('class="trio-box"') == MOST


def test_objects_are_counted_in_words() -> None:
    assert objects_markup(FOUND, ENGLISH) == (
        '<p>1 person, 1 dog</p><p class="trio-muted">Perhaps also: 1 cup</p>'
    )
    assert "<p>1 个人、1 只狗</p>" in objects_markup(FOUND, CHINESE)
    assert CHINESE.understood.objects.none in objects_markup(Detections((), 9, 9), CHINESE)


def test_who_cannot_see_the_picture_hears_what_is_in_it_and_where() -> None:
    told = with_objects("Your picture: A cat.", FOUND, ENGLISH)
    assert told == "Your picture: A cat. Objects: 1 person on the left, 1 dog at the bottom right."
    assert with_objects("您的图片：猫。", FOUND, CHINESE) == (
        "您的图片：猫。图中物体：左侧有 1 个人、右下方有 1 只狗。"
    )
    for nothing in (None, Detections((), 9, 9), Detections((CUP,), 400, 200)):
        assert with_objects("A cat.", nothing, ENGLISH) == "A cat."
    crowd = Detections((PERSON,) * (MOST_TOLD + 3), 400, 200)
    assert with_objects("A crowd", crowd, ENGLISH).endswith(", 3 people.")


@pytest.mark.parametrize("words", [ENGLISH, CHINESE])
def test_every_place_has_its_words(words: object) -> None:
    said = words.understood.objects  # type: ignore[attr-defined]
    assert set(said.places) == set(PLACES)


def test_every_kind_has_a_chinese_name_of_its_own_and_a_measure_word() -> None:
    said = CHINESE.understood.objects
    names = [said.name(label) for label in LABELS]
    assert len(LABELS) == len(set(names)) == 80
    for label, name in zip(LABELS, names, strict=True):
        assert not re.search("[A-Za-z]", name), label
        assert re.fullmatch(rf"2 \w{re.escape(name)}", said.counted(label, 2)), label
    assert said.counted("unicorn", 1) == "1 个unicorn"


def test_english_has_its_own_form_for_several() -> None:
    said = ENGLISH.understood.objects
    for label in LABELS:
        assert [said.counted(label, n) for n in (1, 2)] == [counted(said.name(label), n) for n in (1, 2)]
    assert [said.counted("unicorn", n) for n in (1, 2)] == ["1 unicorn", "2 unicorns"]
