"""Recipe of the image-guided enhancer: spoken captions in babble, with and without the photo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from pipelines.crossmodal.foundations.enhance import ImageGuidedEnhancer, MaskNet, transform
from pipelines.speech.decode import SAMPLE_RATE
from training.common.loop import FitConfig, fit
from training.foundations.crossmodal.features import flickr_pairs
from training.foundations.crossmodal.speaking import spoken, voice
from training.foundations.recipe import Metrics, Run

CLIPS = {"train": 300, "dev": 60}
SMALL_CLIPS = 12
BATCH, EPOCHS, RATE, CROP = 16, 15, 2e-3, 2 * SAMPLE_RATE
LEVELS = (0.0, 5.0)
"""Speech to noise, in dB."""
TALKERS = 3
COMPRESSION = 0.5
_Samples = NDArray[np.float32]


class Captions:
    """Spoken captions with their photos' features, and the noise that they are mixed with.

    Args:
        waves: 16 kHz speech.
        seen: Pooled image features, (n, 1280).
    """

    def __init__(self, waves: Sequence[_Samples], seen: NDArray[np.float32]) -> None:
        self.waves, self.seen = waves, seen

    @classmethod
    def of(cls, run: Run, split: str) -> Captions:
        """Speak the first captions of a split."""
        pairs, speaker = flickr_pairs(run, split), voice()
        photos = pairs.photos[: SMALL_CLIPS if run.small else CLIPS[split]]
        waves = [
            spoken(speaker, p.captions[1]).samples for p in tqdm(photos, unit="clip", desc="spoken captions")
        ]
        return cls(waves, pairs.seen[: len(photos)])

    def noisy(self, at: int, level: float, random: np.random.Generator) -> tuple[_Samples, _Samples]:
        """Return (noisy, clean) speech of a caption: half of the noise is other captions, half pink noise."""
        clean = self.waves[at]
        others = [other for other in range(len(self.waves)) if other != at]
        talk = sum(_fitted(self.waves[other], len(clean), random) for other in random.choice(others, TALKERS))
        noise = _unit(np.asarray(talk, np.float32)) + _unit(pink(len(clean), random))
        gain = np.sqrt((clean**2).mean() / (noise**2).mean()) * 10 ** (-level / 20)
        return (clean + gain * noise).astype(np.float32), clean


def pink(count: int, random: np.random.Generator) -> _Samples:
    """Return noise whose power falls by 3 dB an octave, float32 (count,)."""
    spectrum = np.fft.rfft(random.standard_normal(count)) / np.sqrt(np.maximum(np.arange(count // 2 + 1), 1))
    return np.fft.irfft(spectrum, count).astype(np.float32)


def _unit(wave: _Samples) -> _Samples:
    return wave / np.float32(np.sqrt((wave**2).mean()) + 1e-8)


def _fitted(wave: _Samples, count: int, random: np.random.Generator) -> _Samples:
    """Return a stretch of a wave repeated to at least `count` samples, from anywhere."""
    start = int(random.integers(len(wave)))
    return np.resize(np.roll(wave, -start), count)


class EnhanceProblem:
    """Mixtures drawn anew each epoch; both networks get the same ones.

    Args:
        train: What is trained on.
        held: What chooses the epoch.
        seed: Of the mixtures.
    """

    def __init__(self, train: Captions, held: Captions, seed: int) -> None:
        self.train, self.seed = train, seed
        self.held = self._batch(held, range(len(held.waves)), np.random.default_rng([seed, 10_000]))

    def batches(self, epoch: int) -> Sequence[tuple[Tensor, Tensor, Tensor]]:
        """Return batches of noisy and clean speech, (rows, 32000), and image features, (rows, 1280)."""
        random = np.random.default_rng([self.seed, epoch])
        order = random.permutation(len(self.train.waves))
        return [self._batch(self.train, order[at : at + BATCH], random) for at in range(0, len(order), BATCH)]

    def _batch(
        self, captions: Captions, rows: Sequence[int] | NDArray[Any], random: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        mixtures = [captions.noisy(int(at), float(random.uniform(-2.0, 8.0)), random) for at in rows]
        cut = [
            [np.resize(wave, CROP) if len(wave) < CROP else wave[:CROP] for wave in pair] for pair in mixtures
        ]
        noisy, clean = (torch.from_numpy(np.stack(waves)) for waves in zip(*cut, strict=True))
        return noisy, clean, torch.from_numpy(captions.seen[list(rows)])

    def loss(self, model: Any, batch: tuple[Tensor, Tensor, Tensor], device: torch.device) -> Tensor:
        """Return the mean squared difference of compressed magnitudes."""
        noisy, clean, seen = (part.to(device) for part in batch)
        magnitude = transform(noisy).abs()
        found = (model(magnitude, seen).float() * magnitude + 1e-6) ** COMPRESSION
        loss: Tensor = (found - (transform(clean).abs() + 1e-6) ** COMPRESSION).square().mean()
        return loss

    def score(self, model: Any, device: torch.device) -> dict[str, float]:
        """Return minus the loss on held-back captions."""
        return {"score": -float(self.loss(model, self.held, device))}


class EnhanceRecipe:
    """Trains one network that listens and one that looks too, on the same mixtures."""

    def train(self, run: Run) -> ImageGuidedEnhancer:
        """Fit both on spoken captions of Flickr8k's train split."""
        captions = Captions.of(run, "train")
        held = max(2, len(captions.waves) // 10)
        kept = Captions(captions.waves[:-held], captions.seen[:-held])
        problem = EnhanceProblem(kept, Captions(captions.waves[-held:], captions.seen[-held:]), run.seed)
        nets = []
        for name in ("alone", "guided"):
            torch.manual_seed(run.seed)
            net = MaskNet(guided=name == "guided")
            epochs = run.epochs or EPOCHS
            config = FitConfig(epochs, RATE, patience=epochs, seed=run.seed)
            fit(net, problem, config, run.folder / name, device=run.device)
            nets.append(net.cpu())
        return ImageGuidedEnhancer(*nets)

    def evaluate(self, model: ImageGuidedEnhancer, run: Run) -> Metrics:
        """STOI and SI-SDR of dev captions: noisy, enhanced, with the photo, with another photo; a figure."""
        captions, found = Captions.of(run, "dev"), {}
        for level in LEVELS:
            random = np.random.default_rng([run.seed, int(level)])
            rows = [self._measure(model, captions, at, level, random) for at in range(len(captions.waves))]
            for name in rows[0]:
                for place, measure in enumerate(("stoi", "si_sdr")):
                    values = [row[name][place] for row in rows]
                    found[f"{level:.0f} dB, {name}, {measure}"] = round(float(np.mean(values)), 4)
            gain = [row["with the photo"][1] - row["sound alone"][1] for row in rows]
            spread = float(np.std(gain, ddof=1) / np.sqrt(len(gain)))
            found[f"{level:.0f} dB, gain by the photo, si_sdr"] = round(float(np.mean(gain)), 4)
            found[f"{level:.0f} dB, standard error of that gain"] = round(spread, 4)
        _plot(found, run)
        return found

    def _measure(
        self,
        model: ImageGuidedEnhancer,
        captions: Captions,
        at: int,
        level: float,
        random: np.random.Generator,
    ) -> dict[str, tuple[float, float]]:
        noisy, clean = captions.noisy(at, level, random)
        other = captions.seen[(at + len(captions.seen) // 2) % len(captions.seen)]
        waves = {
            "noisy": noisy,
            "sound alone": model.enhance(noisy),
            "with the photo": model.enhance(noisy, captions.seen[at]),
            "with another photo": model.enhance(noisy, other),
        }
        return {name: (intelligibility(clean, wave), si_sdr(clean, wave)) for name, wave in waves.items()}


def intelligibility(clean: _Samples, found: _Samples) -> float:
    """Return STOI, 0 to 1 (Taal et al., 2011), of 16 kHz speech."""
    from pystoi import stoi

    return float(stoi(clean, found, SAMPLE_RATE))


def si_sdr(clean: _Samples, found: _Samples) -> float:
    """Return the scale-invariant signal-to-distortion ratio in dB (Le Roux et al., 2019)."""
    one, other = clean - clean.mean(), found - found.mean()
    target = (one @ other) / (one @ one) * one
    return float(10 * np.log10((target @ target) / ((other - target) @ (other - target) + 1e-12)))


def _plot(found: dict[str, float], run: Run) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 2.8), layout="constrained")
    names = ("noisy", "sound alone", "with the photo", "with another photo")
    for panel, measure, title in zip(
        figure.subplots(1, 2), ("stoi", "si_sdr"), ("STOI", "SI-SDR, dB"), strict=True
    ):
        for shift, level in zip((-0.2, 0.2), LEVELS, strict=True):
            heights = [found[f"{level:.0f} dB, {name}, {measure}"] for name in names]
            bars = panel.bar(np.arange(len(names)) + shift, heights, 0.4, label=f"{level:.0f} dB")
            panel.bar_label(bars, fmt="%.2f", fontsize=6)
        panel.set_xticks(range(len(names)), [name.replace(" ", "\n") for name in names], fontsize=8)
        panel.set_title(title)
    panel.legend(fontsize=8)
    figure.savefig(run.folder / "enhancement.png", dpi=110)
