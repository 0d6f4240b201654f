"""Several text tasks as one problem for the training loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from training.common.losses import Loss
from training.feelings.model import FeelingsModel
from training.feelings.tasks import Task

BATCH = {"sentiment": 48, "emotion": 48, "fine": 96, "danger": 32}
POOL = 32
EVALUATED_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class TextBatch:
    """Rows of one task."""

    task: int
    rows: NDArray[np.int64]


@dataclass(eq=False)
class Feelings:
    """Train tasks, the held-back rows of each, the tokenizer of the `tokenizers` package, and the loss."""

    train: Sequence[Task]
    held_back: Sequence[Task]
    tokenizer: Any
    objective: Loss = field(default_factory=Loss)

    def __post_init__(self) -> None:
        self._ids = [[e.ids for e in self.tokenizer.encode_batch(list(t.texts))] for t in self.train]

    def batches(self, epoch: int) -> list[TextBatch]:
        """Return every text once; a batch holds texts of one task and of similar length."""
        random = np.random.default_rng([epoch, 1])
        out = []
        for number, (task, ids) in enumerate(zip(self.train, self._ids, strict=True)):
            out += [
                TextBatch(number, rows) for rows in batches_by_length(ids, BATCH[task.name], POOL, random)
            ]
        return [out[row] for row in random.permutation(len(out))]

    def loss(self, model: FeelingsModel, batch: TextBatch, device: torch.device) -> torch.Tensor:
        """Return the chosen loss, of each label where a text may have several."""
        task = self.train[batch.task]
        ids, mask = padded([self._ids[batch.task][row] for row in batch.rows], device)
        wanted = torch.from_numpy(task.targets[batch.rows]).to(device)
        scores = model(ids, mask, task.name).float()
        if task.several:
            return self.objective.of_labels(scores, wanted)
        return self.objective.of_classes(scores, wanted.argmax(1))

    def score(self, model: FeelingsModel, device: torch.device) -> dict[str, float]:
        """Return each task's accuracy, or macro-F1, on the held-back texts; the score is their mean."""
        found = {}
        for task in self.held_back:
            scores = predict(model, task, self.tokenizer, device)
            if task.several:
                guesses = scores >= np.log(0.3 / 0.7)
                found[task.name] = float(f1_score(task.targets, guesses, average="macro", zero_division=0))
            else:
                found[task.name] = float((scores.argmax(1) == task.targets.argmax(1)).mean())
        return {**found, "score": float(np.mean(list(found.values())))}


def batches_by_length(
    ids: Sequence[Sequence[int]], size: int, pool: int, random: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Return batches of row numbers, every row once; the rows of `pool` batches are sorted by length."""
    order, out = random.permutation(len(ids)), []
    for at in range(0, len(order), size * pool):
        rows = sorted(order[at : at + size * pool], key=lambda row: len(ids[row]))
        out += [np.array(rows[i : i + size]) for i in range(0, len(rows), size)]
    return out


def padded(rows: list[list[int]], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token ids and mask, int64 (batch, longest)."""
    longest = max(map(len, rows))
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)], mask[number, : len(row)] = torch.tensor(row), 1
    return ids.to(device), mask.to(device)


@torch.no_grad()  # type: ignore[untyped-decorator]
def predict(model: FeelingsModel, task: Task, tokenizer: Any, device: torch.device) -> NDArray[np.float32]:
    """Return the scores of a task's texts, float32 (texts, labels)."""
    ids = [e.ids for e in tokenizer.encode_batch(list(task.texts))]
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    out = np.zeros(task.targets.shape, np.float32)
    for at in range(0, len(order), EVALUATED_AT_ONCE):
        rows = order[at : at + EVALUATED_AT_ONCE]
        out[rows] = model(*padded([ids[row] for row in rows], device), task.name).float().cpu().numpy()
    return out
