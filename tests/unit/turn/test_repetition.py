"""A reply that says the same again and again is ended, one that repeats something because it was asked is not."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from chatbot.config.settings import load_settings
from chatbot.generators.protocol import Finish
from chatbot.turn.continuation import was_cut
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Done
from chatbot.turn.repetition import repeats_itself, until_repetition
from pipelines.core.types import Stage, Turn
from tests.support.scripted import Generator as Scripted
from tests.support.scripted import scripted_registry

SENTENCE = "The lamp is lit every evening by the keeper, who climbs the stairs. "
CIRCLE = "他每天晚上都会点亮灯塔的灯，然后写下当天的天气。有雾的时候，他敲钟直到天亮。"


class Loop(Scripted):
    """Never ends by itself; counts what it wrote."""

    written = 0

    def stream(self, *_: object, **__: object) -> Generator[str, None, Finish]:
        yield "Well. "
        for _ in range(500):
            type(self).written += 1
            yield SENTENCE
        return Finish("length", 5, 500)


def loop() -> Chatbot:
    return Chatbot(load_settings(), scripted_registry(classes={Stage.GENERATE: Loop}))


@pytest.mark.parametrize(
    "text",
    [
        "A lighthouse. " + SENTENCE * 5,
        "海边有一座灯塔。" + CIRCLE * 4,
        "No, no, no, no: " + "I know that I know that " * 13,
        "row\n" + "| 0 | 0 | 0 | 0 |\n" * 20,
    ],
)
def test_a_loop_is_ended(text: str) -> None:
    assert repeats_itself(text)
    read = "".join(until_repetition(iter(text + "and so on for ever. ")))
    assert text.startswith(read) and len(read) <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "I will not talk in class. " * 10,
        "我再也不在课堂上说话了。" * 10,
        "ha" * 60,
        "-" * 120,
        "| --- | --- | --- | --- | --- | --- |\n",
        "".join(f"{number}. Bring water.\n" for number in range(1, 40)),
        SENTENCE * 3,
        "A tree, a house, a cat. " * 3 + "The end.",
        "",
        "short",
    ],
)
def test_what_is_no_loop_is_written_to_its_end(text: str) -> None:
    assert not repeats_itself(text)
    assert "".join(until_repetition(iter(text))) == text


def test_a_turn_whose_model_loops_ends_and_can_be_continued() -> None:
    Loop.written = 0
    with loop() as chatbot:
        *_, last = chatbot.respond(Turn(text="Tell me about the lighthouse."))
    assert isinstance(last, Done)
    finish = last.reply.finish
    assert finish is not None and finish.repeating and was_cut(last.reply)
    assert last.reply.text.count(SENTENCE.strip()) < 8
    assert Loop.written < 20
