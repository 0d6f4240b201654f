"""The messages of the danger's classifier, how its threshold is chosen, and what the recipe takes of them."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("torch")

from pipelines.text.danger import LABELS, LANGUAGES
from training.danger import messages
from training.danger.recipe import FALSE_ALARMS, chosen_threshold, task_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_split_knows_every_danger_and_shares_no_message(language: str) -> None:
    held = {split: messages.load(split, language) for split in ("train", "dev", "test")}
    for rows in held.values():
        assert {row.label for row in rows} == set(LABELS)
        texts = [row.text.casefold() for row in rows]
        assert len(set(texts)) == len(texts)
    for one, other in combinations(held.values(), 2):
        assert not {row.text.casefold() for row in one} & {row.text.casefold() for row in other}


def test_a_label_of_another_kind_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dev.en.jsonl").write_text('{"text": "Help!", "label": "fire"}\n')
    monkeypatch.setattr(messages, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"fire.*a label is one of none, self-harm"):
        messages.load("dev", "en")


def test_the_threshold_lets_the_chosen_share_of_safe_messages_through() -> None:
    safe = np.linspace(0, 0.9, 100, dtype=np.float32)
    danger = np.full(20, 0.95, np.float32)
    at = chosen_threshold(np.concatenate([safe, danger]), np.array([False] * 100 + [True] * 20))
    assert (safe >= at).mean() == pytest.approx(FALSE_ALARMS, abs=0.011)


def test_messages_are_read_as_the_app_reads_them() -> None:
    task = task_of(messages.load("dev", "zh")[:3])
    assert task.targets.shape == (3, len(LABELS)) and task.targets.sum() == 3
    assert all(text == text.lower() for text in task.texts)
