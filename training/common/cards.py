"""Model cards and result files beside the weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

COLUMNS = (
    "count",
    "accuracy",
    "accuracy_interval",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "calibration_error",
    "majority_baseline",
)


def write_results(target: Path, results: dict[str, Any]) -> None:
    """Write `results` as JSON."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_card(target: Path, title: str, facts: dict[str, str], metrics: dict[str, dict[str, Any]]) -> None:
    """Write a classifier's card: facts as a list, metrics as one table, one row an evaluation."""
    lines = [f"| evaluation | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name, row in metrics.items():
        cells = " | ".join(str(row.get(column, "")) for column in COLUMNS)
        lines.append(f"| {name} | {cells} |")
    _write(target, title, facts, lines)


def write_text_card(target: Path, title: str, facts: dict[str, str], results: dict[str, Any]) -> None:
    """Write another model's card: facts as a list, then each result as a row."""
    rows = [f"| {name} | {value} |" for name, value in results.items()]
    _write(target, title, facts, ["| measure | value |", "|---|---|", *rows])


def _write(target: Path, title: str, facts: dict[str, str], table: list[str]) -> None:
    listed = [f"- **{name}**: {value}" for name, value in facts.items()]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join([f"# {title}", "", *listed, "", *table]) + "\n", encoding="utf-8")
