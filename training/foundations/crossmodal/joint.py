"""Recipes of the shared spaces: pairs pulled together, and a critic that must not tell the modality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from pipelines.crossmodal.foundations.bank import Bank
from pipelines.crossmodal.foundations.joint import (
    SHARED,
    JointEmbedding,
    TextImage,
    TextSpeech,
    Towers,
    embed,
)
from training.common.loop import FitConfig, fit
from training.foundations.crossmodal.features import Pairs, flickr_pairs
from training.foundations.crossmodal.retrieval import both_ways, plot_recalls
from training.foundations.recipe import Metrics, Run

BATCH, EPOCHS, RATE = 256, 15, 1e-3
HELD_BACK = 500
"""Training photos that only choose the epoch."""
PULL = 0.3
"""Weight of the critic's loss, whose gradient reaches the towers reversed."""
Training = Literal["paired", "critic", "unpaired"]
_Rows = NDArray[np.float32]


class _Reversed(torch.autograd.Function):
    """The identity forwards; backwards the gradient with its sign changed (Ganin et al., 2016)."""

    @staticmethod
    def forward(context: Any, rows: Tensor) -> Tensor:
        return rows.view_as(rows)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        return -gradients[0]


class Adversaries(nn.Module):
    """Towers, the critic against them, and the ways back that keep the towers from forgetting their input.

    Args:
        towers: What is trained and kept.
        first: Width of the first modality's features.
        second: Width of the second's.
    """

    def __init__(self, towers: Towers, first: int, second: int) -> None:
        super().__init__()
        self.towers = towers
        self.critic = nn.Sequential(nn.Linear(SHARED, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1))
        self.back = nn.ModuleList([nn.Linear(SHARED, first), nn.Linear(SHARED, second)])


class JointProblem:
    """Batches of photos; which of a photo's captions is drawn anew each epoch.

    Args:
        first: Features of the first modality, (n, width).
        second: Features of the second, (n, per, width).
        held: How many rows at the end only choose the epoch.
        training: "paired" contrasts pairs; "critic" adds the adversary; "unpaired" has the adversary alone.
        seed: Of the order.
    """

    def __init__(self, first: _Rows, second: _Rows, held: int, training: Training, seed: int) -> None:
        self.first, self.second, self.held = first, second, held
        self.training, self.seed, self.epoch = training, seed, 0

    def batches(self, epoch: int) -> Sequence[tuple[Tensor, Tensor]]:
        """Return batches of features, both (rows, width)."""
        self.epoch = epoch
        random = np.random.default_rng([self.seed, epoch])
        count = len(self.first) - self.held
        order, partner = random.permutation(count), random.permutation(count)
        chosen = random.integers(self.second.shape[1], size=count)
        other = partner if self.training == "unpaired" else order
        size = min(BATCH, count)
        return [
            (
                torch.from_numpy(self.first[order[at : at + size]]),
                torch.from_numpy(self.second[other[at : at + size], chosen[at : at + size]]),
            )
            for at in range(0, count - size + 1, size)
        ]

    def loss(self, model: Any, batch: tuple[Tensor, Tensor], device: torch.device) -> Tensor:
        """Return the contrast of the pairs, the critic's loss on reversed gradients, or both."""
        given = [rows.to(device) for rows in batch]
        if self.training == "paired":
            found: Tensor = model.contrast(*model(*given))
            return found
        towers: Towers = model.towers
        shared = towers(*given)
        judged = model.critic(_Reversed.apply(torch.cat(shared)))[:, 0]
        told = torch.cat([torch.ones(len(shared[0])), torch.zeros(len(shared[1]))]).to(device)
        loss = PULL * functional.binary_cross_entropy_with_logits(judged, told)
        if self.training == "critic":
            return loss + towers.contrast(*shared)
        for rows, wanted, back in zip(shared, given, model.back, strict=True):
            loss = loss + functional.mse_loss(back(rows), functional.layer_norm(wanted, wanted.shape[-1:]))
        return loss

    def score(self, model: Any, device: torch.device) -> dict[str, float]:
        """Return mean recall at 10 of the rows held back; unpaired, which may not look at it, the epoch."""
        if self.training == "unpaired":
            return {"score": float(self.epoch)}
        towers = model.towers if self.training == "critic" else model
        rows = [embed(towers, 0, self.first[-self.held :]), embed(towers, 1, self.second[-self.held :, 0])]
        found = both_ways(rows[0] @ rows[1].T)
        return {"score": (found["there"]["recall_at_10"] + found["back"]["recall_at_10"]) / 2}


class JointRecipe:
    """A shared space by name: "text-image", "text-image-adversarial" or "text-speech"."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kind: type[JointEmbedding] = TextSpeech if name == "text-speech" else TextImage
        self.sound = name == "text-speech"

    def train(self, run: Run) -> JointEmbedding:
        """Fit the towers on Flickr8k's train split; the bank is its dev split."""
        first, second = self._features(flickr_pairs(run, "train", sound=self.sound))
        held = min(HELD_BACK, len(first) // 4)
        training = self._training(run)
        torch.manual_seed(run.seed)
        towers = self.kind.new_towers()
        model = towers if training == "paired" else Adversaries(towers, first.shape[-1], second.shape[-1])
        problem = JointProblem(first, second, held, training, run.seed)
        epochs = run.epochs or EPOCHS
        config = FitConfig(epochs, RATE, weight_decay=0.05, patience=epochs, seed=run.seed)
        fit(model, problem, config, run.folder / "run", device=run.device)
        return self.kind(towers.cpu(), self._bank(towers, flickr_pairs(run, "dev", sound=self.sound)))

    def _training(self, run: Run) -> Training:
        if self.name != "text-image-adversarial":
            return "paired"
        return "unpaired" if run.task.endswith("unpaired") else "critic"

    def _features(self, pairs: Pairs) -> tuple[_Rows, _Rows]:
        """Return rows of the first modality, (n, width), and of the second, (n, per, width)."""
        if self.sound:
            return pairs.heard, pairs.read[: len(pairs.heard), :1]
        return pairs.seen, pairs.read

    def _bank(self, towers: Towers, pairs: Pairs) -> Bank:
        first, second = self._features(pairs)
        photos = pairs.photos[: len(first)]
        return Bank(
            [photo.path.name for photo in photos],
            [photo.captions[0] for photo in photos],
            embed(towers, 0, first),
            embed(towers, 1, second[:, 0]),
        )

    def evaluate(self, model: JointEmbedding, run: Run) -> Metrics:
        """Recall at 1, 5 and 10 both ways on the dev split, which chose nothing; draws `recall.png`."""
        first, second = self._features(flickr_pairs(run, "dev", sound=self.sound))
        per = second.shape[1]
        one = model.embed(model.kinds[0], first)
        other = model.embed(model.kinds[1], second.reshape(-1, second.shape[-1]))
        found = both_ways(one @ other.T, per)
        ways = [f"{model.kinds[0]} to {model.kinds[1]}", f"{model.kinds[1]} to {model.kinds[0]}"]
        plot_recalls(found, ways, run.folder / "recall.png")
        return flat(found, ways) | {"pairs": len(first)}


def flat(found: dict[str, dict[str, float]], ways: Sequence[str]) -> Metrics:
    """Return the recalls of both ways as one level of names."""
    rows = zip(ways, (found["there"], found["back"]), strict=True)
    return {f"{way}, {name}": value for way, row in rows for name, value in row.items()}
