"""Recognisers of one spoken digit, tested on a speaker that they never heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from pipelines.speech.foundations.digits import word_frames
from pipelines.speech.foundations.features import Frames
from pipelines.speech.foundations.gmm_hmm import GmmHmm
from pipelines.speech.foundations.neural import DigitNetwork, FrontEnd, padded
from training.common.figures import plot_confusion
from training.common.loop import FitConfig, fit, seed_everything
from training.common.losses import Loss
from training.common.metrics import classifier_metrics
from training.foundations.recipe import Metrics, Run
from training.foundations.speech.spoken_digits import (
    DIGITS,
    DigitClip,
    SpeakerSplit,
    resampled,
    speaker_split,
)
from training.foundations.speech.variation import at_speeds, batched, varied
from training.foundations.speech.voices import synthetic_clips

SMALL = 4
GMM_EACH, GMM_SPEEDS = 25, (0.85, 1.0, 1.18)
EPOCHS = 10
BATCH = 64
Batch = tuple[Tensor, Tensor, Tensor]


def split_of(run: Run) -> SpeakerSplit:
    """Return the speakers of a run; its task is "fsdd", or "fsdd-" and the speaker who tests."""
    return speaker_split(run.data, run.task.partition("-")[2], each=SMALL if run.small else None)


class GmmHmmRecipe:
    """A GMM-HMM a digit, on half the recordings at three speeds."""

    def train(self, run: Run) -> GmmHmm:
        """Fit on every speaker but the one who tests: nothing is chosen in the fit."""
        clips = [clip for clip in split_of(run).known if clip.index < GMM_EACH]
        sounds = [resampled(clip.samples, speed) for speed in GMM_SPEEDS for clip in clips]
        return GmmHmm.fit(sounds, [clip.digit for _ in GMM_SPEEDS for clip in clips], run.seed)

    def evaluate(self, model: GmmHmm, run: Run) -> Metrics:
        """Report on the speaker who tests."""
        return _measured(model, run)


class NetworkRecipe:
    """A neural recogniser by kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def train(self, run: Run) -> DigitNetwork:
        """Train on every speaker but the one who tests, the number of epochs fixed beforehand."""
        seed_everything(run.seed)
        model, split = DigitNetwork(self.kind), split_of(run)
        voices = () if run.small else synthetic_clips()
        problem = DigitProblem((*split.known, *voices), split.choose, model.front, run.seed)
        epochs = run.epochs or EPOCHS
        config = FitConfig(epochs, learning_rate=3e-3, average=0.99, patience=epochs, seed=run.seed)
        fit(model.network, problem, config, run.folder, device=run.device)
        model.network.cpu().eval()
        return model

    def evaluate(self, model: DigitNetwork, run: Run) -> Metrics:
        """Report on the speaker who tests."""
        return _measured(model, run)


class DigitProblem:
    """Digits in batches, at another speed, tone and noise each time.

    Args:
        train: Clips to learn from.
        shown: Some of them, whose loss is shown.
        front: What the network reads of log-mel frames.
        seed: Of what is drawn.
    """

    def __init__(
        self, train: Sequence[DigitClip], shown: Sequence[DigitClip], front: FrontEnd, seed: int
    ) -> None:
        self.train = [(at_speeds(clip.samples), DIGITS.index(clip.digit)) for clip in train]
        self.shown = [(front(word_frames(clip.samples)), DIGITS.index(clip.digit)) for clip in shown]
        self.front, self.seed, self.loss_of = front, seed, Loss(smoothing=0.05)

    def batches(self, epoch: int) -> Sequence[Batch]:
        """Return every clip once, each at a drawn speed."""
        random = np.random.default_rng((self.seed, epoch))
        rows = [self.train[i] for i in random.permutation(len(self.train))]
        drawn = [
            (varied(speeds[random.integers(len(speeds))], self.front, random), digit)
            for speeds, digit in rows
        ]
        return [_batch(batch) for batch in batched(drawn, BATCH, random)]

    def loss(self, model: torch.nn.Module, batch: Batch, device: torch.device) -> Tensor:
        """Return cross-entropy with smoothed labels."""
        frames, lengths, digits = (part.to(device) for part in batch)
        return self.loss_of.of_classes(model(frames, lengths).float(), digits)

    def score(self, model: torch.nn.Module, device: torch.device) -> dict[str, float]:
        """Return the loss on recordings as they are, which train too, its sign turned.

        It goes on rising, so that the last epochs are kept; an accuracy would stand still.
        """
        parts = [self.shown[at : at + BATCH] for at in range(0, len(self.shown), BATCH)]
        losses = [float(self.loss(model, _batch(part), device)) for part in parts]
        return {"score": -float(np.average(losses, weights=[len(part) for part in parts]))}


def _measured(model: GmmHmm | DigitNetwork, run: Run) -> Metrics:
    clips = split_of(run).test
    metrics = classifier_metrics(
        model.probabilities, [clip.samples for clip in clips], [clip.digit for clip in clips], model.labels
    )
    plot_confusion(metrics, run.folder / "confusion.png")
    return {**metrics, "test_speaker": clips[0].speaker}


def _batch(rows: Sequence[tuple[Frames, int]]) -> Batch:
    frames, lengths = padded([each for each, _ in rows])
    return frames, lengths, torch.tensor([digit for _, digit in rows])
