"""What is compared when the voices are read back, and that a run that was stopped goes on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks import voice


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("下午3点开会。", "下午三點開會"),
        ("7:45出发", "7点45分出发"),
        ("7:45出发", "7.45分出发"),
        ("拨打400-820-1234。", "拨打4008201234"),
        ("他的电话是13812345678", "他的电话是138 1234 5678"),
        ("增长了15%", "增长了百分之十五"),
        ("2斤苹果", "两斤苹果"),
        ("在 Room 204 开始", "在room204开始。"),
        ("ＡＢＣ１２", "abc12"),
    ],
)
def test_numbers_count_the_same_however_they_are_written(written: str, heard: str) -> None:
    assert voice.normal(written, "zh") == voice.normal(heard, "zh")


@pytest.mark.parametrize(("written", "heard"), [("3点", "4点"), ("晚上九点", "玩笑九点"), ("7:45", "7:54")])
def test_other_words_and_numbers_differ(written: str, heard: str) -> None:
    assert voice.normal(written, "zh") != voice.normal(heard, "zh")


def test_sentences_are_reported_that_nothing_was_chosen_on() -> None:
    rows = [line.split("\t") for line in voice.SENTENCES.read_text("utf-8").splitlines()]
    counts = Counter((kind, language) for kind, language, _ in rows)
    assert counts["choice", "zh"] == 30
    assert counts["report", "zh"] + counts["mixed", "zh"] == 60
    assert len({text for _, _, text in rows}) == len(rows)


def test_what_was_heard_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "KEPT", tmp_path / "voice.jsonl")
    assert voice.kept("Trio", "你好。") is None
    row = {"name": "Trio", "text": "你好。", "heard": "你好", "cpu": 1.0, "seconds": 0.8}
    voice.KEPT.write_text(json.dumps(row) + "\n", "utf-8")
    assert voice.kept("Trio", "你好。") == row
    assert voice.kept("another", "你好。") is None


def test_every_voice_is_tried_and_the_best_of_each_kind_on_all_sentences(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    errors = {"zm_yunxi": 0.1, "zm_yunxia": 0.15, "zf_xiaoyi": 0.2}
    tried: list[tuple[str, int, float, bool]] = []

    class Silent:
        def __init__(self, registry: Any, voice: str, pace: float, third_tones: bool) -> None:
            self.settings = voice, pace, third_tones

        def load(self) -> None: ...

    def found(bench: Any, texts: Any, language: str, speaker: Silent, name: str) -> dict[str, Any]:
        of, pace, third_tones = speaker.settings
        assert f"voice {of}" in name
        tried.append((of, len(list(texts)), pace, third_tones))
        return {"error_rate": errors.get(of, 0.3)}

    monkeypatch.setattr(voice, "KokoroChinese", Silent)
    monkeypatch.setattr(voice, "keep", lambda *_: None)
    monkeypatch.setattr(voice.Bench, "_found", found)
    voice.Bench().choose()
    first, rest = tried[: len(voice.KOKORO_VOICES)], tried[len(voice.KOKORO_VOICES) :]
    assert [(of, count) for of, count, *_ in first] == [(of, 10) for of in voice.KOKORO_VOICES]
    best, as_usual = ("zf_xiaoyi", 30), (voice.PACE, False)
    changed = [(*best, *as_usual), (*best, 0.9, False), (*best, voice.PACE, True), (*best, 0.8, False)]
    others = [("zm_yunxi", 30, *as_usual), ("zf_xiaoyi+zm_yunxi", 30, *as_usual)]
    assert rest == [*changed, *others]
