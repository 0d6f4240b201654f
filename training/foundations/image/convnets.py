"""AlexNet, VGG and ResNet on small pictures: augmentation, early stopping on held-back pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pipelines.image.foundations.convnet import (
    AlexNetClassifier,
    ConvClassifier,
    ResNetClassifier,
    VGGClassifier,
    as_input,
)
from training.common.loop import FitConfig, fit, seed_everything
from training.common.losses import Loss
from training.foundations.image.classify import measured
from training.foundations.image.picture_sets import Pictures, cifar10
from training.foundations.recipe import Metrics, Run

MARGIN = 4
HOLE = 8


@dataclass(frozen=True)
class Plan:
    """How one of the networks is trained.

    Attributes:
        model: Its class.
        epochs: Passes over the data.
        rate: Peak of the learning rate.
        decay: Of the weights.
        smoothing: Of the labels.
    """

    model: type[ConvClassifier]
    epochs: int
    rate: float
    decay: float = 0.05
    smoothing: float = 0.1


PLANS = {
    "alexnet": Plan(AlexNetClassifier, epochs=20, rate=1e-3),
    "vgg": Plan(VGGClassifier, epochs=16, rate=3e-3),
    "resnet": Plan(ResNetClassifier, epochs=40, rate=3e-3),
}


def augment(pixels: Tensor, draw: np.random.Generator) -> Tensor:
    """Return pictures mirrored by chance, moved by up to 4 pixels and with one square hole each.

    The hole is cutout (DeVries and Taylor, 2017, arXiv:1708.04552), of 8x8 pixels and grey; half of it may
    lie outside, beyond every edge alike.

    Args:
        pixels: float32 (batch, 3, side, side) in [-1, 1].
        draw: Where the chance comes from.
    """
    side = pixels.shape[-1]
    wide = functional.pad(pixels, (MARGIN,) * 4, mode="reflect")
    moved = []
    for picture in wide:
        top, left = draw.integers(2 * MARGIN + 1, size=2)
        crop = picture[:, top : top + side, left : left + side]
        crop = crop.flip(2) if draw.random() < 0.5 else crop.clone()
        row, column = draw.integers(-(HOLE // 2), side - HOLE // 2 + 1, size=2)
        crop[:, max(row, 0) : row + HOLE, max(column, 0) : column + HOLE] = 0.0
        moved.append(crop)
    return torch.stack(moved).contiguous(memory_format=torch.channels_last)


class PictureProblem:
    """Pictures for the loop: augmented batches, accuracy on held-back pictures as the score."""

    def __init__(self, train: Pictures, held_back: Pictures, loss: Loss, batch: int, seed: int) -> None:
        self.pixels, self.classes = as_input(train.pixels), torch.from_numpy(train.classes)
        self.held_pixels, self.held_classes = as_input(held_back.pixels), torch.from_numpy(held_back.classes)
        self.objective, self.size, self.seed = loss, batch, seed

    def batches(self, epoch: int) -> Sequence[tuple[Tensor, Tensor]]:
        """Return the epoch's batches, shuffled and augmented by its number; every batch is full."""
        draw = np.random.default_rng((self.seed, epoch))
        order = draw.permutation(len(self.classes))
        count = max(1, len(order) // self.size)
        rows = [order[i * self.size : (i + 1) * self.size] for i in range(count)]
        return [(augment(self.pixels[row], draw), self.classes[row]) for row in rows]

    def loss(self, model: Any, batch: tuple[Tensor, Tensor], device: torch.device) -> Tensor:
        """Return the mean loss of a batch."""
        pixels, classes = (tensor.to(device) for tensor in batch)
        return self.objective.of_classes(model(pixels), classes)

    def score(self, model: Any, device: torch.device) -> dict[str, float]:
        """Return the accuracy on the held-back pictures."""
        parts = self.held_pixels.split(256)
        guesses = torch.cat([model(part.to(device)).argmax(1).cpu() for part in parts])
        return {"score": float((guesses == self.held_classes).float().mean())}


class ConvRecipe:
    """One of the networks by name."""

    def __init__(self, name: str) -> None:
        self.plan = PLANS[name]

    def train(self, run: Run) -> ConvClassifier:
        """Train on nine tenths of the train split; the last tenth chooses the epoch."""
        train, held_back = cifar10(run.data, "train", small=run.small).hold_back()
        epochs = run.epochs or (2 if run.small else self.plan.epochs)
        seed_everything(run.seed)
        model = self.plan.model(train.labels)
        batch, average = (16, 0.0) if run.small else (64, 0.99)
        problem = PictureProblem(train, held_back, Loss(smoothing=self.plan.smoothing), batch, run.seed)
        config = FitConfig(
            epochs, self.plan.rate, weight_decay=self.plan.decay, patience=12, average=average, seed=run.seed
        )
        fit(model.net, problem, config, run.folder, device=run.device)
        return model

    def evaluate(self, model: ConvClassifier, run: Run) -> Metrics:
        """Report on the test split."""
        return measured(model, run)
