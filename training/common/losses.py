"""Losses of the recipes, a choice by name; every one takes smoothed targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

LossName = Literal["cross-entropy", "focal", "mse"]
IGNORED = -100


@dataclass(frozen=True)
class Loss:
    """A loss on scores (logits), averaged over the rows.

    - "cross-entropy": of softmax or, where a row may have several labels, of each label's sigmoid.
    - "focal": cross-entropy whose terms are weighted by (1 - p)^gamma, so that what is known counts less
      (Lin et al., 2017, arXiv:1708.02002), without class weights.
    - "mse": squared differences of probabilities, summed over the classes (Brier, 1950).

    Attributes:
        name: Which of them.
        smoothing: Share of the target that is spread evenly over all the classes, or over yes and no
            (Szegedy et al., 2016, arXiv:1512.00567).
        gamma: Of the focal loss; 0 makes it cross-entropy.
    """

    name: LossName = "cross-entropy"
    smoothing: float = 0.0
    gamma: float = 2.0

    def of_classes(
        self, scores: Tensor, wanted: Tensor, ignored: int = IGNORED, weights: Tensor | None = None
    ) -> Tensor:
        """Return the loss where each row has one class.

        Args:
            scores: (rows, classes).
            wanted: int64 (rows,), the class.
            ignored: Rows of this class do not count.
            weights: float (rows,), how much a row counts; all the same without.
        """
        kept = wanted != ignored
        rows = self._rows(scores[kept], wanted[kept])
        return rows.mean() if weights is None else (rows * weights[kept]).sum() / weights[kept].sum()

    def _rows(self, scores: Tensor, wanted: Tensor) -> Tensor:
        classes = scores.shape[1]
        if self.name == "cross-entropy":
            return functional.cross_entropy(scores, wanted, label_smoothing=self.smoothing, reduction="none")
        if self.name == "mse":
            target = functional.one_hot(wanted, classes) * (1 - self.smoothing) + self.smoothing / classes
            return (scores.softmax(1) - target).square().sum(1)
        terms = _focal(functional.log_softmax(scores, 1), self.gamma)
        chosen = terms.gather(1, wanted[:, None])[:, 0]
        return (1 - self.smoothing) * chosen + self.smoothing * terms.mean(1)

    def of_labels(self, scores: Tensor, wanted: Tensor) -> Tensor:
        """Return the loss where a row may have several labels: summed over labels, averaged over rows.

        Args:
            scores: (rows, labels).
            wanted: float (rows, labels), 0 or 1.
        """
        target = wanted * (1 - self.smoothing) + self.smoothing / 2
        if self.name == "mse":
            terms = (scores.sigmoid() - target).square()
        elif self.name == "focal":
            yes, no = (_focal(functional.logsigmoid(side), self.gamma) for side in (scores, -scores))
            terms = target * yes + (1 - target) * no
        else:
            terms = functional.binary_cross_entropy_with_logits(scores, target, reduction="none")
        return terms.sum(1).mean()


def _focal(logarithms: Tensor, gamma: float) -> Tensor:
    """Return -(1 - p)^gamma log p of log p; the base is kept from 0, where its gradient is not finite."""
    return -(-torch.expm1(logarithms)).clamp(min=1e-6).pow(gamma) * logarithms
