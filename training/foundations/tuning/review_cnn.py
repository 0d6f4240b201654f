"""The one model that is tuned and compressed: Kim's CNN on SST-2, and how a variant of it is trained."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipelines.text.foundations.tuned.cnn import TextCNN, TunedClassifier, Words, write_weights
from training.common.datasets import sst2
from training.common.loop import FitConfig, fit
from training.common.losses import Loss
from training.common.metrics import classifier_metrics
from training.foundations.recipe import Run

LABELS = ("negative", "positive")
BATCH, EPOCHS, RATE = 64, 6, 1e-3
HELD_BACK = 10
"""Every tenth training sentence chooses epochs and variants."""
SMALL = 600
PLAIN = FitConfig(EPOCHS, RATE, warmup=0.0, weight_decay=0.0, decay="constant", patience=EPOCHS)


@dataclass(frozen=True, eq=False)
class Texts:
    """Sentences as word numbers, int64 (n, 40), with their classes, int64 (n,)."""

    sentences: Sequence[str]
    numbers: NDArray[np.int64]
    classes: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reviews:
    """SST-2: `train` to learn from, `held` to choose by, `dev` to measure on."""

    words: Words
    train: Texts
    held: Texts
    dev: Texts

    @classmethod
    def of(cls, run: Run, seen: Iterable[str] = ()) -> Reviews:
        """Read the data; no two parts share a sentence by its letters and digits.

        Args:
            run: Says where the data are.
            seen: What else was learned from, by a teacher: no such sentence measures.

        Raises:
            InputError: where the data are not there.
        """
        most = SMALL if run.small else None
        rows, dev = sst2(run.data, "train")[:most], sst2(run.data, "dev")[:most]
        kept = [row for at, row in enumerate(rows) if at % HELD_BACK]
        learned = {content(row.text) for row in kept}
        held = [row for row in rows[::HELD_BACK] if content(row.text) not in learned]
        known = {content(text) for text in seen} | {content(row.text) for row in rows}
        unseen = [row for row in dev if content(row.text) not in known]
        words = Words.of([row.text for row in kept])
        return cls(words, *(_texts(part, words) for part in (kept, held, unseen)))


def content(text: str) -> str:
    """Return the letters and digits of a text, small: what two copies of a sentence have in common."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _texts(rows: Sequence[Any], words: Words) -> Texts:
    sentences = [row.text for row in rows]
    return Texts(sentences, words.encode(sentences), np.array([LABELS.index(row.label) for row in rows]))


@dataclass(frozen=True)
class Variant:
    """One way to train the model.

    Attributes:
        name: In the table.
        config: Of the training loop.
        loss: Of the scores.
        dropout: Of the network.
        l1: Weight of the sum of the absolute weights.
        keep_last: Keep the last epoch's weights instead of the best epoch's.
    """

    name: str
    config: FitConfig = PLAIN
    loss: Loss = field(default_factory=Loss)
    dropout: float = 0.0
    l1: float = 0.0
    keep_last: bool = False


class ReviewProblem:
    """Batches of word numbers and classes.

    Args:
        reviews: The data.
        variant: How to train.
        hints: Class scores of a teacher, float32 (train, 2), or none.
    """

    def __init__(self, reviews: Reviews, variant: Variant, hints: NDArray[np.float32] | None = None) -> None:
        self.reviews, self.variant, self.hints = reviews, variant, hints
        self.epochs = 0

    def batches(self, epoch: int) -> Sequence[NDArray[np.intp]]:
        """Return row numbers of the training sentences."""
        count = len(self.reviews.train.classes)
        order = np.random.default_rng([self.variant.config.seed, epoch]).permutation(count)
        return np.array_split(order, max(1, count // BATCH))

    def loss(self, model: Any, batch: NDArray[np.intp], device: torch.device) -> Tensor:
        """Return the loss of a batch, with the penalty and the teacher's part where there are any."""
        numbers = torch.from_numpy(self.reviews.train.numbers[batch]).to(device)
        wanted = torch.from_numpy(self.reviews.train.classes[batch]).to(device)
        scores = model(numbers)
        found = self.variant.loss.of_classes(scores.float(), wanted)
        if self.hints is not None:
            found = distilled(scores.float(), torch.from_numpy(self.hints[batch]).to(device), found)
        if self.variant.l1:
            found = found + self.variant.l1 * sum(w.abs().sum() for w in model.parameters() if w.ndim > 1)
        return found

    def score(self, model: Any, device: torch.device) -> dict[str, float]:
        """Return the accuracy on held-back sentences; as `score` too, unless the last epoch is kept."""
        self.epochs += 1
        right = accuracy(model, self.reviews.held, device)
        return {"held_back": right, "score": float(self.epochs) if self.variant.keep_last else right}


TEMPERATURE, TEACHING = 2.0, 0.7


def distilled(scores: Tensor, hints: Tensor, own: Tensor) -> Tensor:
    """Return the loss of a student: 0.7 of the teacher's softened answer, 0.3 of its `own` loss.

    Source: Hinton, Vinyals and Dean, 2015, arXiv:1503.02531.
    """
    wanted = (hints / TEMPERATURE).softmax(dim=1)
    soft = -(wanted * (scores / TEMPERATURE).log_softmax(dim=1)).sum(dim=1).mean()
    return TEACHING * TEMPERATURE**2 * soft + (1 - TEACHING) * own


def accuracy(net: nn.Module, texts: Texts, device: torch.device | str = "cpu") -> float:
    """Return the share of right answers."""
    with torch.inference_mode():
        found = net(torch.from_numpy(texts.numbers).to(device)).argmax(dim=1).cpu().numpy()
    return float((found == texts.classes).mean())


@dataclass(frozen=True, eq=False)
class Trained:
    """A variant that was trained: its classifier and its row of the table."""

    classifier: TunedClassifier
    row: dict[str, Any]


def train_variant(
    variant: Variant,
    reviews: Reviews,
    run: Run,
    *,
    hints: NDArray[np.float32] | None = None,
    width: int = 64,
    channels: int = 48,
) -> Trained:
    """Train the model one way and measure it on the dev sentences, which choose nothing."""
    torch.manual_seed(run.seed)
    net = TextCNN(reviews.words.size, len(LABELS), variant.dropout, width=width, channels=channels)
    folder = run.folder / "runs" / variant.name.replace(" ", "-")
    start = time.perf_counter()
    log = fit(net, ReviewProblem(reviews, variant, hints), variant.config, folder, device=run.device)
    seconds = time.perf_counter() - start
    classifier = TunedClassifier(net.cpu(), reviews.words, LABELS)
    row = measured(variant.name, classifier, reviews, write_weights(net, folder / "weights.npz", "dense"))
    return Trained(classifier, {**row, "epochs": len(log), "train_seconds": round(seconds, 1)})


def measured(name: str, classifier: Any, reviews: Reviews, size: int) -> dict[str, Any]:
    """Return a row: accuracy held back and on dev, kilobytes on disk, milliseconds for one sentence."""
    truth = [LABELS[at] for at in reviews.dev.classes]
    found = classifier_metrics(classifier.probabilities, reviews.dev.sentences, truth, LABELS)
    held = classifier.probabilities(reviews.held.sentences).argmax(axis=1)
    return {
        "variant": name,
        "held_back": round(float((held == reviews.held.classes).mean()), 4),
        "accuracy": found["accuracy"],
        "macro_f1": found["macro_f1"],
        "kilobytes": round(size / 1000, 1),
        "milliseconds": found["predict_ms"],
    }


def epochs_of(run: Run) -> int:
    """Return how many epochs: the run's, one for toy sizes, else the recipe's."""
    return run.epochs or (1 if run.small else EPOCHS)


def result_path(run: Run, name: str) -> Path:
    """Return a file for tables and figures beside the model."""
    run.folder.mkdir(parents=True, exist_ok=True)
    return run.folder / name
