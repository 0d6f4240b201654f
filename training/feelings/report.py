"""What the shipped feelings model does on the dev splits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, precision_recall_fscore_support
from tqdm import tqdm

from pipelines.backends import default_registry
from pipelines.core.linear import softmax
from pipelines.core.weights import WeightStore
from pipelines.text.feelings import FeelingsReader
from training.common.cards import write_card, write_results
from training.common.figures import plot_confusion
from training.common.metrics import report
from training.feelings.tasks import Task

EVALUATED_AT_ONCE = 64


def shipped_reader(folder: Path) -> FeelingsReader:
    """Return the app's own reader on the files in `folder`, also before they are in the manifest.

    Without `neutral.npz`, which is learned from its scores, it scores texts and reads none.
    """
    reader = FeelingsReader(default_registry())
    reader.open(folder, WeightStore().path("minilm") / "tokenizer.json")
    return reader


def evaluate_shipped(folder: Path, tasks: list[Task]) -> dict[str, dict[str, Any]]:
    """Return each head's metrics on the texts of `tasks`, with the int8 graph as it ships."""
    reader = shipped_reader(folder)
    out = {}
    for task in tasks:
        scores = _scores(reader, task)
        head = reader.heads[task.name]
        if task.several:
            chances = 1.0 / (1.0 + np.exp(-scores / head.temperature))
            out["GoEmotions dev"] = _several(task, chances, np.array(head.thresholds))
        else:
            truth = [task.labels[row] for row in task.targets.argmax(1)]
            name = {"sentiment": "SST-2 dev", "emotion": "six emotions val"}[task.name]
            out[name] = report(softmax(scores / head.temperature), truth, task.labels)
    return out


def _scores(reader: FeelingsReader, task: Task) -> NDArray[np.float32]:
    order = sorted(range(len(task.texts)), key=lambda row: len(task.texts[row]))
    out = np.zeros(task.targets.shape, np.float32)
    for at in tqdm(range(0, len(order), EVALUATED_AT_ONCE), unit="batch", desc=task.name):
        rows = order[at : at + EVALUATED_AT_ONCE]
        out[rows] = reader.scores([task.texts[row] for row in rows])[task.name]
    return out


def _several(task: Task, chances: NDArray[np.float32], least: NDArray[Any]) -> dict[str, Any]:
    guesses = chances >= least
    _, recall, _, _ = precision_recall_fscore_support(task.targets, guesses, average="macro", zero_division=0)
    always = np.zeros_like(guesses)
    always[:, int(task.targets.sum(0).argmax())] = True

    def f1(found: NDArray[np.bool_], average: str) -> float:
        return round(float(f1_score(task.targets, found, average=average, zero_division=0)), 4)

    return {
        "count": len(task.texts),
        "accuracy": round(float((guesses == task.targets.astype(bool)).all(1).mean()), 4),
        "macro_recall": round(float(recall), 4),
        "macro_f1": f1(guesses, "macro"),
        "micro_f1": f1(guesses, "micro"),
        "calibration_error": round(float(abs(chances.mean(0) - task.targets.mean(0)).mean()), 4),
        "majority_baseline": round(
            float(f1_score(task.targets, always, average="macro", zero_division=0)), 4
        ),
        "labels": list(task.labels),
    }


def write_report(folder: Path, results: dict[str, dict[str, Any]], facts: dict[str, str]) -> None:
    """Write results and card beside the weights."""
    write_results(folder / "results.json", results)
    for name, row in results.items():
        if "confusion" in row:
            plot_confusion(row, folder / f"confusion-{name.replace(' ', '-').lower()}.png")
    write_card(folder / "README.md", "Trio feelings", facts, results)
