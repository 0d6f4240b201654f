"""Text classifiers on SST-2 and the six emotions."""

from __future__ import annotations

from pathlib import Path

from pipelines.text.foundations.linear import LinearSVM, LinearTextClassifier, NaiveBayes
from training.common.datasets import LabelledText, six_emotions, sst2
from training.common.metrics import classifier_metrics
from training.foundations.recipe import Metrics, Run

SMALL = 600


def texts(data: Path, task: str, *, held_out: bool, small: bool = False) -> list[LabelledText]:
    """Return the train split of a task, or the split that measures it."""
    if task == "sst2":
        found = sst2(data, "dev" if held_out else "train")
    else:
        found = six_emotions(data, "val" if held_out else "train")
    return found[:SMALL] if small else found


class LinearRecipe:
    """A traditional classifier by name."""

    def __init__(self, name: str) -> None:
        self.kind: type[NaiveBayes | LinearSVM] = NaiveBayes if name == "naive-bayes" else LinearSVM

    def train(self, run: Run) -> LinearTextClassifier:
        """Fit on the train split."""
        rows = texts(run.data, run.task, held_out=False, small=run.small)
        return self.kind.new().fit([row.text for row in rows], [row.label for row in rows])

    def evaluate(self, model: LinearTextClassifier, run: Run) -> Metrics:
        """Report on the dev split, which chose nothing."""
        rows = texts(run.data, run.task, held_out=True, small=run.small)
        inputs, truth = [row.text for row in rows], [row.label for row in rows]
        return classifier_metrics(model.probabilities, inputs, truth, model.labels)
