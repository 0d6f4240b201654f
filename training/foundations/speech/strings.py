"""Rows of spoken digits read by an LSTM with CTC."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pipelines.speech.foundations.ctc import BLANK
from pipelines.speech.foundations.digits import word_frames
from pipelines.speech.foundations.features import Frames, Samples
from pipelines.speech.foundations.networks import CtcDigits
from pipelines.speech.foundations.neural import BATCH, DigitStrings, FrontEnd, padded
from training.common.loop import FitConfig, fit, seed_everything
from training.foundations.recipe import Metrics, Run
from training.foundations.speech.digits import split_of
from training.foundations.speech.judge import digit_judge
from training.foundations.speech.spoken_digits import DIGITS, DigitClip, resampled, string_of
from training.foundations.speech.variation import SPEEDS, batched, varied
from training.foundations.speech.voices import synthetic_clips

STRINGS, MADE, HELD_OUT = 800, 400, 100
"""Rows of an epoch by people and by made voices, and rows that test."""
EPOCHS = 12
TRAIN_BATCH = 16
Row = tuple[Frames, str]
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def strings(clips: Sequence[DigitClip], count: int, seed: int) -> list[tuple[Samples, str]]:
    """Return `count` rows of 3 to 7 digits, each of one speaker, the speakers in turn."""
    random = np.random.default_rng(seed)
    speakers = sorted({clip.speaker for clip in clips})
    own = [[clip for clip in clips if clip.speaker == speaker] for speaker in speakers]
    return [string_of(own[i % len(own)], random) for i in range(count)]


class StringRecipe:
    """LSTM and CTC: no frame is labelled, only what the whole row says."""

    def train(self, run: Run) -> DigitStrings:
        """Train on every speaker but the one who tests, the number of epochs fixed beforehand.

        The encoder starts as that of `digit-lstm`: from nothing, CTC spends long on blanks alone.
        """
        seed_everything(run.seed)
        model, epochs = DigitStrings("ctc"), run.epochs or EPOCHS
        start = digit_judge(run).network.encoder
        model.network.encoder.load_state_dict(start.state_dict())
        config = FitConfig(epochs, learning_rate=3e-3, average=0.99, patience=epochs, seed=run.seed)
        fit(model.network, StringProblem(run, model.front), config, run.folder, device=run.device)
        model.network.cpu().eval()
        return model

    def evaluate(self, model: DigitStrings, run: Run) -> Metrics:
        """Word error rate (a digit is a word) of the test speaker's rows, greedy and by beam search."""
        import jiwer

        rows = strings(split_of(run).test, 20 if run.small else HELD_OUT, run.seed)
        truth = [" ".join(said) for _, said in rows]
        metrics: Metrics = {"count": len(rows), "digits": sum(len(said) for _, said in rows)}
        for name, beam in (("greedy", 0), ("beam", 8)):
            read = model.read([sound for sound, _ in rows], beam)
            metrics[f"{name}_wer"] = round(float(jiwer.wer(truth, [" ".join(said) for said in read])), 4)
            right = [said == wanted for said, (_, wanted) in zip(read, rows, strict=True)]
            metrics[f"{name}_rows_right"] = round(float(np.mean(right)), 4)
        return metrics


class StringProblem:
    """New rows every epoch, of people at every speed and of made voices."""

    def __init__(self, run: Run, front: FrontEnd) -> None:
        split = split_of(run)
        self.front, self.seed, self.small = front, run.seed, run.small
        self.people = [
            DigitClip(clip.digit, f"{clip.speaker} {speed}", clip.index, resampled(clip.samples, speed))
            for clip in split.known
            for speed in SPEEDS
        ]
        self.made = () if run.small else synthetic_clips()
        shown = strings(split.choose, 20 if run.small else HELD_OUT, run.seed + 1)
        self.shown = [(front(word_frames(sound)), said) for sound, said in shown]

    def batches(self, epoch: int) -> Sequence[Batch]:
        """Return the epoch's rows, drawn by its number."""
        random = np.random.default_rng((self.seed, epoch))
        rows = strings(self.people, 64 if self.small else STRINGS, int(random.integers(2**31)))
        if self.made:
            rows += strings(self.made, MADE, int(random.integers(2**31)))
        drawn = [
            (varied(word_frames(rows[i][0]), self.front, random), rows[i][1])
            for i in random.permutation(len(rows))
        ]
        return [string_batch(batch) for batch in batched(drawn, TRAIN_BATCH, random)]

    def loss(self, model: CtcDigits, batch: Batch, device: torch.device) -> Tensor:
        """Return the CTC loss, a digit."""
        return string_loss(model, batch, device)

    def score(self, model: CtcDigits, device: torch.device) -> dict[str, float]:
        """Return the loss on rows as they are, of a speaker who trains too, its sign turned."""
        parts = [self.shown[at : at + BATCH] for at in range(0, len(self.shown), BATCH)]
        losses = [float(self.loss(model, string_batch(part), device)) for part in parts]
        return {"score": -float(np.average(losses, weights=[len(part) for part in parts]))}


def string_loss(model: CtcDigits, batch: Batch, device: torch.device) -> Tensor:
    """Return the negative log-probability of all the paths that spell each row, a digit."""
    frames, lengths, wanted, counts = (part.to(device) for part in batch)
    scores, steps = model(frames, lengths)
    return functional.ctc_loss(
        scores.float().transpose(0, 1), wanted, steps, counts, blank=BLANK, zero_infinity=True
    )


def string_batch(rows: Sequence[Row]) -> Batch:
    """Return padded frames, their numbers, the labels of all the rows in one, and how many each has."""
    frames, lengths = padded([each for each, _ in rows])
    wanted = torch.tensor([DIGITS.index(digit) + 1 for _, said in rows for digit in said])
    return frames, lengths, wanted, torch.tensor([len(said) for _, said in rows])
