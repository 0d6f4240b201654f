"""What a foundation's recipe must be able to do, and its run: train, time, measure, keep."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from pipelines.core.errors import SettingsError
from pipelines.core.foundation import CARD, Learned, foundations_home, read_card, write_foundation

Family = Literal["text", "image", "speech", "crossmodal", "tuning"]
FAMILIES: tuple[Family, ...] = ("text", "image", "speech", "crossmodal", "tuning")
Metrics = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """How to train or evaluate.

    Attributes:
        data: Folder of the data sets.
        folder: Where the trained foundation is kept, with its figures.
        task: Which of the recipe's tasks.
        seed: Of everything that is drawn.
        epochs: Passes over the data; None for the recipe's own number.
        small: Toy data and sizes, for tests and a first look.
        device: Of torch; "auto" takes CUDA, then MPS, then the CPU.
    """

    data: Path
    folder: Path
    task: str
    seed: int = 0
    epochs: int | None = None
    small: bool = False
    device: str = "auto"


class Recipe(Protocol):
    """Trains and measures one foundation. Made without arguments, or with the row's."""

    def train(self, run: Run) -> Learned:
        """Return the model, trained on the train split; shows its progress.

        Raises:
            InputError: if a data set is not there.
        """

    def evaluate(self, model: Any, run: Run) -> Metrics:
        """Return metrics on data that neither trained nor chose anything; figures go to `run.folder`."""


@dataclass(frozen=True)
class RecipeSpec:
    """One row of a table.

    Attributes:
        target: "module:attribute" of a `Recipe` class or function that makes one.
        chapter: Of the article.
        help: One line.
        tasks: Data sets that it can be trained on; the first is the default.
        arguments: For the target.
        compared: Whether `compare` has a row of it: a classifier with `training.common.metrics.report`.
    """

    target: str
    chapter: str
    help: str
    tasks: tuple[str, ...]
    arguments: tuple[Any, ...] = ()
    compared: bool = False

    def make(self) -> Recipe:
        """Import the target and make the recipe."""
        module, _, attribute = self.target.partition(":")
        recipe: Recipe = getattr(importlib.import_module(module), attribute)(*self.arguments)
        return recipe

    def task(self, wanted: str | None) -> str:
        """Return the task that is wanted, or the default. Raises SettingsError."""
        if wanted is not None and wanted not in self.tasks:
            raise SettingsError(
                "The recipe has no task of that name", given=wanted, allowed=", ".join(self.tasks)
            )
        return wanted or self.tasks[0]

    def folder(self, name: str, task: str) -> Path:
        """Return where the foundation `name` is kept: a folder of its own for each task."""
        return foundations_home() / (name if task == self.tasks[0] else f"{name}-{task}")


RecipeTable = Mapping[str, RecipeSpec]


def train_and_keep(name: str, spec: RecipeSpec, run: Run) -> Metrics:
    """Train, measure and keep a foundation in `run.folder`; return its metrics with `train_seconds`."""
    recipe, start = spec.make(), time.perf_counter()
    model = recipe.train(run)
    seconds = round(time.perf_counter() - start, 2)
    facts = {"task": run.task, "seed": run.seed, "small": run.small, "train_seconds": seconds}
    write_foundation(model, run.folder, name, facts)
    return measure(name, spec, model, run)


def measure(name: str, spec: RecipeSpec, model: Learned, run: Run) -> Metrics:
    """Measure a model, write the metrics into its card and return them with parameters and seconds."""
    metrics = spec.make().evaluate(model, run)
    card = read_card(run.folder, name) | {"metrics": metrics}
    (run.folder / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return {**metrics, "parameters": card["parameters"], "train_seconds": card["train_seconds"]}
