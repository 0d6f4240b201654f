"""What the words before a pause say, by the weights that ship."""

from __future__ import annotations

import pytest

from pipelines.core.weights import WeightStore
from pipelines.text.turn_end import Ending, TurnEnd, buckets_of, units_of


@pytest.fixture(scope="module")
def turn_end() -> TurnEnd:
    return TurnEnd.read(WeightStore())


@pytest.mark.parametrize(
    "text",
    [
        "I would like to go to the",
        "Can you tell me what the.",
        "I was thinking about...",
        "When I came home last night,",
        "My name is Anna and I.",
        "Hello! Could you please tell me how to.",
        "我想去一个",
        "因为我觉得这个。",
        "如果明天不下雨，",
    ],
)
def test_words_that_break_off_are_unfinished(turn_end: TurnEnd, text: str) -> None:
    assert turn_end.judge(text) is Ending.UNFINISHED


@pytest.mark.parametrize(
    "text",
    ["What's the weather like today?", "Thank you very much.", "How are you?", "你好吗？", "我明白了。"],
)
def test_a_whole_thing_said_is_never_unfinished(turn_end: TurnEnd, text: str) -> None:
    assert turn_end.judge(text) is not Ending.UNFINISHED


def test_plain_questions_are_told_as_finished(turn_end: TurnEnd) -> None:
    assert turn_end.judge("How do I get there?") is Ending.FINISHED
    assert turn_end.judge("多少钱？") is Ending.FINISHED


def test_a_recogniser_that_writes_no_marks_makes_nobody_wait_for_that_alone(turn_end: TurnEnd) -> None:
    assert turn_end.judge("how do i get there") is Ending.UNSURE


def test_no_words_have_no_chance(turn_end: TurnEnd) -> None:
    assert turn_end.chance(" … ") == 0.0
    assert len(buckets_of("")) == 0


def test_words_and_characters_are_the_units() -> None:
    assert units_of("Don’t 打开 Wi-Fi!") == ["don't", "打", "开", "wi", "fi"]


def test_only_the_last_sentence_counts(turn_end: TurnEnd) -> None:
    assert turn_end.judge("I like tea. How are you?") is turn_end.judge("How are you?")
