"""`python -m training compare`: trains a family on toy data, or takes what was trained before."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pandas
import pytest

from training.cli import main
from training.foundations import compare
from training.foundations.text.text_recipes import TABLE as TEXT

WORDS = (("bad", "poor", "awful", "dull"), ("good", "fine", "great", "lovely"))
OTHERS = ["the", "film", "plot", "was", "a", "story", "with", "actors", "and", "music", "that"]
QUICK = ("naive-bayes", "text-svm")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder with sentences in which one word decides."""
    random = Random(0)
    (tmp_path / "sst2").mkdir()
    for split, count in (("train", 200), ("dev", 60)):
        rows = []
        for number in range(count):
            words = random.sample(OTHERS, 5)
            words.insert(random.randrange(6), random.choice(WORDS[number % 2]))
            rows.append(f"{' '.join(words)}\t{number % 2}")
        (tmp_path / "sst2" / f"{split}.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code in (0, None)


def test_a_family_is_trained_and_compared(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "BY_FAMILY", {"text": {name: TEXT[name] for name in QUICK}})
    run("compare", "text", "--task", "sst2", "--small", "--data", str(data), "--out", str(tmp_path / "out"))
    table = pandas.read_csv(tmp_path / "out" / "text.csv")
    assert tuple(table["model"]) == QUICK and (table["accuracy"] > 0.9).all()
    found = json.loads((tmp_path / "out" / "text.json").read_text())
    assert [row["accuracy"] for row in found["rows"]] == list(table["accuracy"]) and found["small"]
    assert "| text-svm | sst2 |" in (tmp_path / "out" / "text.md").read_text()
    assert (tmp_path / "out" / "text.png").stat().st_size > 5000


def test_what_was_trained_before_is_compared_without_training(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIO_FOUNDATIONS_DIR", str(tmp_path / "kept"))
    run("naive-bayes", "train", "--data", str(data))
    card = json.loads((tmp_path / "kept" / "naive-bayes" / "foundation.json").read_text())
    run("compare", "text", "--kept", "--data", str(tmp_path / "no data"), "--out", str(tmp_path / "out"))
    rows = json.loads((tmp_path / "out" / "text.json").read_text())["rows"]
    assert [row["model"] for row in rows] == ["naive-bayes"]
    assert rows[0]["accuracy"] == card["metrics"]["accuracy"] and rows[0]["seed"] == card["seed"]
    assert rows[0]["train_seconds"] == card["train_seconds"] and rows[0]["parameters"] == card["parameters"]
    assert "text-svm on sst2 is left out" in capsys.readouterr().err


def test_each_task_keeps_a_folder_of_its_own(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIO_FOUNDATIONS_DIR", str(tmp_path / "kept"))
    (data / "emotion").mkdir()
    for split in ("train", "val"):
        lines = ["i am glad;joy", "so sad today;sadness", "what fun;joy", "i cry;sadness"] * 5
        (data / "emotion" / f"{split}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for more in ((), ("--task", "emotion")):
        run("naive-bayes", "train", "--data", str(data), *more)
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [
        "naive-bayes",
        "naive-bayes-emotion",
    ]


def test_a_small_one_is_kept_apart_and_measured_as_it_was_trained(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIO_FOUNDATIONS_DIR", str(tmp_path / "kept"))
    run("naive-bayes", "train", "--data", str(data), "--small", "--seed", "3")
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["naive-bayes-small"]
    trained = json.loads(capsys.readouterr().out)
    run("naive-bayes", "evaluate", "--data", str(data), "--small")
    again = json.loads(capsys.readouterr().out)
    assert again["accuracy"] == trained["accuracy"] and again["count"] == trained["count"]
    card = json.loads((tmp_path / "kept" / "naive-bayes-small" / "foundation.json").read_text())
    assert card["small"] and card["seed"] == 3


def test_nothing_trained_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIO_FOUNDATIONS_DIR", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main(["compare", "image", "--kept", "--out", str(tmp_path)])
    assert ended.value.code == 2 and "is trained yet" in capsys.readouterr().err
