"""The recipe's tasks: texts with their labels, split so that the dev splits choose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.text.clean import clean
from training.common.corpora import corpus_folder
from training.common.datasets import six_emotions, sst2

SENTIMENTS = ("negative", "positive")
EMOTIONS = ("sadness", "joy", "love", "anger", "fear", "surprise")
HELD_BACK = {"sentiment": 400, "emotion": 800, "fine": 2000}


@dataclass(frozen=True, eq=False)
class Task:
    """One head's texts and targets.

    `targets`: float32 (texts, labels), one-hot, or several ones a row where `several`.
    """

    name: str
    labels: tuple[str, ...]
    several: bool
    texts: tuple[str, ...]
    targets: NDArray[np.float32]

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Task:
        """Return the task with some of its rows."""
        texts = tuple(self.texts[row] for row in rows)
        return Task(self.name, self.labels, self.several, texts, self.targets[np.asarray(rows)])


def load_tasks(data: Path, split: str) -> list[Task]:
    """Return sentiment (SST-2), six emotions and GoEmotions; split "train" or "dev"."""
    sentiment = sst2(data, split)
    emotion = six_emotions(data, "val" if split == "dev" else split)
    return [
        _single("sentiment", SENTIMENTS, [(row.text, row.label) for row in sentiment]),
        _single("emotion", EMOTIONS, [(row.text, row.label) for row in emotion]),
        go_emotions(data, split),
    ]


def _single(name: str, labels: tuple[str, ...], rows: list[tuple[str, str]]) -> Task:
    targets = np.eye(len(labels), dtype=np.float32)[[labels.index(label) for _, label in rows]]
    return Task(name, labels, False, tuple(tidy(text) for text, _ in rows), targets)


def go_emotions(data: Path, split: str) -> Task:
    """Return GoEmotions (Demszky et al., 2020): 27 emotions and neutral, several to a text."""
    folder = corpus_folder(data, "goemotions")
    labels = tuple((folder / "labels.txt").read_text("utf-8").split())
    rows = [line.split("\t") for line in (folder / f"{split}.tsv").read_text("utf-8").splitlines()]
    targets = np.zeros((len(rows), len(labels)), np.float32)
    for row, (_, numbers, _) in zip(targets, rows, strict=True):
        row[[int(number) for number in numbers.split(",")]] = 1.0
    return Task("fine", labels, True, tuple(tidy(row[0]) for row in rows), targets)


def tidy(text: str) -> str:
    """Return a text as the app gives it to the model."""
    return clean(text).lower()


def hold_back(task: Task, seed: int = 0) -> tuple[Task, Task]:
    """Return the train split without, and with only, the texts that choose epoch and temperature."""
    order = np.random.default_rng(seed).permutation(len(task.texts))
    count = HELD_BACK[task.name]
    return task.take(order[count:]), task.take(order[:count])
