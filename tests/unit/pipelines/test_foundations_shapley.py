"""Shapley values of words: they add up, agree with occlusion, and the command writes them with a figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.core.errors import ModelMissingError
from pipelines.core.foundation import write_foundation
from pipelines.explain.occlusion import explain_words
from pipelines.text.foundations.linear import LinearSVM
from pipelines.text.foundations.shapley import explain_shap, shapley_values

GOOD, BAD = ("lovely", "great", "fine", "warm"), ("awful", "dull", "bad", "cold")
TEXT = "A lovely and great film, only the start was dull."


@pytest.fixture(scope="module")
def model() -> LinearSVM:
    random = np.random.default_rng(0)
    texts, labels = [], []
    for _ in range(120):
        good = bool(random.integers(2))
        words = random.choice(GOOD if good else BAD, 2)
        texts.append(f"a {words[0]} film with a {words[1]} start")
        labels.append("positive" if good else "negative")
    return LinearSVM.new().fit(texts, labels)


def test_values_add_up_to_what_all_words_add_and_agree_with_occlusion(model: LinearSVM) -> None:
    column = model.labels.index("positive")
    occluded = explain_words(TEXT, lambda text: float(model.probabilities([text])[0, column]))
    valued = shapley_values(model, column, occluded)
    empty = "".join(part.text for part in occluded if part.weight is None)
    gain = model.probabilities([TEXT])[0, column] - model.probabilities([empty])[0, column]
    assert sum(part.weight or 0.0 for part in valued) == pytest.approx(gain, abs=1e-6)
    weights = {part.text: part.weight or 0.0 for part in valued}
    assert weights["lovely"] > 0.02 and weights["great"] > 0.02 and weights["dull"] < -0.02


def test_the_command_tells_both_and_draws(
    model: LinearSVM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIO_FOUNDATIONS_DIR", str(tmp_path))
    file = tmp_path / "a.txt"
    file.write_text(TEXT, encoding="utf-8")
    with pytest.raises(ModelMissingError):
        explain_shap(file, tmp_path)
    write_foundation(model, tmp_path / "text-svm", "text-svm", {})
    found = explain_shap(file, tmp_path)
    assert found["label"] == "positive" and found["agreement"] > 0.5
    assert [pair["text"] for pair in found["words"]] == [
        "A",
        "lovely",
        "and",
        "great",
        "film",
        "only",
        "the",
        "start",
        "was",
        "dull",
    ]
    assert Path(found["figure"]).read_bytes().startswith(b"\x89PNG")
