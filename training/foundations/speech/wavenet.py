"""The WaveNet vocoder on spoken digits; how well what it copies can still be read."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pipelines.speech.foundations.features import Samples, log_mel
from pipelines.speech.foundations.vocoder import RATE, Vocoder, griffin_lim, levelled, vocoder_mel
from pipelines.speech.foundations.wavenet import SILENCE, WaveNet, WaveNetConfig, mu_law
from training.common.loop import FitConfig, fit, seed_everything
from training.foundations.recipe import Metrics, Run
from training.foundations.speech.digits import split_of
from training.foundations.speech.figures import plot_sounds
from training.foundations.speech.judge import digit_judge, share_read
from training.foundations.speech.spoken_digits import DigitClip

IGNORED = -100
PASSES_IN = 4
"""So many epochs of the loop go once through the clips."""
BATCH = 2
LONGEST_SECONDS = 1.0
CHOOSE_EACH, COPY_EACH = 2, 10
SMALL = WaveNetConfig(channels=8, skip=16, layers=5, stacks=1)
Row = tuple[Tensor, Tensor]


class VocoderRecipe:
    """Learns on four speakers' digits; copies digits of a speaker whom it never heard."""

    def train(self, run: Run) -> Vocoder:
        """Train; the likelihood of a fifth speaker's digits picks the epoch."""
        seed_everything(run.seed)
        split = split_of(run)
        model = Vocoder(SMALL if run.small else WaveNetConfig())
        choose = [clip for clip in split.choose if clip.index < CHOOSE_EACH]
        problem = VocoderProblem(split.train, choose, model.network.config, run.seed)
        config = FitConfig(
            epochs=run.epochs or 5, learning_rate=3e-3, average=0.99, weight_decay=0.0, seed=run.seed
        )
        fit(model.network, problem, config, run.folder, device=run.device)
        model.network.cpu().eval()
        return model

    def evaluate(self, model: Vocoder, run: Run) -> Metrics:
        """How many digits a recogniser still reads: originals, copies, and Griffin-Lim's of the same mels."""
        clips = [clip for clip in split_of(run).test if clip.index < (1 if run.small else COPY_EACH)]
        config, judge = model.network.config, digit_judge(run)
        start = time.perf_counter()
        copies = model.copies([clip.samples for clip in clips], run.seed)
        spent = time.perf_counter() - start
        plain = [griffin_lim(vocoder_mel(levelled(clip.samples), config), config) for clip in clips]
        truth = [clip.digit for clip in clips]
        seconds = sum(len(clip.samples) for clip in clips) / RATE
        _plot(clips[0], copies[0], plain[0], run)
        return {
            "count": len(clips),
            "read_original": share_read(judge, [levelled(clip.samples) for clip in clips], truth),
            "read_wavenet": share_read(judge, copies, truth),
            "read_griffin_lim": share_read(judge, plain, truth),
            "log_spectral_distance_wavenet": _distance(clips, copies),
            "log_spectral_distance_griffin_lim": _distance(clips, plain),
            "seconds_a_second_of_sound": round(spent / seconds, 2),
        }


class VocoderProblem:
    """Each next sample of whole clips, given the ones before and the mel frames.

    Args:
        train: Clips to learn from; those over a second are left out.
        choose: Clips whose likelihood picks the epoch.
        config: Of the network.
        seed: Of the order.
    """

    def __init__(
        self, train: Sequence[DigitClip], choose: Sequence[DigitClip], config: WaveNetConfig, seed: int
    ) -> None:
        short = [clip for clip in train if len(clip.samples) <= LONGEST_SECONDS * RATE]
        self.train, self.choose = ([_row(clip, config) for clip in part] for part in (short, choose))
        self.hop, self.seed = config.hop, seed

    def batches(self, epoch: int) -> Sequence[Row]:
        """Return a quarter of the clips, pairs of like length."""
        order = np.random.default_rng((self.seed, epoch // PASSES_IN)).permutation(len(self.train))
        quarter = np.array_split(order, PASSES_IN)[epoch % PASSES_IN][: len(order) // PASSES_IN]
        by_length = sorted(quarter.tolist(), key=lambda i: len(self.train[i][0]))
        pairs = [by_length[at : at + BATCH] for at in range(0, len(by_length), BATCH)]
        batches = [self._batch([self.train[i] for i in pair]) for pair in pairs]
        np.random.default_rng((self.seed, epoch)).shuffle(batches)
        return batches

    def loss(self, model: WaveNet, batch: Row, device: torch.device) -> Tensor:
        """Return the cross-entropy of the next levels, in nats a sample."""
        wanted, mel = (part.to(device) for part in batch)
        start = torch.full_like(wanted[:, :1], SILENCE)
        before = torch.cat([start, wanted[:, :-1]], dim=1)
        scores = model(before.clamp(min=0), mel)
        return functional.cross_entropy(scores.float(), wanted, ignore_index=IGNORED)

    def score(self, model: WaveNet, device: torch.device) -> dict[str, float]:
        """Return the mean log-likelihood of a sample of the choosing clips."""
        rows = [self._batch([row]) for row in self.choose]
        with torch.no_grad():
            losses = [float(self.loss(model, row, device)) for row in rows]
        found = float(np.average(losses, weights=[row[0].shape[1] for row in rows]))
        return {"score": -found, "bits_a_sample": found / float(np.log(2))}

    def _batch(self, rows: Sequence[Row]) -> Row:
        frames = max(len(mel) for _, mel in rows)
        wanted = torch.full((len(rows), frames * self.hop), IGNORED)
        mel = torch.zeros(len(rows), frames, rows[0][1].shape[1])
        for i, (levels, features) in enumerate(rows):
            wanted[i, : len(levels)], mel[i, : len(features)] = levels, features
        return wanted, mel


def _distance(clips: Sequence[DigitClip], copies: Sequence[Samples]) -> float:
    """Return the mean absolute difference of log-mel frames, in dB."""
    pairs = [
        (log_mel(levelled(clip.samples), RATE), log_mel(copy[: len(clip.samples)], RATE))
        for clip, copy in zip(clips, copies, strict=True)
    ]
    differences = [10 / np.log(10) * float(np.abs(a - b).mean()) for a, b in pairs]
    return round(float(np.mean(differences)), 2)


def _plot(clip: DigitClip, copy: Samples, plain: Samples, run: Run) -> None:
    sounds = {"original": levelled(clip.samples), "WaveNet": copy, "Griffin-Lim": plain}
    plot_sounds(sounds, RATE, run.folder / "copies.png")


def _row(clip: DigitClip, config: WaveNetConfig) -> Row:
    samples = levelled(clip.samples)
    return mu_law(torch.from_numpy(samples)), torch.from_numpy(vocoder_mel(samples, config))
