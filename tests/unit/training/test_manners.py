"""The dialogues that teach the model its manners: their form, and what each kind has to hold."""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from training.manners.chats import FOLDER, MODEL, Dialogue, dialogues, manners

DAY = datetime.date(2027, 3, 4)
REACH = re.compile(r"911|112|988|999|120|110|119|12356")


@pytest.fixture(scope="module")
def found() -> list[Dialogue]:
    return list(dialogues())


def test_both_languages_and_every_kind_are_there(found: list[Dialogue]) -> None:
    counts = Counter((dialogue.kind, dialogue.language) for dialogue in found)
    for kind in ("who", "feelings", "danger", "missing", "memory", "plain", "picture"):
        english, chinese = counts[kind, "en"], counts[kind, "zh"]
        assert min(english, chinese) >= max(15, 0.6 * max(english, chinese)), kind


def test_danger_is_met_with_somebody_to_reach(found: list[Dialogue]) -> None:
    danger = [dialogue for dialogue in found if dialogue.kind == "danger"]
    for language in ("en", "zh"):
        met = [bool(REACH.search(d.turns[0].reply)) for d in danger if d.language == language]
        assert met.count(False) >= 50  # these only sound like it
        assert met.count(False) >= met.count(True) >= 50  # or every word of death alarms


def test_nothing_of_the_benchmark_is_learnt(found: list[Dialogue]) -> None:
    from benchmarks.mind.prompts import rows_of

    asked = {turn.asked() for dialogue in found for turn in dialogue.turns if len(turn.asked()) > 25}
    for part in ("questions", "feelings", "who", "danger", "grief"):
        kept_aside = {json.dumps(row, ensure_ascii=False) for row in rows_of(part)}
        assert not [text for text in asked for row in kept_aside if f'"{text}"' in row], part


def test_chats_have_the_form_of_the_app_s_prompts(tmp_path: Path) -> None:
    out = tmp_path / "chats.jsonl"
    manners(out, kinds="who,danger")
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert {row["kind"] for row in rows} == {"who", "danger"}
    for row in rows:
        first, *turns = row["messages"]
        assert first["role"] == "system" and f"model inside you is {MODEL}." in first["content"]
        assert [turn["role"] for turn in turns] == ["user", "assistant"] * (len(turns) // 2)
        assert not [turn for turn in turns if "{model}" in turn["content"]]


def test_a_line_of_another_form_is_named(tmp_path: Path) -> None:
    good = next(FOLDER.glob("who.en.jsonl")).read_text("utf-8").splitlines()[0]
    (tmp_path / "a.jsonl").write_text(f'{good}\n{{"kind": "who"}}\n', "utf-8")
    with pytest.raises(ValueError, match=r"a\.jsonl, line 2"):
        list(dialogues(tmp_path))


def test_a_turn_is_told_as_the_app_tells_it() -> None:
    turn = {"spoken": "Hi", "silent": False, "unread": ["a.pdf"], "feeling": "sad", "reply": "Hello."}
    dialogue = Dialogue.model_validate({"kind": "who", "language": "en", "turns": [turn]})
    told = "[They attached a.pdf, but you could not read it.]\n[They said this aloud. They seem sad.]\nHi"
    assert dialogue.messages(DAY)[1]["content"] == told
