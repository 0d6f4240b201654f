"""The rules of benchmarks.mind let right replies pass and no wrong ones, in English and Chinese."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.mind import pictures, words
from benchmarks.mind.pictures import PictureQuestion
from benchmarks.mind.prompts import gsm8k_broken
from benchmarks.mind.rules import broken

RIGHT: list[tuple[dict[str, Any], str, str, str]] = [
    ({"any": ["canberra"]}, "en", "", "The capital is Canberra, not Sydney."),
    ({"any": ["堪培拉"]}, "zh", "", "澳大利亚的首都是堪培拉，不是悉尼。"),
    ({"any": ["re:(?-i:\\bAu\\b)"]}, "en", "", "It is **Au**."),
    ({"any": ["re:h[2₂]o"]}, "zh", "", "H₂O"),
    ({"all": ["egg|eggs", "milk"]}, "en", "", "You bought eggs and milk."),
    ({"all": ["黑", "白"]}, "zh", "", "黑色和白色。"),
    ({"none": ["sydney"]}, "en", "", "It is Canberra."),
    ({"number": 8}, "en", "", "A spider has eight legs."),
    ({"number": 8}, "zh", "", "蜘蛛有八条腿。"),
    ({"number": 3600}, "zh", "", "一小时有3,600秒。"),
    ({"result": 56}, "en", "What is 7 times 8?", "7 × 8 = 56."),
    ({"result": 56}, "en", "What is 7 times 8?", "Fifty-six! Seven times eight, that is."),
    ({"result": 56}, "zh", "7乘以8是多少？", "七乘以八等于五十六。"),
    ({"result": 4.5}, "en", "From 2 to 6:30?", "It takes 4.5 hours."),
    ({"json": {"name": "Mia", "age": 9}}, "en", "", '```json\n{"name": "Mia", "age": 9}\n```'),
    ({"words": 5}, "en", "", "Blue, wide, deep and calm."),
    ({"words": 4}, "zh", "", "画蛇添足。"),
    ({"max_words": 3}, "zh", "", "不是。"),
    ({"sentences": 1}, "en", "", "The sun, e.g. ours, is a star of 4.6 billion years."),
    ({"sentences": 1}, "zh", "", "月亮是地球的卫星，夜里发光。"),
    ({"items": 3, "marked": True}, "en", "", "1. Red\n2. Yellow\n3. Blue"),
    ({"items": 3}, "zh", "", "苹果、香蕉和梨。"),
    ({"items": 3, "lines": True}, "zh", "", "苹果\n香蕉\n梨"),
    ({"starts": ["no"]}, "en", "", "No, it is smaller."),
    ({"starts": ["不是", "否"]}, "zh", "", "不是。"),
    ({"language": "zh"}, "en", "", "巴黎。"),
    ({"any": ["莫斯科"]}, "zh", "", "俄罗斯的首都是莫斯科（Moscow）。"),
]
WRONG: list[tuple[dict[str, Any], str, str, str, str]] = [
    ({"any": ["canberra"]}, "en", "", "The capital is Sydney, not Canberra.", "any"),
    ({"any": ["堪培拉"]}, "zh", "", "首都是悉尼，不是堪培拉。", "any"),
    ({"any": ["re:(?-i:\\bAu\\b)"]}, "en", "", "It is Ag, au revoir.", "any"),
    ({"any": ["yen"]}, "en", "", "The Yenisei.", "any"),
    ({"all": ["黑", "白"]}, "zh", "", "黑色和红色。", "all"),
    ({"none": ["sydney"]}, "en", "", "It is Sydney.", "none"),
    ({"number": 8}, "en", "", "A spider has 18 legs.", "number"),
    ({"number": 8}, "zh", "", "蜘蛛有十八条腿。", "number"),
    ({"result": 56}, "en", "What is 7 times 8?", "7 × 8 = 54.", "result"),
    ({"result": 56}, "en", "What is 7 times 8?", "It is 49, 56 or 63.", "result"),
    ({"result": 56}, "zh", "7乘以8是多少？", "七乘以八等于五十四。", "result"),
    ({"json": {"name": "Mia", "age": 9}}, "en", "", 'Here it is: {"name": "Mia", "age": 9}', "json"),
    ({"json": {"name": "Mia", "age": 9}}, "en", "", '{"name": "Mia", "age": 8}', "json"),
    ({"words": 5}, "en", "", "The sea is blue, wide and deep.", "words"),
    ({"words": 4}, "zh", "", "成语是画蛇添足。", "words"),
    ({"sentences": 1}, "en", "", "It is a star. It is hot!", "sentences"),
    ({"sentences": 1}, "zh", "", "月亮是卫星。它很亮。", "sentences"),
    ({"items": 3, "marked": True}, "en", "", "Red, yellow, blue", "marked"),
    ({"items": 3}, "zh", "", "苹果、香蕉、梨、桃。", "items"),
    ({"starts": ["no"]}, "en", "", "Nothing of the kind, yes.", "starts"),
    ({"starts": ["是"]}, "zh", "", "是不是呢？", "starts"),
    ({}, "zh", "", "The capital of Russia is Moscow.", "language"),
    ({}, "en", "", "俄罗斯的首都是莫斯科。", "language"),
    ({}, "en", "", " ", "empty"),
]


@pytest.mark.parametrize(("check", "language", "ask", "reply"), RIGHT)
def test_right_replies_pass(check: dict[str, Any], language: str, ask: str, reply: str) -> None:
    assert broken(check, reply, language, ask) == []


@pytest.mark.parametrize(("check", "language", "ask", "reply", "rule"), WRONG)
def test_wrong_replies_break_the_rule(
    check: dict[str, Any], language: str, ask: str, reply: str, rule: str
) -> None:
    assert rule in broken(check, reply, language, ask)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("56, fifty-six and 五十六", [56, 56, 56]),
        ("1,234.5 or two hundred and five", [1234.5, 205]),
        ("一百零八，两千三百，三十万，30万，二点五", [108, 2300, 300000, 300000, 2.5]),
        ("7-8 is -1", [7, 8, -1]),
        ("about .75 or 0.75", [0.75, 0.75]),
        ("二〇〇八年", [2008]),
        ("no numbers, nothing", []),
    ],
)
def test_numbers(text: str, found: list[float]) -> None:
    assert words.numbers(text) == found


def test_gsm8k_takes_the_number_after_answer_else_the_last() -> None:
    assert gsm8k_broken("16 - 3 - 4 = 9, 9 * 2 = 18.\nAnswer: $18 a day, 7 days a week", 18.0) == []
    assert gsm8k_broken("So she makes **18** dollars.", 18.0) == []
    assert gsm8k_broken("18 eggs, Answer: 20", 18.0) == ["number"]
    assert gsm8k_broken("I do not know.", 18.0) == ["number"]


SLED = PictureQuestion("a", "en", "A dog pulls a sled", "What does it pull?", ("sled",))
COLOUR = PictureQuestion("b", "zh", "A red ball", "什么颜色？", ("红",))
NAME = PictureQuestion("c", "en", "A dog", "What is its name?", ())


@pytest.mark.parametrize(
    ("asked", "reply", "found"),
    [
        (SLED, "It is pulling a sled. I can't tell its colour.", []),
        (SLED, "I can't tell whether it is a sled.", ["declined"]),
        (SLED, "It pulls a sledgehammer.", ["wrong"]),
        (SLED, "I'm sorry, but I can't assist with that.", ["declined"]),
        (SLED, "You see a picture: A dog pulls a sled. No text in it.", ["recites its notes"]),
        (NAME, "I'm sorry, but I can't assist with that.", ["not declined"]),
        (COLOUR, "抱歉，我无法提供帮助。", ["declined"]),
        (COLOUR, "球是红色的。", []),
        (COLOUR, "图片里看不出球的颜色。", ["declined"]),
        (COLOUR, "球是蓝色的。", ["wrong"]),
        (COLOUR, "It is red, 红.", ["language"]),
        (NAME, "I see a dog, but its name isn't shown.", []),
        (NAME, "There's no way to know that from the picture.", []),
        (NAME, "Its name is Rex.", ["not declined"]),
        (NAME, "The dog is not big, it is Rex.", ["not declined"]),
    ],
)
def test_pictures(asked: PictureQuestion, reply: str, found: list[str]) -> None:
    assert pictures.broken(asked, reply) == found


def test_captions_are_sentences_without_their_stop() -> None:
    assert pictures.sentence("A man 's dog , running .") == "a man's dog, running"
