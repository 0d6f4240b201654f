"""Captioning as a problem for the training loop."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from nltk.translate.bleu_score import corpus_bleu
from numpy.typing import NDArray

from pipelines.image.words import END, PAD, START, UNKNOWN, Vocabulary, tokenize
from training.caption.flickr8k import Photo
from training.caption.model import Captioner
from training.caption.reward import CaptionReward
from training.common.losses import Loss

GREEDY_BATCH = 100


@dataclass(eq=False)
class Captioning:
    """Photos, their features by view, and the vocabulary.

    `parts`: epochs in which each photo comes once, so that checkpoints are near each other.
    """

    photos: Sequence[Photo]
    views: Sequence[NDArray[np.float16]]
    dev: Sequence[Photo]
    dev_grids: NDArray[np.float16]
    vocabulary: Vocabulary
    longest: int
    batch: int = 32
    objective: Loss = field(default_factory=lambda: Loss(smoothing=0.1))
    parts: int = 1

    def __post_init__(self) -> None:
        self._packed = [self._pack(photo) for photo in self.photos]
        captions = [[self.vocabulary.encode(c)[1:] for c in photo.captions] for photo in self.photos]
        self._reward = CaptionReward(captions)
        self._weights = self._reward.consensus(captions)

    def _pack(self, photo: Photo) -> NDArray[np.int64]:
        """Return (4, n): a photo's words, the next word of each, its place, its caption's number."""
        columns = []
        for number, caption in enumerate(photo.captions):
            tokens = self.vocabulary.encode(caption)[: self.longest + 1]
            pairs = itertools.pairwise(tokens)
            columns += [(given, wanted, place, number) for place, (given, wanted) in enumerate(pairs)]
        return np.array(columns, np.int64).T

    def batches(self, epoch: int) -> list[NDArray[np.int64]]:
        """Return (photo, view) pairs: a part of a pass over the photos, each in a view drawn for the pass."""
        turn, part = divmod(epoch, self.parts)
        random = np.random.default_rng([turn, len(self.photos)])
        order = random.permutation(len(self.photos))
        pairs = np.stack([order, random.integers(len(self.views), size=len(order))], axis=1)
        whole = [pairs[at : at + self.batch] for at in range(0, len(pairs), self.batch)]
        size = len(whole) // self.parts
        return whole[part * size : (part + 1) * size]

    def loss(self, model: Any, batch: NDArray[np.int64], device: torch.device) -> torch.Tensor:
        """Return the chosen loss over the words that are known.

        Each caption weighs as much as the photo's others agree with it (Phan et al., 2017, arXiv:1712.09532).
        """
        grids = np.stack([self.views[view][photo] for photo, view in batch])
        packed = [self._packed[photo] for photo, _ in batch]
        rows = np.full((4, len(batch), max(part.shape[1] for part in packed)), PAD, np.int64)
        for number, part in enumerate(packed):
            rows[:, number, : part.shape[1]] = part
        tokens, wanted, places, captions = torch.from_numpy(rows).to(device)
        scores = model(torch.from_numpy(grids).float().to(device), tokens, places, captions)
        wanted = wanted.masked_fill(wanted == UNKNOWN, PAD)
        agreed = np.stack([self._weights[photo] for photo, _ in batch])
        weights = torch.from_numpy(agreed).to(device).gather(1, captions).flatten()
        return self.objective.of_classes(scores.flatten(0, 1), wanted.flatten(), PAD, weights)

    def score(self, model: Any, device: torch.device) -> dict[str, float]:
        """Return BLEU-4 of greedy captions on the dev split."""
        heard = []
        for at in range(0, len(self.dev_grids), GREEDY_BATCH):
            grids = torch.from_numpy(np.asarray(self.dev_grids[at : at + GREEDY_BATCH])).float().to(device)
            heard += [self.words(row) for row in greedy(model, grids).tolist()]
        truth = [[tokenize(caption) for caption in photo.captions] for photo in self.dev]
        return {"score": 100 * float(corpus_bleu(truth, heard))}

    def words(self, tokens: list[int]) -> list[str]:
        """Return the words up to END."""
        kept = tokens[: tokens.index(END)] if END in tokens else tokens
        return [self.vocabulary.words[token] for token in kept]


def greedy(model: Captioner, grids: torch.Tensor) -> torch.Tensor:
    """Return the likeliest next words, int64 (batch, n), of (batch, 81, 1280)."""
    pictures = model.memory(grids)
    tokens = torch.full((len(grids), 1), START, device=grids.device)
    past: list[Any] = [None] * len(model.layers)
    done = torch.zeros(len(grids), dtype=torch.bool, device=grids.device)
    while not done.all() and tokens.shape[1] < model.config.longest:
        x = model.words(tokens[:, -1:]) + model.places[tokens.shape[1] - 1]
        for index, (layer, picture) in enumerate(zip(model.layers, pictures, strict=True)):
            x, past[index] = layer(x, picture, past[index])
        scores = model.logits(x)[:, 0]
        scores[:, [PAD, START, UNKNOWN]] = -torch.inf
        chosen = scores.argmax(-1)
        tokens = torch.cat([tokens, chosen[:, None]], 1)
        done |= chosen == END
    return tokens[:, 1:]
