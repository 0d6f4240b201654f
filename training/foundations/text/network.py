"""Recipes of the neural text classifiers, from word vectors that were learned without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipelines.core.foundation import CARD, foundations_home, load_foundation, read_card
from pipelines.foundations import FOUNDATIONS
from pipelines.text.foundations.networks import NetworkConfig, NetworkKind, TextNetwork
from pipelines.text.foundations.neural import NeuralTextClassifier
from pipelines.text.foundations.vectors import WordVectors
from pipelines.text.foundations.words import PAD, WordNumbers, padded, words_of
from training.common.datasets import LabelledText
from training.common.loop import FitConfig, fit, seed_everything
from training.common.losses import Loss
from training.common.metrics import classifier_metrics
from training.foundations.recipe import Metrics, Run
from training.foundations.text.classify import texts

VECTORS = "word2vec-skipgram"
HELD_BACK = 10
SPREAD = 0.3
"""Standard deviation of the first word vectors' numbers."""
BATCH, LEAST_BATCHES, POOL = 50, 40, 20
HIDDEN, RATE, EPOCHS, AVERAGE = 100, 1.5e-3, 10, 0.99


@dataclass(frozen=True)
class NetworkRecipe:
    """A neural classifier by its kind."""

    kind: NetworkKind

    def train(self, run: Run) -> NeuralTextClassifier:
        """Train on nine tenths of the train split; the rest chooses the epoch."""
        rows = texts(run.data, run.task, held_out=False, small=run.small)
        return train_network(self.kind, rows, None if run.small else word_vectors(run), run)

    def evaluate(self, model: NeuralTextClassifier, run: Run) -> Metrics:
        """Report on the dev split, which chose nothing."""
        rows = texts(run.data, run.task, held_out=True, small=run.small)
        inputs, truth = [row.text for row in rows], [row.label for row in rows]
        return classifier_metrics(model.probabilities, inputs, truth, model.labels)


def word_vectors(run: Run) -> WordVectors:
    """Return the trained skip-gram vectors; trains and keeps them where they are not there yet."""
    from training.foundations.recipe import train_and_keep
    from training.foundations.recipes import FOUNDATION_RECIPES

    folder = foundations_home() / VECTORS
    if not (folder / CARD).is_file() or read_card(folder, VECTORS)["small"]:
        train_and_keep(VECTORS, FOUNDATION_RECIPES[VECTORS], Run(run.data, folder, "joined", run.seed))
    found: Any = load_foundation(FOUNDATIONS[VECTORS], VECTORS, folder)
    return found


def train_network(
    kind: NetworkKind,
    rows: Sequence[LabelledText],
    vectors: WordVectors | None,
    run: Run,
    hidden: int = HIDDEN,
    rate: float = RATE,
) -> NeuralTextClassifier:
    """Return a classifier, trained with dropout, averaged weights and early stopping.

    The vocabulary is what has a vector, and the words that the rows use twice; without `vectors` their
    vectors begin at random.
    """
    seed_everything(run.seed)
    order = np.random.default_rng(run.seed).permutation(len(rows))
    held_back = [rows[row] for row in order[: len(rows) // HELD_BACK]]
    train = [rows[row] for row in order[len(rows) // HELD_BACK :]]
    vocabulary = WordNumbers.build((words_of(row.text) for row in train), least=2)
    if vectors is not None:
        known = set(vocabulary.words)
        vocabulary = WordNumbers((*vocabulary.words, *(word for word in vectors.words if word not in known)))
    labels = sorted({row.label for row in train})
    network = TextNetwork(NetworkConfig(kind, len(vocabulary), len(labels), hidden=hidden))
    _start_from(network, vocabulary, vectors)
    model = NeuralTextClassifier(network, vocabulary, labels)
    config = FitConfig(
        run.epochs or EPOCHS, rate, weight_decay=1e-3, average=AVERAGE, patience=4, seed=run.seed
    )
    fit(network, Labelling(model, train, held_back, run.seed), config, run.folder / "fit", device=run.device)
    return model


def _start_from(network: TextNetwork, vocabulary: WordNumbers, vectors: WordVectors | None) -> None:
    """Set the vectors of words that have one; the rest stay as random, at the same spread."""
    if vectors is None:
        return
    weight = network.words.weight.data
    scale = float(vectors.matrix.std())
    weight.normal_(std=scale)
    weight[PAD] = 0.0
    for number, word in enumerate(vocabulary.words):
        if word in vectors:
            weight[number] = torch.from_numpy(vectors.matrix[vectors.row(word)])
    weight *= SPREAD / scale


@dataclass(eq=False)
class Labelling:
    """Texts with one label each as a problem for the training loop."""

    model: NeuralTextClassifier
    train: Sequence[LabelledText]
    held_back: Sequence[LabelledText]
    seed: int = 0

    def __post_init__(self) -> None:
        self._rows = [self.model.encode(row.text) for row in self.train]
        self._labels = np.array([self.model.labels.index(row.label) for row in self.train])
        self._truth = np.array([self.model.labels.index(row.label) for row in self.held_back])

    def batches(self, epoch: int) -> list[list[int]]:
        """Return every text once; a batch holds texts of similar length."""
        random = np.random.default_rng([epoch, 3, self.seed])
        order, out = random.permutation(len(self._rows)), []
        size = min(BATCH, max(1, len(order) // LEAST_BATCHES))
        for at in range(0, len(order), size * POOL):
            pool = sorted(order[at : at + size * POOL].tolist(), key=lambda row: len(self._rows[row]))
            out += [pool[start : start + size] for start in range(0, len(pool), size)]
        return [out[row] for row in random.permutation(len(out))]

    def loss(self, network: TextNetwork, batch: list[int], device: torch.device) -> Tensor:
        """Return the cross-entropy of a batch."""
        tokens = torch.from_numpy(padded([self._rows[row] for row in batch])).to(device)
        wanted = torch.from_numpy(self._labels[batch]).to(device)
        return Loss(smoothing=0.05).of_classes(network(tokens).float(), wanted)

    def score(self, network: TextNetwork, device: torch.device) -> dict[str, float]:
        """Return accuracy on the held-back rows; their likelihood decides between equals."""
        del network, device
        found = self.model.probabilities([row.text for row in self.held_back])
        accuracy = float((found.argmax(1) == self._truth).mean())
        loss = float(-np.log(found[np.arange(len(found)), self._truth] + 1e-9).mean())
        return {"accuracy": accuracy, "held_back_loss": loss, "score": accuracy - 1e-3 * loss}
