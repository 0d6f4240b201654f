"""Word vectors that an LSTM language model learns while it guesses the next word.

Input and output share one matrix (Press and Wolf, 2017, arXiv:1608.05859), and in training the
softmax is over the wanted words and words drawn by their frequency (Jean et al., 2015, arXiv:1412.2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

ROWS, STEPS, NEGATIVES = 64, 32, 1024
LEAST_BATCHES = 40


class WordLSTM(nn.Module):
    """One-layer LSTM from words to what may come next; `words.weight` are the vectors."""

    def __init__(self, size: int, width: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.words = nn.Embedding(size, width)
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.drop = nn.Dropout(dropout)
        nn.init.normal_(self.words.weight, std=width**-0.5)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return what the next word's vector should point to, (batch, n, width), of int64 (batch, n)."""
        hidden: Tensor = self.drop(self.lstm(self.drop(self.words(tokens)))[0])
        return hidden


@dataclass(eq=False)
class NextWord:
    """The guessing of the next word as a problem for the training loop.

    Attributes:
        stream: Word numbers of all the sentences in a row, int64.
        held_back: The same, of sentences that choose the epoch.
        size: Of the vocabulary.
    """

    stream: NDArray[np.int64]
    held_back: NDArray[np.int64]
    size: int
    seed: int = 0

    def __post_init__(self) -> None:
        counts = np.bincount(self.stream, minlength=self.size) + 1.0
        self._rows = min(ROWS, max(1, len(self.stream) // (STEPS * LEAST_BATCHES)))
        self._chance = torch.from_numpy((counts / counts.sum()).astype(np.float32))

    def batches(self, epoch: int) -> list[Tensor]:
        """Return parts of the stream, int64 (rows, steps + 1); where they begin changes with the epoch."""
        parts = _cut(self.stream[(epoch * 7) % STEPS :])
        order = np.random.default_rng([epoch, 2, self.seed]).permutation(len(parts))
        whole = max(1, (len(self.stream) // STEPS - 2) // self._rows)
        return [torch.from_numpy(parts[order[at::whole][: self._rows]]) for at in range(whole)]

    def loss(self, model: WordLSTM, batch: Tensor, device: torch.device) -> Tensor:
        """Return the cross-entropy over the wanted words and drawn ones, which stand for all the others."""
        batch = batch.to(device)
        drawn = torch.multinomial(self._chance, min(NEGATIVES, self.size), replacement=True).to(device)
        expected = (self._chance.to(device) * len(drawn)).log()
        hidden, wanted = model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten()
        right = (hidden * model.words.weight[wanted]).sum(1)
        wrong = hidden @ model.words.weight[drawn].T - expected[drawn]
        wrong = wrong.masked_fill(wanted[:, None] == drawn, -1e4)
        return (torch.logsumexp(torch.cat([right[:, None], wrong], 1), 1) - right).mean()

    def score(self, model: WordLSTM, device: torch.device) -> dict[str, float]:
        """Return the perplexity over the whole vocabulary on held-back sentences."""
        losses = []
        for part in torch.from_numpy(_cut(self.held_back)).to(device).split(ROWS):
            scores = model(part[:, :-1]).flatten(0, 1) @ model.words.weight.T
            losses.append(functional.cross_entropy(scores.float(), part[:, 1:].flatten(), reduction="none"))
        mean = float(torch.cat(losses).mean())
        return {"perplexity": float(np.exp(mean)), "score": -mean}


def stream_of(sentences: Sequence[Sequence[int]], end: int) -> NDArray[np.int64]:
    """Return sentences in a row, `end` after each."""
    return np.concatenate([[*sentence, end] for sentence in sentences]).astype(np.int64)


def _cut(stream: NDArray[np.int64]) -> NDArray[Any]:
    """Return (parts, STEPS + 1); neighbouring parts share a word."""
    return np.lib.stride_tricks.sliding_window_view(stream, STEPS + 1)[::STEPS].copy()
