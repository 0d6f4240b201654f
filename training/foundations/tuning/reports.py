"""Tables and curves of the ablations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.common.cards import write_results
from training.foundations.recipe import Run
from training.foundations.tuning.review_cnn import result_path

SHARES = frozenset({"held_back", "accuracy", "macro_f1", "zeros"})
Row = dict[str, Any]


def publish(rows: Sequence[Row], run: Run) -> None:
    """Write `ablation.json`, `ablation.md` and `ablation.png` beside the model."""
    write_results(
        result_path(run, "ablation.json"), {"seed": run.seed, "small": run.small, "rows": list(rows)}
    )
    result_path(run, "ablation.md").write_text("\n".join(markdown(rows)) + "\n", encoding="utf-8")
    draw_bars(rows, result_path(run, "ablation.png"))


def markdown(rows: Sequence[Row]) -> list[str]:
    """Return the rows as a Markdown table."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [f"| {' | '.join(name.replace('_', ' ') for name in names)} |", "|---" * len(names) + "|"]
    return lines + [f"| {' | '.join(_cell(name, row.get(name, '')) for name in names)} |" for row in rows]


def _cell(name: str, value: Any) -> str:
    if name in SHARES and value != "":
        return f"{100 * value:.1f} %"
    return str(value)


def draw_bars(rows: Sequence[Row], target: Path) -> None:
    """Draw accuracy on the dev sentences by variant."""
    import pandas
    import seaborn
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure

    frame = pandas.DataFrame(rows)
    figure = Figure(figsize=(6.0, 0.35 * len(rows) + 1.1), layout="constrained")
    axes = figure.subplots()
    seaborn.barplot(frame, x="accuracy", y="variant", ax=axes, color="#3a7d5c")
    for bars in axes.containers:
        assert isinstance(bars, BarContainer)
        axes.bar_label(bars, fmt="%.3f", fontsize=8, padding=2)
    axes.set(xlabel="accuracy on SST-2 dev", ylabel="", xlim=(0.4, 1.0))
    figure.savefig(target, dpi=110)


def draw_curve(rows: Sequence[Row], across: str, label: str, target: Path) -> None:
    """Draw accuracy and size on disk against `across`, a field of the rows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 2.8), layout="constrained")
    axes = figure.subplots()
    places = range(len(rows))
    axes.plot(places, [100 * row["accuracy"] for row in rows], marker="o", color="#3a7d5c")
    axes.set(ylabel="accuracy, %", xlabel=label)
    axes.set_xticks(places, [str(row[across]) for row in rows], fontsize=8)
    sizes = axes.twinx()
    sizes.bar(places, [row["kilobytes"] for row in rows], 0.4, color="#b9b2a6", alpha=0.5)
    sizes.set_ylabel("kilobytes on disk")
    figure.savefig(target, dpi=110)
