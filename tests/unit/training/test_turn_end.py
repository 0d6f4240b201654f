"""The recipe of the turn end: what is cut, that dialogues are never shared, what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

from pipelines.core.errors import InputError
from pipelines.core.linear import LinearHead
from pipelines.text.turn_end import WEIGHTS, Ending, TurnEnd
from training.turn_end import examples, train

ENGLISH = "Do you like the green tea , my friend ? __eou__ Yes . I like it very much . __eou__\t1\t2 2\t0 0"
CHINESE = "你喜欢喝绿茶吗，朋友？__eou__是的。我非常喜欢。__eou__\t1\t2 2\t0 0"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "dailydialog"
    folder.mkdir()
    (folder / "en_dev.txt").write_text("\n".join([ENGLISH] * 40), "utf-8")
    (folder / "zh_dev.txt").write_text("\n".join([CHINESE] * 40), "utf-8")
    return tmp_path


def test_sentences_are_whole_and_their_beginnings_are_not(data: Path) -> None:
    rows = [row for row in examples(data) if row.dialogue == 0]
    whole = {row.text for row in rows if row.whole}
    assert whole == {
        "Do you like the green tea, my friend?",
        "Yes.",
        "I like it very much.",
        "你喜欢喝绿茶吗，朋友？",
        "是的。",
        "我非常喜欢。",
    }
    cut = {row.text for row in rows if not row.whole}
    assert {"Do you like the green tea", "你喜欢喝绿茶吗"} <= cut
    assert all(any(text.startswith(part) for text in whole) and part not in whole for part in cut)


def test_it_learns_to_tell_them_apart_and_writes_weights_and_card(data: Path, tmp_path: Path) -> None:
    train(data, tmp_path / "models")
    target = tmp_path / "models" / WEIGHTS
    judge = TurnEnd(LinearHead.read(target / "head.npz"))
    assert judge.chance("I like it very much") > 0.5 > judge.chance("I like it")
    assert judge.judge("我非常喜欢。") is not Ending.UNFINISHED
    results = json.loads((target / "results.json").read_text("utf-8"))
    assert results["test tenth"]["en"]["auroc"] > 0.9
    assert "DailyDialog" in (target / "README.md").read_text("utf-8")


def test_missing_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"(?i)dailydialog"):
        list(examples(tmp_path))
