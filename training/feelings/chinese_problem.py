"""The Chinese model of feelings and what the training loop asks of it: two heads over one pass of a text."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from pipelines.text.chinese import EMOTIONS, SENTIMENTS, plain
from training.common.linear_heads import best_temperature
from training.common.losses import IGNORED, Loss
from training.feelings.chinese_texts import Labelled
from training.feelings.e5 import MARKS, PackedE5
from training.feelings.model import FeelingsModel
from training.feelings.problem import batches_by_length, padded

LAYERS, FROZEN = 12, 6
"""The encoder's layers, and how many of the lower ones stay as they were published."""
LONGEST = 48
"""Tokens of a text that are learned from."""
BATCH, POOL, AT_ONCE = 32, 50, 64
LABELS: Mapping[str, tuple[str, ...]] = {"sentiment": SENTIMENTS, "emotion": EMOTIONS}
RULED_OUT = -1e4


def needed_pieces(packed: PackedE5, texts: Sequence[str]) -> list[int]:
    """Return the numbers of the pieces that the texts are made of, and of characters that any may need."""
    seen = {number for e in packed.tokenizer().encode_batch(list(texts)) for number in e.ids}
    return [n for n, piece in enumerate(packed.pieces) if n in seen or piece in MARKS or _is_needed(piece)]


def _is_needed(piece: str) -> bool:
    """Whether a piece is one Chinese character, an ASCII one or a mark."""
    alone = piece.strip("▁")
    return len(alone) <= 1 and (
        alone.isascii() or "\u3400" <= alone <= "\u9fff" or unicodedata.category(alone).startswith("P")
    )


def new_model(
    packed: PackedE5, kept: Sequence[int], labels: Mapping[str, tuple[str, ...]] = LABELS
) -> FeelingsModel:
    """Return the published encoder, its lower layers frozen, and a new head for each entry of `labels`."""
    model = FeelingsModel(packed.encoder(kept, LAYERS), {name: len(all_) for name, all_ in labels.items()})
    for part in (model.bert.embeddings, *model.bert.encoder.layer[:FROZEN]):
        part.requires_grad_(False)
    return model


@dataclass(eq=False)
class ChineseFeelings:
    """Texts to learn from, those that choose the epoch, the tokenizer, and the loss.

    A rare label counts more: by the root of how rare it is, since macro-F1 is what is wanted.
    """

    train: Sequence[Labelled]
    held_back: Sequence[Labelled]
    tokenizer: Any
    objective: Loss = field(default_factory=Loss)

    def __post_init__(self) -> None:
        self._ids = token_ids(self.tokenizer, [row.text for row in self.train], LONGEST)
        self._poles = np.array([row.poles for row in self.train])
        self._codes = {name: codes(self.train, name) for name in LABELS}
        self._weights = {name: _weights(self._codes[name], len(all_)) for name, all_ in LABELS.items()}

    def batches(self, epoch: int) -> list[NDArray[np.int64]]:
        """Return every text once; a batch holds texts of similar length."""
        random = np.random.default_rng([epoch, 1])
        out = batches_by_length(self._ids, BATCH, POOL, random)
        return [out[row] for row in random.permutation(len(out))]

    def loss(self, model: FeelingsModel, batch: NDArray[np.int64], device: torch.device) -> torch.Tensor:
        """Return what both heads lose, each as often as its labels are there.

        "Neutral" is ruled out where the data know only two poles.
        """
        scores = scores_of(model, [self._ids[row] for row in batch], device)
        poles = torch.from_numpy(self._poles[batch]).to(device)
        sentiment = scores["sentiment"]
        sentiment[poles, SENTIMENTS.index("neutral")] = RULED_OUT
        return torch.stack([self._lost(scores[name], name, batch) for name in LABELS]).sum()

    def _lost(self, scores: torch.Tensor, name: str, batch: NDArray[np.int64]) -> torch.Tensor:
        wanted = self._codes[name][batch]
        known = wanted != IGNORED
        if not known.any():
            return scores.sum() * 0
        weights = torch.from_numpy(self._weights[name][np.where(known, wanted, 0)]).to(scores)
        targets = torch.from_numpy(wanted).to(scores.device)
        return self.objective.of_classes(scores, targets, weights=weights) * known.mean()

    def score(self, model: FeelingsModel, device: torch.device) -> dict[str, float]:
        """Return both heads' macro-F1 on the held-back texts; the score is their mean."""
        ids = token_ids(self.tokenizer, [row.text for row in self.held_back], LONGEST)
        found = {name: [] for name in LABELS}  # type: dict[str, list[NDArray[np.float32]]]
        for at in range(0, len(ids), AT_ONCE):
            for name, part in scores_of(model, ids[at : at + AT_ONCE], device).items():
                found[name].append(part.float().cpu().numpy())
        f1 = {name: macro_f1(np.concatenate(parts), self.held_back, name) for name, parts in found.items()}
        return {**f1, "score": float(np.mean(list(f1.values())))}


def scores_of(model: FeelingsModel, ids: list[list[int]], device: torch.device) -> dict[str, torch.Tensor]:
    """Return each head's scores, (texts, labels)."""
    pooled = model.drop(model.pooled(*padded(ids, device)))
    return {name: head(pooled).float() for name, head in model.heads.items()}


def token_ids(tokenizer: Any, texts: Sequence[str], longest: int) -> list[list[int]]:
    """Return the texts' tokens, cut to `longest`, the end mark kept."""
    encoded = (e.ids for e in tokenizer.encode_batch([plain(text) for text in texts]))
    return [ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]] for ids in encoded]


def codes(rows: Sequence[Labelled], name: str) -> NDArray[np.int64]:
    """Return the number of each text's label, `IGNORED` where it has none."""
    return np.array([LABELS[name].index(label) if (label := getattr(row, name)) else IGNORED for row in rows])


def ruled(scores: NDArray[Any], rows: Sequence[Labelled], name: str) -> NDArray[Any]:
    """Return the scores with "neutral" ruled out where the data know only two poles."""
    out = scores.copy()
    if name == "sentiment":
        out[[row.poles for row in rows], SENTIMENTS.index("neutral")] = RULED_OUT
    return out


def calibrated(scores: NDArray[Any], rows: Sequence[Labelled], name: str) -> float:
    """Return the temperature of a head that makes the texts with its label likeliest."""
    truth = codes(rows, name)
    known = truth != IGNORED
    return best_temperature(ruled(scores, rows, name)[known], truth[known])


def macro_f1(scores: NDArray[Any], rows: Sequence[Labelled], name: str) -> float:
    """Return a head's macro-F1 over the texts that have its label."""
    truth = codes(rows, name)
    known = truth != IGNORED
    return float(f1_score(truth[known], ruled(scores, rows, name).argmax(1)[known], average="macro"))


def _weights(found: NDArray[np.int64], labels: int) -> NDArray[np.float32]:
    counts = np.bincount(found[found != IGNORED], minlength=labels)
    return np.sqrt(counts.sum() / (labels * np.maximum(1, counts))).astype(np.float32)
