"""Training a DCGAN: the game of two networks, its losses, its pictures by epoch and its failure."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus
from tqdm import tqdm

from pipelines.image.foundations.convnet import as_input
from pipelines.image.foundations.dcgan import DCGAN
from pipelines.image.foundations.pictures import grid
from pipelines.image.foundations.transfer import PooledFeatures
from training.common.loop import choose_device, seed_everything
from training.foundations.image.figures import plot_game, plot_pictures
from training.foundations.image.frechet import AXES, Judge
from training.foundations.image.picture_sets import Pictures, cifar10
from training.foundations.recipe import Metrics, Run

Features = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
BATCH = 32
JUDGED = 200
SHOWN = 36


@dataclass(frozen=True)
class Game:
    """How the two networks are trained.

    Attributes:
        epochs: Passes over the real pictures.
        generator_rate: Learning rate of the generator.
        discriminator_rate: Of the discriminator.
        norm: Whether both have batch norm.
        looks: How many times the pictures are judged on the way, the first epoch and the last among them.
    """

    epochs: int = 60
    generator_rate: float = 2e-4
    discriminator_rate: float = 2e-4
    norm: bool = True
    looks: int = 5

    def looked_at(self) -> list[int]:
        """Return the epochs after which pictures are judged."""
        return sorted({round(n) for n in np.geomspace(1, self.epochs, self.looks)})


GAMES = {
    "cifar10": Game(),
    "unbalanced": Game(epochs=3, generator_rate=4e-3, discriminator_rate=1e-5, norm=False, looks=2),
}


def play(model: DCGAN, pixels: Tensor, game: Game, seed: int, device: torch.device) -> Iterator[Metrics]:
    """Train `model` in place; yield one row an epoch: both losses and how real each kind looked.

    The discriminator learns log D(x) + log(1 - D(G(z))). The generator learns log D(G(z)), the non-saturating
    form, which has a gradient also while the discriminator wins (Goodfellow et al., 2014, arXiv:1406.2661).

    Args:
        model: Both networks.
        pixels: Real pictures, float32 (n, 3, 32, 32) in [-1, 1].
        game: Rates and epochs.
        seed: Of the noise and the order.
        device: Where to train.
    """
    model.both.to(device)
    makers = [
        torch.optim.Adam(net.parameters(), rate, betas=(0.5, 0.999))
        for net, rate in (
            (model.generator, game.generator_rate),
            (model.discriminator, game.discriminator_rate),
        )
    ]
    source = torch.Generator().manual_seed(seed)
    for epoch in range(1, game.epochs + 1):
        model.both.train()
        order = torch.randperm(len(pixels), generator=source)
        rows = []
        for chosen in tqdm(order.split(BATCH)[: max(1, len(order) // BATCH)], desc=f"epoch {epoch}"):
            real = _mirrored(pixels[chosen], source).to(device)
            rows.append(_round(model, real, model.noise(len(real), source).to(device), *makers))
        means = np.mean(rows, axis=0)
        names = ("discriminator_loss", "generator_loss", "real", "fake")
        yield {"epoch": epoch, **{name: float(value) for name, value in zip(names, means, strict=True)}}


def _mirrored(pixels: Tensor, source: torch.Generator) -> Tensor:
    chance = torch.rand(len(pixels), 1, 1, 1, generator=source)
    return torch.where(chance < 0.5, pixels, pixels.flip(3)).contiguous(memory_format=torch.channels_last)


def _round(
    model: DCGAN,
    real: Tensor,
    noise: Tensor,
    generator_steps: torch.optim.Optimizer,
    discriminator_steps: torch.optim.Optimizer,
) -> tuple[float, float, float, float]:
    """One step of each network; `softplus(-s)` is -log D and `softplus(s)` is -log(1 - D) of a score s."""
    fake = model.generator(noise)
    on_real, on_fake = model.discriminator(real), model.discriminator(fake.detach())
    judged = softplus(-on_real).mean() + softplus(on_fake).mean()
    discriminator_steps.zero_grad(set_to_none=True)
    judged.backward()
    discriminator_steps.step()
    made = softplus(-model.discriminator(fake)).mean()
    generator_steps.zero_grad(set_to_none=True)
    made.backward()
    generator_steps.step()
    shares = on_real.detach().sigmoid().mean(), on_fake.detach().sigmoid().mean()
    return float(judged.detach()), float(made.detach()), float(shares[0]), float(shares[1])


def judge_of(pictures: Pictures, features: Features, count: int, axes: int = AXES) -> Judge:
    """Return a judge that knows `count` real pictures, each class alike; as many others give the axes."""
    each = count // len(pictures.labels)
    rows, others = spread(pictures, 0, each), spread(pictures, each, each)
    known = features(pictures.pixels[np.concatenate([rows, others])])
    return Judge.of(known[: len(rows)], pictures.classes[rows], known[len(rows) :], axes)


def spread(pictures: Pictures, skipped: int, each: int) -> NDArray[np.int64]:
    """Return rows of the first `each` pictures of every class after `skipped`."""
    kinds = range(len(pictures.labels))
    return np.concatenate(
        [np.flatnonzero(pictures.classes == kind)[skipped : skipped + each] for kind in kinds]
    )


class GanRecipe:
    """DCGAN on CIFAR-10; the task "unbalanced" is the same game made to fail."""

    def __init__(self, features: Features | None = None) -> None:
        self.features: Features = features or PooledFeatures()

    def train(self, run: Run) -> DCGAN:
        """Play the game; `run.folder` gets `game.csv`, `game.png` and `samples.png`, by epoch."""
        seed_everything(run.seed)
        game = GAMES[run.task]
        if run.small or run.epochs:
            game = replace(game, epochs=run.epochs or 2)
        pictures = cifar10(run.data, "train", small=run.small)
        model = DCGAN(norm=game.norm)
        judge = judge_of(pictures, self.features, _count(run))
        run.folder.mkdir(parents=True, exist_ok=True)
        rows, sheets, looks = [], [], game.looked_at()
        for row in play(model, as_input(pictures.pixels), game, run.seed, choose_device(run.device)):
            if row["epoch"] in looks:
                made = self.features(model.sample(_count(run), run.seed + 1))
                row |= {"frechet": judge.frechet(made), **judge.variety(made)}
                sheets.append((f"epoch {row['epoch']}", grid(list(model.sample(SHOWN, run.seed)))))
                tqdm.write(str(row))
            rows.append(row)
            _write(rows, run.folder / "game.csv")
        plot_game(rows, run.folder / "game.png")
        plot_pictures([sheets], run.folder / "samples.png")
        return model

    def evaluate(self, model: DCGAN, run: Run) -> Metrics:
        """Return Fréchet distance and variety against test pictures, beside those of train pictures."""
        judge = judge_of(cifar10(run.data, "test", small=run.small), self.features, _count(run))
        made = self.features(model.sample(_count(run), run.seed + 2))
        train = cifar10(run.data, "train", small=run.small)
        real = self.features(train.pixels[spread(train, 0, _count(run) // len(train.labels))])
        return {
            "pictures": _count(run),
            "frechet": judge.frechet(made),
            "frechet_of_train_pictures": judge.frechet(real),
            **judge.variety(made),
            "variety_of_train_pictures": judge.variety(real),
        }


def _count(run: Run) -> int:
    return 60 if run.small else JUDGED


def _write(rows: Sequence[Metrics], target: Path) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with target.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, names)
        table.writeheader()
        table.writerows(rows)
