"""`python -m training compare FAMILY`: a family trained with one command, in one table and one figure."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.core.foundation import CARD, read_card
from training.common.cards import write_results
from training.foundations.recipe import FAMILIES, Run, train_and_keep
from training.foundations.recipes import BY_FAMILY

COLUMNS = (
    "accuracy",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "parameters",
    "train_seconds",
    "predict_ms",
)


def compare(
    family: Annotated[str, typer.Argument(help=f"One of {', '.join(FAMILIES)}.")],
    data: Annotated[Path, typer.Option(help="Folder of the data sets.")] = Path("../shared/data"),
    out: Annotated[Path, typer.Option(help="Folder for the table and the figure.")] = Path("runs/compare"),
    task: Annotated[str | None, typer.Option(help="Only this data set.")] = None,
    small: Annotated[bool, typer.Option("--small", help="Toy data and sizes.")] = False,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    kept: Annotated[bool, typer.Option("--kept", help="Train none: those that were trained before.")] = False,
) -> None:
    """Train every classifier of a family; print one table; write it as CSV and JSON, and a figure."""
    from tqdm import tqdm

    if family not in BY_FAMILY:
        raise typer.BadParameter(f"there is no family {family!r}; families: {', '.join(FAMILIES)}")
    jobs = [
        (name, spec, each)
        for name, spec in BY_FAMILY[family].items()  # type: ignore[index]
        for each in spec.tasks
        if spec.compared and task in (None, each)
    ]
    if not jobs:
        raise typer.BadParameter(f"no foundation of {family!r} is compared on {task!r}")
    rows = []
    for name, spec, each in (bar := tqdm(jobs, unit="model")):
        bar.set_description(f"{name} on {each}")
        folder = spec.folder(name, each)
        run = Run(data, out / folder.name if small else folder, each, seed, small=small)
        if not kept:
            train_and_keep(name, spec, run)
        elif not (run.folder / CARD).is_file():
            typer.echo(f"{name} on {each} is left out: it is not trained yet", err=True)
            continue
        rows.append(_row(name, run))
    if not rows:
        raise typer.BadParameter(f"none of {family!r} is trained yet")
    _publish(rows, family, out, small=small)


def _row(name: str, run: Run) -> dict[str, Any]:
    """Return what the card of a trained foundation says, as a row of the table."""
    card = read_card(run.folder, name)
    found = {**card, **card["metrics"]}
    shown = {column: found.get(column) for column in COLUMNS}
    return {"model": name, "task": run.task, **shown, "seed": card["seed"]}


def _publish(rows: Sequence[dict[str, Any]], family: str, out: Path, *, small: bool) -> None:
    import pandas

    frame = pandas.DataFrame(rows)
    out.mkdir(parents=True, exist_ok=True)
    frame.to_csv(out / f"{family}.csv", index=False)
    found = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "small": small}
    write_results(out / f"{family}.json", {**found, "rows": list(rows)})
    (out / f"{family}.md").write_text("\n".join(markdown(rows)) + "\n", encoding="utf-8")
    plot(frame, out / f"{family}.png")
    _print(rows, family)


def markdown(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the rows as a Markdown table, best accuracy of each task first."""
    head = ["model", "task", *COLUMNS]
    lines = [f"| {' | '.join(head)} |".replace("_", " "), "|---" * len(head) + "|"]
    ordered = sorted(rows, key=lambda row: (row["task"], -(row["accuracy"] or 0.0)))
    return lines + [f"| {' | '.join(shown(column, row[column]) for column in head)} |" for row in ordered]


def shown(column: str, value: Any) -> str:
    """Return a cell: shares in per cent, counts with commas."""
    if value is None:
        return ""
    if column == "parameters":
        return f"{value:,}"
    if column == "accuracy" or column.startswith("macro"):
        return f"{100 * value:.1f} %"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def plot(frame: Any, target: Path) -> None:
    """Draw accuracy by model, a panel a task, and accuracy against milliseconds a prediction."""
    import seaborn
    from matplotlib.figure import Figure

    tasks = list(dict.fromkeys(frame["task"]))
    figure = Figure(
        figsize=(5 * (len(tasks) + 1), 0.35 * len(frame) / len(tasks) + 2.2), layout="constrained"
    )
    panels = figure.subplots(1, len(tasks) + 1)
    for panel, task in zip(panels, tasks, strict=False):
        rows = frame[frame["task"] == task].sort_values("accuracy", ascending=False)
        seaborn.barplot(rows, x="accuracy", y="model", ax=panel, color="#3a7d5c")
        panel.set(title=task, xlabel="accuracy on held-out data", ylabel="", xlim=(0, 1))
        panel.bar_label(panel.containers[0], fmt="%.3f", fontsize=8, padding=2)
    seaborn.scatterplot(frame, x="predict_ms", y="accuracy", hue="model", style="task", ax=panels[-1], s=60)
    panels[-1].set(title="accuracy and speed", xlabel="milliseconds a prediction", xscale="log")
    panels[-1].legend(fontsize=6)
    figure.savefig(target, dpi=110)


def _print(rows: Sequence[dict[str, Any]], family: str) -> None:
    from rich.console import Console
    from rich.table import Table

    head = ["model", "task", *COLUMNS]
    table = Table(*(name.replace("_", " ") for name in head), title=f"Foundations: {family}")
    for row in sorted(rows, key=lambda row: (row["task"], -(row["accuracy"] or 0.0))):
        table.add_row(*(shown(column, row[column]) for column in head))
    Console(width=160).print(table)
