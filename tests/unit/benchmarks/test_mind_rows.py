"""Every row of benchmarks.mind parses, has its own name, and the languages are balanced; a run goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mind import pictures, report, words
from benchmarks.mind.__main__ import ask
from benchmarks.mind.manners import REACH
from benchmarks.mind.models import spelled
from benchmarks.mind.prompts import PARTS, Prompt, messages_of, prompts_of, rows_of, spread
from benchmarks.mind.record import Record
from benchmarks.mind.rules import RULES, compiled
from pipelines.image.words import tokenize

WRITTEN = {"questions": 270, "feelings": 60, "who": 40, "danger": 30, "grief": 30}
ROWS = [(part, row) for part in WRITTEN for row in rows_of(part)]
KINDS = {"fact": 120, "sum": 40, "form": 30, "memory": 30, "follow-up": 20, "date": 20, "code": 10}


@pytest.mark.parametrize(("part", "count"), WRITTEN.items())
def test_counts_and_languages(part: str, count: int) -> None:
    rows = rows_of(part)
    assert len(rows) == count
    assert Counter(row["language"] for row in rows) == {"en": count // 2, "zh": count // 2}


def test_names_and_prompts_are_unique() -> None:
    assert len({row["id"] for _, row in ROWS}) == len(ROWS)
    assert len({str(messages_of(row, "M")) for _, row in ROWS}) == len(ROWS)
    assert Counter(row["kind"] for part, row in ROWS if part == "questions") == KINDS


@pytest.mark.parametrize(("part", "row"), ROWS, ids=[row["id"] for _, row in ROWS])
def test_rows_parse(part: str, row: dict[str, Any]) -> None:
    assert words.is_in(row["language"], row["ask"])
    check = row.get("check", {})
    assert set(check) <= set(RULES) | {"language"} and bool(check) is (part in ("questions", "who"))
    for pattern in [*check.get("any", ()), *check.get("all", ()), *check.get("none", ())]:
        assert compiled(pattern) if pattern != "{model}" else part == "who"
    if "result" in check:
        assert check["result"] not in words.numbers(row["ask"])
    if part == "danger":
        assert row.get("reach") in (REACH if row["kind"] == "danger" else {None})
    assert 0 <= len(row.get("past", ())) <= 5
    assert bool(row.get("past")) is (row["kind"] in ("memory", "follow-up")) or row["kind"] == "person"


def test_an_empty_reply_and_the_question_itself_are_wrong() -> None:
    for part in WRITTEN:
        for prompt in prompts_of(part, "Qwen2.5-Coder-1.5B", Path()):
            assert prompt.judge("")


def test_pictures_are_40_of_their_own() -> None:
    rows = pictures.read_table(pictures.TABLES["zh"])
    assert len(rows) == len({row["photo"] for row in rows}) == 40
    assert sum(bool(row["answers"]) for row in rows) == 28
    assert not {row["photo"] for row in rows} & {
        row["photo"] for row in pictures.read_table(pictures.TABLES["en"])
    }


def test_answers_are_in_the_captions_or_a_yes_or_no(shared_data: Path) -> None:
    for asked in pictures.picture_questions(shared_data):
        if asked.language == "en":
            said = set(tokenize(asked.caption)) | {"yes", "no"}
            assert not asked.answers or set(asked.answers) & said, asked


def test_pictures_are_told_as_the_app_tells_them(shared_data: Path) -> None:
    prompts = prompts_of("pictures", "M", shared_data)
    assert Counter(p.kind for p in prompts) == {"answerable": 68, "unanswerable": 32}
    said = prompts[0].messages[-1]["content"]
    assert said.startswith("[You see a picture: ") and ". No text in it.]\n" in said and ".." not in said


def test_gsm8k_is_the_first_200(shared_data: Path) -> None:
    prompts = prompts_of("gsm8k", "M", shared_data)
    assert len(prompts) == 200 and prompts[0].judge("Answer: 18") == [] and prompts[0].judge("17")


def test_a_limit_is_spread() -> None:
    assert [at for at, _ in spread("abcdefgh", 4)] == [0, 2, 4, 6]
    assert len(spread("ab", 5)) == len(spread("ab", None)) == 2
    assert spread("", 3) == []


def test_names_are_spelled() -> None:
    assert spelled("qwen2.5-coder-1.5b-instruct-q4_k_m") == "Qwen2.5-Coder-1.5B-Instruct (llama.cpp)"
    assert spelled("SmolLM2-135M-Instruct-Q4_1") == "SmolLM2-135M-Instruct (llama.cpp)"


class Parrot:
    """Says one thing."""

    name, told = "parrot", "Parrot-1B"

    def __init__(self) -> None:
        self.asked = 0

    def reply(self, messages: Sequence[Any], max_tokens: int) -> tuple[str, int]:
        self.asked += 1
        return "I am Trio, and you?", 5


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    prompts = [p for part in WRITTEN for p in prompts_of(part, "Parrot-1B", Path(), 4)]
    parrot = Parrot()
    record = Record("parrot", tmp_path)
    ask(parrot, prompts[:10], record, 2)
    record.save()
    again = Record("parrot", tmp_path)
    ask(parrot, prompts, again, 2)
    assert parrot.asked == len(prompts) == len(again.entries)
    found = report.summary(again, prompts, "Parrot-1B")
    assert found["who"]["prompts"] == 4 and found["commonest_opener"]["share"] == 1.0
    assert set(found) & set(PARTS) == set(WRITTEN)


def test_the_page_keeps_other_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "mind.json")
    monkeypatch.setattr(report, "PAGE", tmp_path / "mind.md")
    prompts: list[Prompt] = prompts_of("who", "M", Path(), 10)
    for name in ("one", "two", "one"):
        record = Record(name, tmp_path)
        ask(Parrot(), prompts, record, 1)
        report.publish(name, report.summary(record, prompts, "M"), record, whole=True)
    text = (tmp_path / "mind.md").read_text("utf-8")
    assert text.count("### one\n") == text.count("### two\n") == 1
    assert text.count("I am Trio, and you?") == 2 and "| | wanted | one | two |" in text
