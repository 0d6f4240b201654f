"""Titles and follow-up questions: what is asked of the model, and what of its words is taken."""

from __future__ import annotations

from typing import Any

import pytest

from chatbot.turn.asides import QUESTIONS, questions_from, title_from, written_questions, written_title
from chatbot.turn.events import Exchange, FusedContext
from chatbot.turn.options import TurnOptions
from chatbot.turn.prompt import build_messages, first_messages
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled
from pipelines.core.types import Stage
from tests.support.scripted import scripted_registry

OPTIONS = TurnOptions(instructions="Speak like a sailor.")
PAST = [
    Exchange("I am called Anna and I sail.", "Ahoy, Anna!"),
    Exchange("Where is Brest?", "In Brittany."),
]
CHINESE = [Exchange("布雷斯特在哪里？", "在法国的布列塔尼。")]


def generator(*pieces: str) -> Any:
    return scripted_registry({Stage.GENERATE: {"pieces": pieces}}).get(Stage.GENERATE)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Sailing to Brest", "Sailing to Brest"),
        ('\n "Sailing to Brest." \n', "Sailing to Brest"),
        ("**Title: Sailing  to Brest**", "Sailing to Brest"),
        ("# Sailing to Brest", "Sailing to Brest"),
        ("Anna’s “Blue” Boat", "Anna’s “Blue” Boat"),
        ("标题：《去布雷斯特的航行》。", "去布雷斯特的航行"),
        ("What is love?", "What is love?"),
    ],
)
def test_a_title_is_taken_without_what_stands_around_it(written: str, title: str) -> None:
    assert title_from(written) == title


@pytest.mark.parametrize(
    "written",
    [
        "",
        "  \n ",
        '""',
        "Sailing\nTo Brest",
        "A conversation in which Anna asks where Brest is and how one can sail there",
        "Oceanographically " * 4,
        "关于如何从普利茅斯港出发驾驶帆船前往法国布雷斯特港口的一次很长的对话",
        "I'm sorry, but I can't help with that.",
        "I’m unable to do that",
        "抱歉，我不能写标题",
        "Talk to Trio",
        "Pancakes with Qwen",
    ],
)
def test_what_is_no_title_is_none(written: str) -> None:
    assert title_from(written) is None


def test_questions_are_taken_one_from_each_line() -> None:
    written = "1. How far is it?\n- *Which boat do I need?*\n\n“When does it rain?”\nWho lives there?"
    assert questions_from(written, []) == ("How far is it?", "Which boat do I need?", "When does it rain?")
    assert questions_from("1、那里有多远？\n2、什么时候下雨？", []) == ("那里有多远？", "什么时候下雨？")


@pytest.mark.parametrize(
    "line",
    [
        "Here are three questions:",
        "where is  BREST ?",
        "Would you like to hear more?",
        "您想了解更多吗？",
        "How " + "very " * 20 + "far is it?",
        "It is far.",
    ],
)
def test_what_is_no_question_of_the_person_is_left_out(line: str) -> None:
    written = f"{line}\nHow far is it?\nHow far is it"
    assert questions_from(written, ["Where is Brest?"]) == ("How far is it?",)


def test_the_request_stands_after_the_conversation_so_that_the_model_has_read_it() -> None:
    model = generator("Sailing to Brest")
    assert written_title(model, OPTIONS, PAST, CancelToken()) == "Sailing to Brest"
    assert len(written_questions(generator("A?\nB?\nC?\nD?"), OPTIONS, PAST, CancelToken())) == QUESTIONS
    (prompt,) = model.calls
    assert prompt[:-1] == first_messages(PAST, model, OPTIONS)
    assert "English" in prompt[-1]["content"]
    following = build_messages(FusedContext("Hm.", "", (), (), None, "en", ()), PAST, model, OPTIONS)
    assert following[: len(prompt) - 1] == prompt[:-1]


def test_it_is_asked_in_the_persons_language() -> None:
    model = generator("去布雷斯特")
    assert written_title(model, OPTIONS, CHINESE, CancelToken()) == "去布雷斯特"
    assert "标题" in model.calls[0][-1]["content"]
    german = [Exchange("Wo liegt Brest, und wie komme ich mit dem Schiff dorthin?", "In der Bretagne.")]
    written_questions(model, OPTIONS, german, CancelToken())
    assert "German" in model.calls[1][-1]["content"]


def test_a_conversation_that_leaves_no_room_is_not_asked_about() -> None:
    model = generator("Sailing")
    assert written_title(model, OPTIONS, [Exchange("x" * 3900, "y")], CancelToken()) is None
    assert model.calls == []


def test_a_cancelled_request_gives_nothing() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        written_title(generator("Sailing"), OPTIONS, PAST, token)
