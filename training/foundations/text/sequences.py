"""Recipes of the encoder-decoders: dates, spoken numbers, replies in everyday dialogue."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from pipelines.text.foundations.seq2seq import Seq2Seq
from pipelines.text.foundations.sequence import (
    TARGET_SPECIAL,
    SequenceConfig,
    SequenceModel,
    SequenceNetwork,
    plot_attention,
)
from pipelines.text.foundations.transformer import Transformer
from pipelines.text.foundations.words import PAD, WordNumbers, padded, words_of
from training.common.datasets import dialogues
from training.common.loop import FitConfig, fit, seed_everything
from training.common.losses import Loss
from training.foundations.recipe import Metrics, Run
from training.foundations.text.ngram import KneserNey
from training.foundations.text.normalise import Pair, pairs_of

BATCH, LEAST_BATCHES, HELD_BACK, MEASURED = 128, 40, 400, 2000
SIZES = {"dates": 16_000, "numbers": 16_000}
EPOCHS = {
    "seq2seq": {"dates": 3, "numbers": 4, "dialogue": 12},
    "transformer": {"dates": 6, "numbers": 8},
}
RATE = {"seq2seq": 3e-3, "transformer": 1e-3}
LONGEST = {"dates": 12, "numbers": 8, "dialogue": 30}
MOST_READ, LEAST = 40, 3
EXAMPLES = {"dates": "the 3rd of May 2021", "numbers": "three hundred and twelve thousand and five"}


@dataclass(frozen=True)
class SequenceRecipe:
    """An encoder-decoder by its name."""

    name: Literal["seq2seq", "transformer"]

    def train(self, run: Run) -> SequenceModel:
        """Train on made pairs or on dialogues; pairs that are held back from them choose the epoch."""
        if run.task == "dialogue":
            pairs = replies(run.data, held_out=False)
        else:
            pairs = pairs_of(run.task, SIZES[run.task], Random(run.seed), "train")
        return train_sequences(self.name, pairs[:1500] if run.small else pairs, run)

    def evaluate(self, model: SequenceModel, run: Run) -> Metrics:
        """Return exact match on values and forms never seen, or perplexity beside that of 3-grams."""
        run.folder.mkdir(parents=True, exist_ok=True)
        if run.task == "dialogue":
            return _dialogue(model, run)
        plot_attention(*model.attention(EXAMPLES[run.task]), run.folder / "attention.png")
        found: Metrics = {}
        for part in ("held-out", "forms"):
            pairs = pairs_of(run.task, 200 if run.small else MEASURED, Random(run.seed + 1), part)
            found[f"exact_match_{part}"] = exact_match(model, pairs)
        return found


def replies(data: Path, *, held_out: bool) -> list[Pair]:
    """Return turns of DailyDialog with the turn that answers them, short enough to be read and written."""
    found = []
    for turns in dialogues(data, held_back=held_out):
        for (turn, _), (reply, _) in itertools.pairwise(turns):
            read, written = (words_of(text) for text in (turn, reply))
            if 0 < len(read) <= MOST_READ and 0 < len(written) < LONGEST["dialogue"]:
                found.append(Pair(" ".join(read), " ".join(written)))
    return found


def train_sequences(
    name: Literal["seq2seq", "transformer"], pairs: Sequence[Pair], run: Run, *, width: int = 128
) -> SequenceModel:
    """Return an encoder-decoder, trained on pairs; the last ones choose the epoch."""
    seed_everything(run.seed)
    speaks = run.task == "dialogue"
    held_back = pairs[-min(HELD_BACK, len(pairs) // 10) :]
    chosen_by = {pair.target for pair in held_back}
    train = [pair for pair in pairs[: -len(held_back)] if speaks or pair.target not in chosen_by]
    least = LEAST if speaks else 1
    source = WordNumbers.build((words_of(pair.source) for pair in train), least)
    written = (words_of(pair.target) if speaks else list(pair.target) for pair in train)
    target = WordNumbers.build(written, least, TARGET_SPECIAL)
    kind = Seq2Seq if name == "seq2seq" else Transformer
    dropout = 0.3 if speaks else 0.1
    config = SequenceConfig(len(source), len(target), width, LONGEST[run.task], dropout)
    model = kind(kind.kind(config), source, target, whole_words=speaks)
    fitting = FitConfig(run.epochs or EPOCHS[name][run.task], RATE[name], patience=2, seed=run.seed)
    problem = Sequences(model, train, held_back, run.seed)
    fit(model.network, problem, fitting, run.folder / "fit", device=run.device)
    return model


@dataclass(eq=False)
class Sequences:
    """Pairs as a problem for the training loop."""

    model: SequenceModel
    train: Sequence[Pair]
    held_back: Sequence[Pair]
    seed: int = 0

    def __post_init__(self) -> None:
        self._targets = [self.model.target_tokens(pair.target) for pair in self.train]

    def batches(self, epoch: int) -> list[list[int]]:
        """Return every pair once; a batch holds sources of similar length."""
        random = np.random.default_rng([epoch, 4, self.seed])
        order = random.permutation(len(self.train)).tolist()
        size = min(BATCH, max(1, len(order) // LEAST_BATCHES))
        pools = [sorted(order[at : at + 8 * size], key=self._length) for at in range(0, len(order), 8 * size)]
        out = [pool[at : at + size] for pool in pools for at in range(0, len(pool), size)]
        return [out[row] for row in random.permutation(len(out))]

    def _length(self, row: int) -> int:
        return len(self.train[row].source)

    def loss(self, network: SequenceNetwork, batch: list[int], device: torch.device) -> Tensor:
        """Return the cross-entropy of each token after the right ones before it (teacher forcing)."""
        source = self.model.encode([self.train[row].source for row in batch])
        target = torch.from_numpy(padded([self._targets[row] for row in batch])).to(device)
        scores, _ = network(source, target[:, :-1])
        return Loss().of_classes(scores.float().flatten(0, 1), target[:, 1:].flatten(), PAD)

    def score(self, network: SequenceNetwork, device: torch.device) -> dict[str, float]:
        """Return the perplexity on the held-back pairs."""
        del network, device
        found = perplexity(self.model, self.held_back)
        return {"perplexity": found, "score": -math.log(found)}


@torch.no_grad()  # type: ignore[untyped-decorator]
def perplexity(model: SequenceModel, pairs: Sequence[Pair]) -> float:
    """Return exp of the mean surprise of the targets' tokens, END included."""
    model.network.eval()
    surprise, count = 0.0, 0
    for at in range(0, len(pairs), BATCH):
        part = pairs[at : at + BATCH]
        source = model.encode([pair.source for pair in part])
        rows = padded([model.target_tokens(pair.target) for pair in part])
        target = torch.from_numpy(rows).to(source.device)
        logarithms = model.network(source, target[:, :-1])[0].float().log_softmax(2)
        chosen = logarithms.gather(2, target[:, 1:, None])[:, :, 0]
        counted = target[:, 1:] != PAD
        surprise, count = surprise - float(chosen[counted].sum()), count + int(counted.sum())
    return math.exp(surprise / count)


def exact_match(model: SequenceModel, pairs: Sequence[Pair]) -> float:
    """Return the share of targets that are written without any mistake."""
    written = model.transform([pair.source for pair in pairs])
    right = [text == pair.target for text, pair in zip(written, pairs, strict=True)]
    return round(sum(right) / len(right), 4)


def _dialogue(model: SequenceModel, run: Run) -> Metrics:
    train, held_out = (replies(run.data, held_out=part) for part in (False, True))
    rows = [[model.target_tokens(pair.target) for pair in part] for part in (train, held_out)]
    known = KneserNey(3, len(model.target)).fit(rows[0])
    plot_attention(*model.attention(held_out[0].source), run.folder / "attention.png")
    asked = [pair.source for pair in held_out[:6]]
    return {
        "perplexity": round(perplexity(model, held_out), 2),
        "perplexity_3gram": round(known.perplexity(rows[1]), 2),
        "tokens": sum(len(row) - 1 for row in rows[1]),
        "answers": dict(zip(asked, model.transform(asked), strict=True)),
    }
