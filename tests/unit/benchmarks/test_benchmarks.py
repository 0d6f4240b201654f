"""What the measurements do with the numbers, on stand-ins; the numbers themselves are measured, not tested."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("sklearn")

from benchmarks import models
from benchmarks.common import alternately, busy, median, put_row, put_table
from benchmarks.models import COMPARISONS, Comparison, compare, table, write_reply
from benchmarks.talks import turn_of
from chatbot.config.settings import load_settings
from chatbot.generators.protocol import Message
from chatbot.turn.engine import Chatbot
from pipelines.core.types import Stage
from pipelines.speech.decode import SAMPLE_RATE
from tests.support.scripted import scripted_registry


def test_two_ways_take_turns_and_the_warm_up_is_dropped() -> None:
    order: list[str] = []

    def way(name: str) -> Any:
        return lambda number: order.append(f"{name}{number}") or number

    assert alternately(way("a"), way("b"), repeats=2, warm_up=1) == [(1, 1), (2, 2)]
    assert order == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert median([3.0, 1.0, 2.0004]) == 2.0


def test_a_table_takes_the_place_of_the_last_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- x -->\nold\n<!-- /x -->\nafter\n")
    put_table(page, "x", ["| a |", "| b |"])
    assert page.read_text() == "before\n<!-- x -->\n| a |\n| b |\n<!-- /x -->\nafter\n"
    with pytest.raises(ValueError, match="lacks"):
        put_table(page, "y", [])


def test_a_row_takes_the_place_of_the_one_with_its_name(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("| what | n |\n|---|---|\n| speed | 1 |\n| size | 2 |\n")
    put_row(page, "speed", "3", above="size")
    put_row(page, "new", "4", above="size")
    assert page.read_text() == "| what | n |\n|---|---|\n| speed | 3 |\n| new | 4 |\n| size | 2 |\n"
    with pytest.raises(ValueError, match="no table row"):
        put_row(page, "weight", "3", above="height")


def test_a_busy_machine_is_told() -> None:
    assert busy({"load": 1.2}) == "" and "load 9.5" in busy({"load": 9.5})


class Stub:
    """A registry whose back-ends note what they are asked, and a clock that each call moves."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds, self.now, self.asked = seconds, 0.0, []
        entries = {
            "new": SimpleNamespace(size=3_000_000, kind="asset"),
            "old": SimpleNamespace(size=1_000_000, kind="asset"),
            "both": SimpleNamespace(size=50_000_000, kind="wheel"),
        }
        self.store = SimpleNamespace(entry=entries.__getitem__)

    def name(self, stage: Stage) -> str:
        return "new"

    def spec(self, stage: Stage, name: str | None = None) -> Any:
        return SimpleNamespace(models=(name or "new", "both"))

    def get(self, stage: Stage, name: str | None = None) -> Any:
        name = name or "new"

        def classify(text: str) -> None:
            self.asked.append((name, text))
            self.now += self.seconds[name]

        return SimpleNamespace(classify=classify, model=f"the {name} model")


def compared(monkeypatch: pytest.MonkeyPatch, previous: str | None) -> tuple[Stub, dict[str, Any]]:
    stub = Stub({"new": 0.006, "old": 0.002})
    monkeypatch.setattr(models.time, "perf_counter", lambda: stub.now)
    comparison = Comparison("sentiment", (Stage.SENTIMENT,), previous, models.reading("text {}"))
    return stub, compare(stub, comparison)  # type: ignore[arg-type]


def test_the_default_is_compared_with_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    stub, found = compared(monkeypatch, "old")
    assert found["default"]["milliseconds"] == 6.0 and found["previous"]["milliseconds"] == 2.0
    assert found["time_ratio"] == 3.0
    assert found["default"]["repository_megabytes"] == 3.0 and found["default"]["all_megabytes"] == 53.0
    assert found["previous"]["model"] == "the old model"
    ours = [text for name, text in stub.asked if name == "new"]
    assert len(set(ours)) == len(ours) == models.WARM_UP + models.REPEATS


@pytest.mark.parametrize("previous", [None, "new"])
def test_a_model_without_a_predecessor_stands_alone(
    monkeypatch: pytest.MonkeyPatch, previous: str | None
) -> None:
    _, found = compared(monkeypatch, previous)
    assert set(found) == {"default"}


HELLO: list[Message] = [{"role": "user", "content": "Hello"}]


def test_tokens_are_counted_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 10.5, 10.6, 10.7, 10.9])
    monkeypatch.setattr(models.time, "perf_counter", lambda: next(clock))
    generator = SimpleNamespace(stream=lambda *_, **__: iter(["a", " b", " c", "."]))
    written = write_reply(generator, HELLO)
    assert written.first == pytest.approx(0.5) and written.tokens == 4
    assert written.rate == pytest.approx(3 / 0.4)
    silent = SimpleNamespace(stream=lambda *_, **__: iter([]))
    monkeypatch.undo()
    with pytest.raises(RuntimeError, match="nothing"):
        write_reply(silent, HELLO)


def test_every_earlier_back_end_can_be_chosen() -> None:
    from chatbot.config.backends import CHATBOT_TABLE

    for comparison in COMPARISONS:
        for stage in comparison.stages:
            assert comparison.previous is None or comparison.previous in CHATBOT_TABLE[stage]


def test_the_table_has_a_row_for_each() -> None:
    side = {"backend": "b", "milliseconds": 2.0, "repository_megabytes": 1.0}
    write = {**side, "first_token_milliseconds": 3.0, "tokens_a_second": 50.0}
    reply = {"default": write, "previous": write, "first_token_ratio": 0.5, "tokens_a_second_ratio": 0.8}
    both = {"default": side, "previous": side, "time_ratio": 1.5}
    rows = {"one": both, "two": {"default": side}}
    found = {"machine": "here", "load": 0.4, "comparisons": rows}
    lines = table({**found, "reply": reply})
    assert lines[4] == "| one | 2.0 ms (`b`) | 2.0 ms (`b`) | 1.5 | 1.0 / 1.0 |"
    assert lines[5] == "| two | 2.0 ms (`b`) |  |  | 1.0 |"
    assert lines[7] == "| its other tokens | 50.0 a second (`b`) | 50.0 a second (`b`) | 1.25 | 1.0 / 1.0 |"
    assert table(found) == lines[:6]


def test_what_a_conversation_says_aloud_is_given_as_a_microphone_gives_it() -> None:
    with Chatbot(load_settings(), scripted_registry()) as bot:
        turn = turn_of(bot, {"say": "Hello there."}, Path())
        assert turn.audio is not None and turn.audio.sample_rate == SAMPLE_RATE
        assert bot.registry.get(Stage.SPEAK).sample_rate != SAMPLE_RATE
