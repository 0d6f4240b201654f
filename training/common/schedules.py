"""Optimisers and learning-rate schedules of the recipes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal

import torch

Optimiser = Literal["adamw", "adam", "sgd"]
Decay = Literal["cosine", "linear", "constant", "step"]
STEPS, STEP = 3, 0.1
"""The step schedule has so many levels; each is this share of the one before."""


def make_optimiser(
    name: Optimiser, parameters: Iterable[tuple[str, torch.nn.Parameter]], rate: float, weight_decay: float
) -> torch.optim.Optimizer:
    """Return an optimiser; biases and norms (one axis) get no weight decay."""
    kept = [(n, p) for n, p in parameters if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for _, p in kept if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for _, p in kept if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if name == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True)
    kind = torch.optim.AdamW if name == "adamw" else torch.optim.Adam
    return kind(groups, lr=rate, betas=(0.9, 0.98))


def rate_at(step: int, steps: int, warmup: int, decay: Decay, floor: float = 0.02) -> float:
    """Return the share of the peak learning rate at a step: linear warm-up, then the decay."""
    if step < warmup:
        return (step + 1) / warmup
    if decay == "constant":
        return 1.0
    done = min(1.0, (step - warmup) / max(1, steps - warmup))
    if decay == "step":
        return STEP ** min(STEPS - 1, int(done * STEPS))
    left = 1.0 - done
    shape = left if decay == "linear" else 0.5 * (1.0 - math.cos(math.pi * left))
    return floor + (1.0 - floor) * shape
