"""What judges the replies on numbers, presence and places, and the prompts with and without objects."""

from __future__ import annotations

import pytest

from benchmarks.mind import pictures, words
from benchmarks.object_questions import NO, TABLE, YES, broken, prompts_of
from chatbot.turn.events import FusedContext
from pipelines.core.types import Detection, Detections, Evidence, Stage

ROWS = pictures.read_table(TABLE)


def test_the_table_is_whole_and_balanced() -> None:
    assert len(ROWS) == 20 and len({row["photo"] for row in ROWS}) == 15
    assert sum(bool(words.han(row["question"])) for row in ROWS) == 10
    assert all(row["answers"] for row in ROWS)


@pytest.mark.parametrize(
    ("answers", "reply", "found"),
    [
        (["2", "two"], "I can see two frisbees.", []),
        (["2", "two"], "There are 12 people.", ["wrong"]),
        (["2", "两"], "图里有两只狗。", []),
        (["3", "three"], "I can't tell how many there are.", ["unsure"]),
        ([YES], "Yes, there are three cars.", []),
        ([YES], "No, I don't see any.", ["wrong"]),
        ([YES], "图里没有船。", ["wrong"]),
        ([NO], "No, just the dog.", []),
        ([NO], "没有，只有一只狗。", []),
        ([NO], "Yes, one person.", ["wrong"]),
        ([NO], "我看不出来。", ["unsure"]),
    ],
)
def test_replies_are_judged_by_the_photo(answers: list[str], reply: str, found: list[str]) -> None:
    assert broken(answers, reply) == found


def test_only_one_of_the_two_prompts_tells_what_the_detector_found() -> None:
    seen = Detections((Detection("dog", (0, 0, 90, 90), 0.9),), 100, 100)
    context = FusedContext(
        "How many dogs?",
        "",
        ("a dog",),
        ("",),
        None,
        "en",
        (Evidence(Stage.DETECT, "picture 1", seen, 0.9, "m", 0.1),),
    )
    alone, objects = (
        prompts_of([("a", "written", context, lambda reply: [])], form, "M")[0] for form in (0, 1)
    )
    assert alone.key != objects.key
    assert "1 dog" not in alone.messages[-1]["content"]
    assert "1 dog" in objects.messages[-1]["content"]
