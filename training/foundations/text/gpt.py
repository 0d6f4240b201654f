"""Recipe of the small GPT: first on comments and dialogues, then on dialogues alone."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pipelines.text.clean import clean
from pipelines.text.foundations.dialogue import DialogueGPT
from pipelines.text.foundations.gpt import GPT, GPTConfig
from pipelines.text.foundations.sampling import Sampling, continued
from training.common.corpora import corpus_folder
from training.common.datasets import dialogues
from training.common.loop import FitConfig, fit, seed_everything
from training.common.losses import Loss
from training.foundations.recipe import Metrics, Run
from training.foundations.text.ngram import KneserNey

ORDER, HELD_BACK = 4, 50
SIZES = GPTConfig(vocabulary=2000)
LEAST_BATCHES = 40
ROWS, PRETRAINED, TUNED = 16, 4, 8
RATES = (2e-3, 1e-3)
SMALL, READ = 60, 8000
TIMED = 100
PROMPTS = (["Hello! How are you?"], ["Can I help you?"], ["What would you like to eat tonight?"])
Turns = Sequence[str]


class GPTRecipe:
    """The small GPT."""

    def train(self, run: Run) -> DialogueGPT:
        """Train on one-turn comments and on dialogues, then on dialogues; some of these choose the epoch."""
        talk, comments = spoken(run.data, held_out=False), list(remarks(run.data))
        if run.small:
            talk, comments = talk[:SMALL], comments[:SMALL]
        return train_gpt(talk, comments, run)

    def evaluate(self, model: DialogueGPT, run: Run) -> Metrics:
        """Return perplexity beside that of 4-grams over the same pieces, replies, and the cache's gain."""
        held_out, talk = (spoken(run.data, held_out=part) for part in (True, False))
        comments = list(remarks(run.data))
        if run.small:
            held_out, talk, comments = held_out[:10], talk[:SMALL], comments[:SMALL]
        rows = [model.encode(turns) for turns in held_out]
        known = [model.encode(turns) for turns in talk]
        more = known + [model.encode(turns) for turns in comments]
        grams = [KneserNey(ORDER, model.model.config.vocabulary).fit(part) for part in (known, more)]
        return {
            "perplexity": round(perplexity(model.model, rows), 2),
            "perplexity_4gram_dialogues": round(grams[0].perplexity(rows), 2),
            "perplexity_4gram_all": round(grams[1].perplexity(rows), 2),
            "pieces": sum(len(row) - 1 for row in rows),
            **cache_speed(model),
            "replies": {" ".join(turns): model.reply(turns, Sampling()) for turns in PROMPTS},
        }


def spoken(data: Path, *, held_out: bool) -> list[list[str]]:
    """Return the turns of DailyDialog's dialogues."""
    return [[text for text, _ in turns] for turns in dialogues(data, held_back=held_out)]


def remarks(data: Path) -> Iterator[list[str]]:
    """Yield GoEmotions' comments, each as a dialogue of one turn."""
    lines = (corpus_folder(data, "goemotions") / "train.tsv").read_text("utf-8").splitlines()
    yield from ([clean(line.split("\t")[0])] for line in lines)


def vocabulary(texts: Sequence[str], size: int) -> bytes:
    """Return a SentencePiece unigram vocabulary of texts."""
    import sentencepiece

    found = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=found,
        vocab_size=size,
        model_type="unigram",
        hard_vocab_limit=False,
        minloglevel=2,
        num_threads=1,
    )
    return found.getvalue()


def train_gpt(
    talk: Sequence[Turns], comments: Sequence[Turns], run: Run, sizes: GPTConfig = SIZES
) -> DialogueGPT:
    """Return a GPT, pre-trained on everything and tuned on dialogues; the last of these choose the epoch.

    `sizes.vocabulary`: pieces that are wanted; there are fewer where the texts are few.
    """
    import sentencepiece

    seed_everything(run.seed)
    at = len(talk) - min(HELD_BACK, len(talk) // 5)
    kept, held_back = talk[:at], talk[at:]
    read = (*kept, *comments[:: max(1, len(comments) // READ)])
    pieces = vocabulary([turn for turns in read for turn in turns], sizes.vocabulary)
    count = sentencepiece.SentencePieceProcessor(model_proto=pieces).vocab_size()
    found = DialogueGPT(GPT(replace(sizes, vocabulary=count)), pieces)
    rows = [[found.encode(turns) for turns in part] for part in (kept, comments, held_back)]
    both = NextPiece([*rows[0], *rows[1]], rows[2], found.model.config.context, run.seed)
    alone = NextPiece(rows[0], rows[2], found.model.config.context, run.seed)
    tuned = run.epochs or TUNED
    for name, problem, epochs, rate in (
        ("pretrain", both, min(PRETRAINED, tuned), RATES[0]),
        ("tune", alone, tuned, RATES[1]),
    ):
        config = FitConfig(epochs, rate, weight_decay=0.1, patience=2, seed=run.seed)
        fit(found.model, problem, config, run.folder / name, device=run.device)
    return found


@dataclass(eq=False)
class NextPiece:
    """The guessing of the next piece as a problem for the training loop."""

    train: Sequence[Sequence[int]]
    held_back: Sequence[Sequence[int]]
    context: int
    seed: int = 0

    def batches(self, epoch: int) -> list[Tensor]:
        """Return dialogues in a drawn order, joined and cut: int64 (rows, context + 1) each."""
        order = np.random.default_rng([epoch, 5, self.seed]).permutation(len(self.train))
        stream: NDArray[np.int64] = np.concatenate([self.train[row] for row in order]).astype(np.int64)
        parts = np.lib.stride_tricks.sliding_window_view(stream, self.context + 1)[:: self.context]
        rows = min(ROWS, max(1, len(parts) // LEAST_BATCHES))
        return list(torch.from_numpy(parts.copy()).split(rows))

    def loss(self, model: GPT, batch: Tensor, device: torch.device) -> Tensor:
        """Return the cross-entropy of every next piece."""
        batch = batch.to(device)
        return Loss().of_classes(model(batch[:, :-1])[0].float().flatten(0, 1), batch[:, 1:].flatten())

    def score(self, model: GPT, device: torch.device) -> dict[str, float]:
        """Return the perplexity on held-back dialogues."""
        del device
        found = perplexity(model, self.held_back)
        return {"perplexity": found, "score": -math.log(found)}


@torch.no_grad()  # type: ignore[untyped-decorator]
def perplexity(model: GPT, rows: Sequence[Sequence[int]]) -> float:
    """Return exp of the mean surprise of every piece but the first of each row.

    A row longer than the context is read in windows; a piece is counted once, with at least half of a context
    before it where there is so much.
    """
    model.eval()
    device, context = model.pieces.weight.device, model.config.context
    surprise, count = 0.0, 0
    for row in rows:
        counted = 1
        for start in range(0, max(1, len(row) - 1 - context // 2), context // 2):
            part = torch.tensor([row[start : start + context + 1]], device=device)
            logarithms = model(part[:, :-1])[0].float().log_softmax(2)
            chosen = logarithms.gather(2, part[:, 1:, None])[0, counted - start - 1 :, 0]
            surprise, count = surprise - float(chosen.sum()), count + len(chosen)
            counted += len(chosen)
    return math.exp(surprise / count)


def cache_speed(found: DialogueGPT) -> dict[str, float]:
    """Return milliseconds a piece with and without the kept keys and values, over a full context."""
    count = min(TIMED, found.model.config.context - 8)
    times = {}
    for cached in (True, False):
        generator, start = torch.Generator().manual_seed(0), time.perf_counter()
        drawn = continued(found.model, found.encode(["Hello!"]), Sampling(), generator, cached=cached)
        for _ in range(count):
            next(drawn)
        times[cached] = 1000 * (time.perf_counter() - start) / count
    return {
        "cached_ms": round(times[True], 2),
        "uncached_ms": round(times[False], 2),
        "cache_ratio": round(times[False] / times[True], 2),
    }
