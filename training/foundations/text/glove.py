"""GloVe (Pennington, Socher, Manning, 2014, EMNLP): vectors whose dot products are log co-occurrences.

The loss of words i, j that occur together X times is f(X) (w_i . c_j + a_i + b_j - log X)^2 with
f(X) = min(1, (X / x_max)^0.75). A word's vector is w + c, as in the paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from tqdm import tqdm

X_MAX, POWER = 100.0, 0.75


def cooccurrences(sentences: Sequence[Sequence[int]], size: int, window: int = 5) -> Any:
    """Return how often words stand near each other: symmetric `csr_array`, float32 (size, size).

    A pair that is d words apart counts 1 / d. `sentences`: word numbers; negative ones are skipped, but
    keep their place.
    """
    flat = np.concatenate([[*sentence, *[-1] * window] for sentence in sentences]).astype(np.int64)
    total = csr_array((size, size), dtype=np.float32)
    for distance in range(1, window + 1):
        left, right = flat[:-distance], flat[distance:]
        both = (left >= 0) & (right >= 0)
        weights = np.full(int(both.sum()), 1.0 / distance, np.float32)
        total = total + coo_array((weights, (left[both], right[both])), shape=(size, size)).tocsr()
    return (total + total.T).tocsr()


def train_glove(
    counts: Any, width: int, epochs: int, *, rate: float = 0.05, batch: int = 32768, seed: int = 0
) -> NDArray[np.float32]:
    """Return vectors, float32 (words, width), of co-occurrence counts; AdaGrad, as in the paper."""
    entries = counts.tocoo()
    rows, columns = (torch.from_numpy(axis.astype(np.int64)) for axis in entries.coords)
    values = torch.from_numpy(entries.data)
    weights, logs = (values / X_MAX).clamp(max=1.0) ** POWER, values.log()
    generator = torch.Generator().manual_seed(seed)
    shape = (counts.shape[0], width + 1)
    sides = [((torch.rand(shape, generator=generator) - 0.5) / width).requires_grad_() for _ in range(2)]
    optimiser = torch.optim.Adagrad(sides, lr=rate, initial_accumulator_value=1e-2)
    bar = tqdm(range(epochs), unit="epoch")
    for _ in bar:
        losses = []
        for part in torch.randperm(len(values), generator=generator).split(batch):
            loss = _loss(sides, rows[part], columns[part], weights[part], logs[part])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(float(loss.detach()) / len(part))
        bar.set_postfix(loss=f"{np.mean(losses):.4f}")
    found: Any = (sides[0] + sides[1]).detach().numpy()[:, :-1]
    return np.ascontiguousarray(found)


def _loss(
    sides: Sequence[torch.Tensor],
    rows: torch.Tensor,
    columns: torch.Tensor,
    weights: torch.Tensor,
    logs: torch.Tensor,
) -> torch.Tensor:
    """Return the summed loss; the last column of each side is its bias."""
    words, contexts = sides[0][rows], sides[1][columns]
    dots = (words[:, :-1] * contexts[:, :-1]).sum(1) + words[:, -1] + contexts[:, -1]
    return (weights * (dots - logs) ** 2).sum()
