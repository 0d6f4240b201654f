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
    """Write a model card: facts as a list, metrics as one table, one row an evaluation."""
    lines = [f"# {title}", ""]
    lines += [f"- **{name}**: {value}" for name, value in facts.items()]
    lines += ["", f"| evaluation | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name, row in metrics.items():
        cells = " | ".join(str(row.get(column, "")) for column in COLUMNS)
        lines.append(f"| {name} | {cells} |")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_card(target: Path, title: str, facts: dict[str, str], metrics: dict[str, dict[str, Any]]) -> None:
    """Write a model card: facts as a list, metrics as one table, one row an evaluation."""
    columns = (
        "count",
        "accuracy",
        "accuracy_interval",
        "macro_precision",
        "macro_recall",
        "macro_f1",
        "calibration_error",
        "majority_baseline",
    )
    lines = [f"# {title}", ""]
    lines += [f"- **{name}**: {value}" for name, value in facts.items()]
    lines += ["", f"| evaluation | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines += [
        f"| {name} | {' | '.join(str(row.get(c, '')) for c in columns)} |" for name, row in metrics.items()
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_text_card(target: Path, title: str, facts: dict[str, str], results: dict[str, Any]) -> None:
    """Write a model card: facts as a list, then each result as a row."""
    lines = [f"# {title}", "", *(f"- **{name}**: {value}" for name, value in facts.items())]
    lines += ["", "| measure | value |", "|---|---|", *(f"| {k} | {v} |" for k, v in results.items())]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
