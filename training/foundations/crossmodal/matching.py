"""Recipes of the matchers: true pairs against the others of a batch, the hardest drawn most often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import Tensor
from torch.nn import functional

from pipelines.crossmodal.foundations.bank import Bank
from pipelines.crossmodal.foundations.matching import (
    LABELS,
    ImageSpeech,
    ImageText,
    Matcher,
    PairMatcher,
    every_score,
)
from training.common.loop import FitConfig, fit
from training.common.metrics import classifier_metrics
from training.foundations.crossmodal.features import Pairs, flickr_pairs
from training.foundations.crossmodal.joint import HELD_BACK, flat
from training.foundations.crossmodal.retrieval import both_ways, plot_recalls
from training.foundations.recipe import Metrics, Run

BATCH, RATE = 64, 5e-4
EPOCHS = {"image-text-match": 8, "image-speech": 20}
_Rows = NDArray[np.float32]


class MatchProblem:
    """Batches of photos with one of their captions, and the loss over all the pairs of a batch.

    Args:
        first: Features of the photos, (n, width).
        second: Features of what belongs to them, (n, per, width).
        held: How many rows at the end only choose the epoch.
        seed: Of the order.
    """

    def __init__(self, first: _Rows, second: _Rows, held: int, seed: int) -> None:
        self.first, self.second, self.held, self.seed = first, second, held, seed

    def batches(self, epoch: int) -> Sequence[tuple[Tensor, Tensor]]:
        """Return batches of features, both (rows, width)."""
        random = np.random.default_rng([self.seed, epoch])
        count = len(self.first) - self.held
        order, chosen = random.permutation(count), random.integers(self.second.shape[1], size=count)
        size = min(BATCH, count)
        return [
            (
                torch.from_numpy(self.first[order[at : at + size]]),
                torch.from_numpy(self.second[order[at : at + size], chosen[at : at + size]]),
            )
            for at in range(0, count - size + 1, size)
        ]

    def loss(self, model: Any, batch: tuple[Tensor, Tensor], device: torch.device) -> Tensor:
        """Return the contrast over the batch plus yes-or-no of true pairs, random and hard others.

        Hard others are drawn in proportion to the softmax of their scores (Li et al., 2021).
        """
        scores = model.every_pair(*(rows.to(device) for rows in batch))
        rows = torch.arange(len(scores), device=device)
        contrast = functional.cross_entropy(scores, rows) + functional.cross_entropy(scores.T, rows)
        others = scores.detach().float().clone().fill_diagonal_(-torch.inf)
        hard = scores[rows, torch.multinomial(others.softmax(dim=1), 1)[:, 0]]
        wrong = torch.cat([hard, scores[rows, rows.roll(1)]])
        yes, no = functional.softplus(-scores.diagonal()).mean(), functional.softplus(wrong).mean()
        found: Tensor = 0.5 * contrast + yes + no
        return found

    def score(self, model: Matcher, device: torch.device) -> dict[str, float]:
        """Return mean recall at 10 of the rows held back."""
        found = both_ways(every_score(model, self.first[-self.held :], self.second[-self.held :, 0]))
        return {"score": (found["there"]["recall_at_10"] + found["back"]["recall_at_10"]) / 2}


def calibrate(matcher: Matcher, first: _Rows, second: _Rows) -> None:
    """Move the scores so that 0 is an even chance between a true pair and one drawn at random; in place.

    Training on the hardest partners leaves all the scores too high. Platt's scale and bias (1999), fitted to
    all the pairs of rows that trained nothing, true and others weighing the same, go into the last layer, so
    that the order of the scores stays.

    Args:
        matcher: On the CPU, in evaluation mode.
        first: Features of rows held back, (n, width).
        second: Features of what belongs to them, (n, width).
    """
    scores = every_score(matcher.eval(), first, second)
    fitted = LogisticRegression(C=1e3, class_weight="balanced").fit(
        scores.reshape(-1, 1), np.eye(len(scores), dtype=int).ravel()
    )
    last, scale = matcher.judge[-1], float(fitted.coef_[0, 0])
    with torch.no_grad():
        last.weight.mul_(scale)
        last.bias.mul_(scale).add_(float(fitted.intercept_[0]))


class MatchRecipe:
    """A matcher by name: "image-text-match" or "image-speech"."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kind: type[PairMatcher] = ImageSpeech if name == "image-speech" else ImageText

    def train(self, run: Run) -> PairMatcher:
        """Fit on Flickr8k's train split; the bank is its dev split."""
        first, second = self._features(self._pairs(run, "train"))
        held = min(HELD_BACK, len(first) // 4)
        torch.manual_seed(run.seed)
        matcher = self.kind.new_matcher()
        epochs = run.epochs or EPOCHS[self.name]
        config = FitConfig(epochs, RATE, weight_decay=0.05, patience=epochs, seed=run.seed)
        problem = MatchProblem(first, second, held, run.seed)
        fit(matcher, problem, config, run.folder / "run", device=run.device)
        calibrate(matcher.cpu(), first[-held:], second[-held:, 0])
        pairs = self._pairs(run, "dev")
        first, second = self._features(pairs)
        photos = pairs.photos[: len(first)]
        names, captions = [p.path.name for p in photos], [p.captions[0] for p in photos]
        return self.kind(matcher, Bank(names, captions, first, second[:, 0]))

    def _pairs(self, run: Run, split: str) -> Pairs:
        return flickr_pairs(run, split, sound=self.name == "image-speech")

    def _features(self, pairs: Pairs) -> tuple[_Rows, _Rows]:
        if self.name == "image-speech":
            return pairs.seen[: len(pairs.heard)], pairs.heard[:, None]
        return pairs.seen, pairs.read

    def evaluate(self, model: PairMatcher, run: Run) -> Metrics:
        """Report on dev pairs, half of them shuffled; recall; accuracy against the hardest wrong partner."""
        first, second = self._features(self._pairs(run, "dev"))
        partner = second[:, 0]
        scores = model.scores(first, partner)
        wrong = scores.copy()
        np.fill_diagonal(wrong, -np.inf)
        right = scores.diagonal()
        found = both_ways(scores)
        ways = [f"{model.kinds[0]} to {model.kinds[1]}", f"{model.kinds[1]} to {model.kinds[0]}"]
        plot_recalls(found, ways, run.folder / "recall.png")
        return {
            **self._shuffled(model, first, partner, run.seed),
            "hard_negatives_accuracy": round(
                float((right > 0).mean() + (wrong.max(axis=1) <= 0).mean()) / 2, 4
            ),
            "two_choice_accuracy": round(
                float(((right[:, None] > wrong).sum() - len(right)) / (wrong.size - len(right))), 4
            ),
            **flat(found, ways),
        }

    def _shuffled(self, model: PairMatcher, first: _Rows, second: _Rows, seed: int) -> Metrics:
        """Return the report on every true pair, and every photo with another's partner."""
        count = len(first)
        shift = int(np.random.default_rng(seed).integers(1, count))
        pairs = list(zip(np.r_[:count, :count], np.r_[:count, np.roll(np.arange(count), shift)], strict=True))

        def judge(chosen: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
            one, other = zip(*chosen, strict=True)
            return model.probabilities(first[list(one)], second[list(other)])

        truth = [LABELS[0]] * count + [LABELS[1]] * count
        return classifier_metrics(judge, pairs, truth, LABELS)
