"""DnCNN on photos with noise added, and all the denoisers measured on the same held-out photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor
from torch.nn.functional import mse_loss

from pipelines.image.foundations.denoise import median_filtered, non_local_means_filtered
from pipelines.image.foundations.dncnn import DnCNN, denoised
from training.common.loop import FitConfig, fit, seed_everything
from training.foundations.image.picture_sets import crops, photos
from training.foundations.recipe import Metrics, Run

Pixels = NDArray[np.uint8]
Denoiser = Callable[[Pixels], Pixels]
WEAKEST, STRONGEST = 15.0, 35.0
SIGMA = 25.0
PEPPERED = 0.05
SIDE, BATCH = 32, 32


def gaussian(pixels: Pixels, draw: np.random.Generator, sigma: float = SIGMA) -> Pixels:
    """Return a picture with normal noise of deviation `sigma`, in levels of 255, added and clipped."""
    noisy = pixels + draw.normal(0.0, sigma, pixels.shape)
    return np.asarray(noisy.clip(0, 255).round(), np.uint8)


def salt_and_pepper(pixels: Pixels, draw: np.random.Generator, share: float = PEPPERED) -> Pixels:
    """Return a picture in which a share of the pixels is white or black."""
    chance = draw.random(pixels.shape[:2])
    noisy = pixels.copy()
    noisy[chance < share / 2] = 0
    noisy[chance > 1 - share / 2] = 255
    return noisy


NOISES: Mapping[str, Callable[[Pixels, np.random.Generator], Pixels]] = {
    "gaussian": gaussian,
    "salt and pepper": salt_and_pepper,
}


class NoiseProblem:
    """Crops for the loop: fresh noise every epoch, PSNR on held-back photos as the score."""

    def __init__(self, squares: Pixels, held_back: Sequence[Pixels], seed: int) -> None:
        self.squares = torch.from_numpy(squares).permute(0, 3, 1, 2).to(torch.float32) / 255
        draw = np.random.default_rng(seed)
        self.held_back = [(pixels, gaussian(pixels, draw)) for pixels in held_back]
        self.seed = seed

    def batches(self, epoch: int) -> Sequence[tuple[Tensor, Tensor]]:
        """Return the epoch's batches: noisy crops, as dark and bright as pixels can be, and their noise.

        Both are float32 (batch, 3, side, side).
        """
        source = torch.Generator().manual_seed(1000 * self.seed + epoch)
        order = torch.randperm(len(self.squares), generator=source)
        return [self._noisy(rows, source) for rows in order.split(BATCH)]

    def _noisy(self, rows: Tensor, source: torch.Generator) -> tuple[Tensor, Tensor]:
        clean = self.squares[rows]
        strength = torch.empty(len(rows), 1, 1, 1).uniform_(WEAKEST, STRONGEST, generator=source) / 255
        noisy = (clean + torch.randn(clean.shape, generator=source) * strength).clamp(0.0, 1.0)
        kept = torch.channels_last
        return noisy.contiguous(memory_format=kept), (noisy - clean).contiguous(memory_format=kept)

    def loss(self, model: Any, batch: tuple[Tensor, Tensor], device: torch.device) -> Tensor:
        """Return the mean squared error of the noise."""
        noisy, noise = (tensor.to(device) for tensor in batch)
        return mse_loss(model(noisy), noise)

    def score(self, model: Any, device: torch.device) -> dict[str, float]:
        """Return the mean PSNR of the held-back photos, cleaned, in dB."""
        del device
        found = [peak_signal_noise_ratio(clean, denoised(model, noisy)) for clean, noisy in self.held_back]
        return {"score": float(np.mean(found))}


class DnCNNRecipe:
    """DnCNN on crops of Flickr8k's photos."""

    def train(self, run: Run) -> DnCNN:
        """Train on the train split; a few of its photos, held back, choose the epoch."""
        found = photos(run.data, "train", 24 if run.small else 600)
        held = 2 if run.small else 12
        squares = crops(found[:-held], 8, SIDE, np.random.default_rng(run.seed))
        seed_everything(run.seed)
        model = DnCNN()
        epochs = run.epochs or (2 if run.small else 5)
        config = FitConfig(epochs, 2e-3, optimiser="adam", weight_decay=0.0, patience=epochs, seed=run.seed)
        fit(model.net, NoiseProblem(squares, found[-held:], run.seed), config, run.folder, device=run.device)
        return model

    def evaluate(self, model: DnCNN, run: Run) -> Metrics:
        """Measure all the denoisers on dev photos."""
        clean = photos(run.data, "dev", 4 if run.small else 24)
        methods = {"none": lambda pixels: pixels, **denoisers(model)}
        rows = denoising_table(clean, methods, run.seed)
        best = next(row for row in rows if (row["noise"], row["method"]) == ("gaussian", "dncnn"))
        return {"photos": len(clean), "psnr": best["psnr"], "ssim": best["ssim"], "rows": rows}


def denoisers(model: DnCNN) -> dict[str, Denoiser]:
    """Return all the denoisers by name."""
    return {
        "median": median_filtered,
        "non-local-means": non_local_means_filtered,
        "dncnn": model.denoise,
    }


def denoising_table(
    clean: Sequence[Pixels], methods: Mapping[str, Denoiser], seed: int
) -> list[dict[str, Any]]:
    """Return PSNR (dB) and SSIM (Wang et al., 2004) for each noise and method, means over the photos."""
    rows = []
    for noise, add in NOISES.items():
        draw = np.random.default_rng(seed)
        noisy = [add(pixels, draw) for pixels in clean]
        for name, method in methods.items():
            found = [method(pixels) for pixels in noisy]
            pairs = list(zip(clean, found, strict=True))
            psnr = np.mean([peak_signal_noise_ratio(one, two) for one, two in pairs])
            ssim = np.mean([structural_similarity(one, two, channel_axis=-1) for one, two in pairs])
            rows.append(
                {"noise": noise, "method": name, "psnr": round(float(psnr), 2), "ssim": round(float(ssim), 3)}
            )
    return rows
