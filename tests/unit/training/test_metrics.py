"""Metrics of classifiers, on cases whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from training.common.figures import plot_confusion
from training.common.metrics import bootstrap_interval, calibration_error, report

LABELS = ("no", "yes")


def test_a_report_counts_right() -> None:
    chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    found = report(chances, ["no", "no", "yes", "yes"], LABELS)
    assert found["accuracy"] == 0.75 and found["majority_baseline"] == 0.5
    assert found["confusion"] == [[2, 0], [1, 1]]
    assert found["per_class"]["yes"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667}
    low, high = found["accuracy_interval"]
    assert low <= 0.75 <= high


def test_an_overconfident_model_is_badly_calibrated() -> None:
    sure = np.tile([0.99, 0.01], (10, 1))
    assert calibration_error(sure, ["no"] * 5 + ["yes"] * 5, LABELS) == pytest.approx(0.49, abs=1e-6)
    assert calibration_error(np.tile([0.501, 0.499], (10, 1)), ["no"] * 5 + ["yes"] * 5, LABELS) < 0.01


def test_intervals_shrink_with_more_data() -> None:
    few, many = (bootstrap_interval(np.arange(n) % 4 > 0) for n in (40, 4000))
    assert many[1] - many[0] < few[1] - few[0]


def test_a_confusion_matrix_is_drawn(tmp_path: Path) -> None:
    plot_confusion({"labels": LABELS, "confusion": [[2, 0], [1, 1]]}, tmp_path / "confusion.png")
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")
