"""Error rates by group, on stand-ins of the models and made data; the page shows what was measured last."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("whisper")

from benchmarks import fairness
from benchmarks.fairness import Answer, counted, rows_of, same_words, sex_of, table
from pipelines.core.errors import InputError
from training.common.datasets import RAVDESS_LABELS

ROOT = Path(__file__).resolve().parents[3]


def touch(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def said(**by_part: str) -> Callable[[Path], str]:
    """A recogniser that hears what is given for the first key that the file's name contains, else nothing."""
    return lambda path: next((text for part, text in by_part.items() if part in path.as_posix()), "")


def rates(rows: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    return {row["group"]: (row["wrong"], row["count"]) for row in rows}


def test_the_interval_is_wilsons() -> None:
    # Wilson: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n), here by hand for 0 and 5 of 10
    assert counted(0, 10) == {"wrong": 0, "count": 10, "rate": 0.0, "interval": [0.0, 0.2775]}
    assert counted(5, 10)["interval"] == [0.2366, 0.7634]


def test_a_group_has_its_counts_and_its_speakers_extremes() -> None:
    answers = [Answer("a", "one", True), Answer("a", "one", False), Answer("a", "two", True)]
    rows = rows_of("m", "sex", "w", [*answers, Answer("b", "three", False)])
    assert rates(rows) == {"a": (1, 3), "b": (1, 1)}
    assert [rows[0][key] for key in ("speakers", "best", "worst")] == [2, 0.0, 0.5]


def test_sexes_are_told_by_the_actors_numbers() -> None:
    assert [sex_of(f"ravdess-Actor_{number}") for number in ("01", "02", "19", "20")] == ["men", "women"] * 2


def test_voices_are_judged_out_of_fold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.array(["happy", "sad", "happy", "sad"])
    speakers = np.array([f"ravdess-Actor_0{n}" for n in (1, 1, 2, 2)])
    guessed = [RAVDESS_LABELS.index(label) for label in ("happy", "sad", "sad", "sad")]
    corpus = SimpleNamespace(labels=labels, speakers=speakers)
    monkeypatch.setattr(fairness, "ravdess", lambda data: [])
    monkeypatch.setattr(fairness, "Corpus", lambda clips, work: corpus)
    monkeypatch.setattr(fairness, "out_of_fold", lambda given, file: (np.eye(8)[guessed], []))
    assert rates(fairness.voices(tmp_path, tmp_path)) == {"men": (0, 2), "women": (1, 2)}


def test_the_recogniser_is_judged_by_sex_accent_and_language(tmp_path: Path) -> None:
    takes = ["03-01-05-01-01-01", "03-01-06-01-02-01", "03-01-05-02-01-01", "03-01-05-01-01-02"]
    takes += ["03-01-05-01-02-01", "03-01-06-01-01-01"]
    for actor in ("01", "02"):
        for name in takes:
            touch(tmp_path / "ravdess" / f"Actor_{actor}" / f"{name}-{actor}.ogg")
    heard = said(
        **{"01-01-01-01": "kids are talking, by the door!", "02-01-02": "dogs are sitting by a door"}
    )
    by_sex = fairness.said_by_sex(tmp_path, heard)
    assert rates(by_sex) == {"men": (1, 2), "women": (2, 2)}, (
        "one take, one strength, one sentence an emotion"
    )
    for speaker in ("theo", "george"):
        for digit in "0123456789":
            touch(tmp_path / "fsdd" / f"{digit}_{speaker}_0.wav")
    by_accent = fairness.said_by_accent(tmp_path, said(**{"5_theo": "Five.", "5_george": "Nine."}))
    assert rates(by_accent) == {"American": (9, 10), "Greek": (10, 10)}
    rows = ("lj/a.flac\ten\tThe year 1468.", "lj/b.flac\ten\tNot this.", "aishell/c.flac\tzh\t广州市")
    lines = "\nlj/d.flac\ten\tEvery second line is left out.\n".join(rows)
    touch(tmp_path / "asr" / "transcripts.tsv", lines)
    for name in ("lj/a.flac", "lj/b.flac", "librivox/d.flac", "aishell/c.flac", "jfk.flac"):
        touch(tmp_path / "asr" / name)
    heard = said(**{"lj/a": "the year fourteen sixty-eight", "lj/b": "not that", "aishell": "广州 市。"})
    assert rates(fairness.said_by_language(tmp_path, heard)) == {"English": (1, 2), "Mandarin": (0, 1)}


def test_writing_alone_is_no_error() -> None:
    assert same_words("5", "Five.") and not same_words("5", "Nine.")
    assert same_words("广州市", "广州市。", "zh") and not same_words("广州市", "广东市", "zh")


def test_the_best_of_the_labels_that_the_data_know_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def classify(text: str) -> Any:
        if text == "Guten Tag":
            raise InputError("The feelings of the text were not analysed", given="de", fix="Write English")
        return SimpleNamespace(scores={"neutral": 0.6, "joy": 0.3, "sadness": 0.1})

    registry = SimpleNamespace(get=lambda stage: SimpleNamespace(classify=classify))
    monkeypatch.setattr(fairness, "default_registry", lambda: registry)
    touch(tmp_path / "emotion" / "train.txt")
    touch(tmp_path / "emotion" / "val.txt", "i feel glad;joy\ni feel low;sadness\n")
    posts = [("开心", "happy"), ("知道了", "neutral"), ("Guten Tag", "neutral")]
    rows = (json.dumps({"text": text, "label": label}) for text, label in posts)
    touch(tmp_path / "ewect" / "dev.jsonl", "\n".join(rows))
    assert rates(fairness.emotions_of_words(tmp_path)) == {"English": (1, 2), "Chinese": (2, 3)}


def test_what_was_heard_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def transcribe(audio: Any) -> Any:
        asked.append(audio)
        return SimpleNamespace(text="早")

    registry = SimpleNamespace(get=lambda stage: SimpleNamespace(transcribe=transcribe))
    monkeypatch.setattr(fairness, "default_registry", lambda: registry)
    monkeypatch.setattr(fairness, "decode_audio", lambda path: path.name)
    for _ in range(2):
        heard = fairness.Transcripts(tmp_path)
        assert [heard(Path(f"data/{name}.wav")) for name in "abb"] == ["早"] * 3
    assert asked == ["a.wav", "b.wav"]


def test_cards_are_read_with_their_counts() -> None:
    rows = {row["group"]: row for row in fairness.other_cards()}
    card = json.loads((ROOT / "assets/models/feelings/results.json").read_text("utf-8"))["SST-2 dev"]
    assert rows["English"]["count"] == card["count"]
    assert rows["English"]["rate"] == pytest.approx(1 - card["accuracy"], abs=1e-3)
    assert rows["Mandarin, wangzhe"]["rate"] > rows["English"]["rate"]


def test_a_part_that_is_measured_again_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "fairness.md", "<!-- fairness -->\n<!-- /fairness -->\n")
    monkeypatch.setattr(fairness, "DOCS", tmp_path)
    monkeypatch.setattr("benchmarks.common.DOCS", tmp_path)
    rates_by_run = iter((1, 2, 3))

    def part(data: Path, work: Path) -> list[dict[str, Any]]:
        return rows_of("m", "sex", "w", [Answer("g", "", False)] * next(rates_by_run))

    monkeypatch.setattr(fairness, "PARTS", {"voice": part, "words": part})
    for arguments in ([], ["--parts", "voice"]):
        monkeypatch.setattr("sys.argv", ["fairness", *arguments])
        fairness.main()
    lines = (tmp_path / "fairness.md").read_text("utf-8").splitlines()
    assert [line.split(" | ")[3] for line in lines if line.startswith("| m |")] == ["3", "2"]


def test_the_page_shows_the_last_measurement() -> None:
    found = json.loads((ROOT / "docs/results/fairness.json").read_text("utf-8"))
    page = (ROOT / "docs/fairness.md").read_text("utf-8")
    assert found["parts"] and "\n".join(table(found)) in page
