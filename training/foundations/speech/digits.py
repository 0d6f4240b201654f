"""Recognisers of one spoken digit, tested on a speaker that they never heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.ndimage import map_coordinates
from torch import Tensor

from pipelines.speech.foundations.digits import spectrogram
from pipelines.speech.foundations.features import Frames
from pipelines.speech.foundations.gmm_hmm import GmmHmm
from pipelines.speech.foundations.neural import DigitNetwork, padded
from training.figures import plot_confusion
from training.foundations.recipe import Metrics, Run
from training.foundations.speech.data import DIGITS, DigitClip, SpeakerSplit, resampled, speaker_split
from training.loop import FitConfig, fit, seed_everything
from training.losses import Loss
from training.metrics import classifier_metrics

SPEEDS = (0.85, 1.0, 1.18)
"""Five voices are few: each is heard lower and slower, and higher and faster, too (Ko et al., 2015)."""
SMALL = 4
GMM_EACH = 25
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
        sounds = [resampled(clip.samples, speed) for speed in SPEEDS for clip in clips]
        return GmmHmm.fit(sounds, [clip.digit for _ in SPEEDS for clip in clips], run.seed)

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
        model, problem = DigitNetwork(self.kind), DigitProblem(split_of(run), run.seed)
        epochs = run.epochs or EPOCHS
        config = FitConfig(epochs, learning_rate=3e-3, average=0.99, patience=epochs, seed=run.seed)
        fit(model.network, problem, config, run.folder, device=run.device)
        model.network.cpu().eval()
        return model

    def evaluate(self, model: DigitNetwork, run: Run) -> Metrics:
        """Report on the speaker who tests."""
        return _measured(model, run)


class DigitProblem:
    """Digits in batches, at another speed, tone and noise each time."""

    def __init__(self, split: SpeakerSplit, seed: int) -> None:
        self.train = [
            (_frames(clip, speed), DIGITS.index(clip.digit)) for speed in SPEEDS for clip in split.known
        ]
        self.fifth = [(_frames(clip, 1.0), DIGITS.index(clip.digit)) for clip in split.choose]
        self.seed, self.loss_of = seed, Loss(smoothing=0.05)

    def batches(self, epoch: int) -> Sequence[Batch]:
        """Return as many clips as there are recordings, each at a drawn speed."""
        random = np.random.default_rng((self.seed, epoch))
        order = random.permutation(len(self.train))[: len(self.train) // len(SPEEDS)]
        rows = [self.train[i] for i in order]
        return [
            _batch([(varied(frames, random), digit) for frames, digit in rows[at : at + BATCH]])
            for at in range(0, len(rows), BATCH)
        ]

    def loss(self, model: torch.nn.Module, batch: Batch, device: torch.device) -> Tensor:
        """Return cross-entropy with smoothed labels."""
        frames, lengths, digits = (part.to(device) for part in batch)
        return self.loss_of.of_classes(model(frames, lengths).float(), digits)

    def score(self, model: torch.nn.Module, device: torch.device) -> dict[str, float]:
        """Return the loss on the fifth speaker's recordings as they are, which train too, its sign turned.

        It goes on rising, so that the last epochs are kept; an accuracy would stand still.
        """
        parts = [self.fifth[at : at + BATCH] for at in range(0, len(self.fifth), BATCH)]
        losses = [float(self.loss(model, _batch(part), device)) for part in parts]
        return {"score": -float(np.average(losses, weights=[len(part) for part in parts]))}


def varied(frames: Frames, random: np.random.Generator) -> Frames:
    """Return frames as of another voice and microphone: warped, tilted, with a floor of noise and with gaps.

    Bands are warped (vocal tract length perturbation; Jaitly and Hinton, 2013), time is stretched, and a
    stretch of bands and one of time are blanked (SpecAugment; Park et al., 2019, arXiv:1904.08779).
    """
    time, bands = frames.shape
    count = max(8, round(time * random.uniform(0.75, 1.35)))
    centre, scale, shift = bands / 3, random.uniform(0.85, 1.15), random.uniform(-1.0, 1.0)
    at = np.meshgrid(
        np.linspace(0, time - 1, count), centre + (np.arange(bands) - centre) * scale + shift, indexing="ij"
    )
    found = map_coordinates(frames, at, order=1, mode="nearest")
    wave = np.cos(np.pi * (np.arange(bands) / bands * random.uniform(0.5, 3.0) + random.uniform(0.0, 2.0)))
    found = np.logaddexp(found + random.normal(0.0, 0.4) * wave, random.uniform(-4.0, -0.3))
    found = (found - found.mean(axis=0)) / (found.std() + 1e-3)
    found += 0.15 * random.standard_normal(found.shape)
    low, start = random.integers(bands - 5), random.integers(max(1, count - 8))
    found[:, low : low + random.integers(6)] = 0.0
    found[start : start + random.integers(9)] = 0.0
    return found.astype(np.float32)


def _measured(model: GmmHmm | DigitNetwork, run: Run) -> Metrics:
    clips = split_of(run).test
    metrics = classifier_metrics(
        model.probabilities, [clip.samples for clip in clips], [clip.digit for clip in clips], model.labels
    )
    plot_confusion(metrics, run.folder / "confusion.png")
    return {**metrics, "test_speaker": clips[0].speaker}


def _frames(clip: DigitClip, speed: float) -> Frames:
    return spectrogram(resampled(clip.samples, speed))


def _batch(rows: Sequence[tuple[Frames, int]]) -> Batch:
    frames, lengths = padded([each for each, _ in rows])
    return frames, lengths, torch.tensor([digit for _, digit in rows])
