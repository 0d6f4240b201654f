"""DnCNN, a denoiser that learns the noise instead of the picture (Zhang et al., 2017, arXiv:1608.03981).

Small: 7 layers of 24 maps, colour, one network for Gaussian noise of any strength between 15 and 35.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pipelines.core.foundation import Fields
from pipelines.image.decode import decode_image
from pipelines.image.foundations.pictures import removed, write_png
from pipelines.image.foundations.small import Pixels

WEIGHTS, CONFIG = "model.safetensors", "config.json"
TILE, OVERLAP = 512, 16


class NoiseNetwork(nn.Module):
    """3x3 convolutions, batch norm and ReLU; gives the noise v of y = x + v, so that x = y - v.

    The last layer starts at 0: an untrained network leaves pictures as they are.

    Args:
        depth: Layers, at least 2.
        width: Maps of each layer between the first and the last.
    """

    def __init__(self, depth: int = 7, width: int = 24) -> None:
        super().__init__()
        layers: list[Any] = [nn.Conv2d(3, width, 3, padding=1), nn.ReLU()]
        for _ in range(depth - 2):
            layers += [nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        last = nn.Conv2d(width, 3, 3, padding=1)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(cast(Tensor, last.bias))
        self.layers = nn.Sequential(*layers, last)

    def forward(self, noisy: Tensor) -> Tensor:
        """Return the noise in pixels (batch, 3, height, width), which are 0 to 1 before noise."""
        return cast(Tensor, self.layers(noisy))


def denoised(net: nn.Module, pixels: Pixels) -> Pixels:
    """Return a picture without the noise that `net` finds, uint8 (rows, columns, 3).

    Large pictures are cleaned in tiles of 512 pixels that overlap by more than the network sees.
    """
    net.eval()
    clean = np.empty_like(pixels)
    for top in range(0, pixels.shape[0], TILE):
        for left in range(0, pixels.shape[1], TILE):
            above, before = max(0, top - OVERLAP), max(0, left - OVERLAP)
            part = pixels[above : top + TILE + OVERLAP, before : left + TILE + OVERLAP]
            found = _without_noise(net, part)[top - above :, left - before :]
            target = clean[top : top + TILE, left : left + TILE]
            target[:] = found[: target.shape[0], : target.shape[1]]
    return clean


def _without_noise(net: nn.Module, part: Pixels) -> Pixels:
    noisy = torch.from_numpy(np.ascontiguousarray(part)).permute(2, 0, 1)[None].to(torch.float32) / 255
    device = next(net.parameters()).device
    with torch.inference_mode():
        noise = net(noisy.to(device).contiguous(memory_format=torch.channels_last)).cpu()
    levels = ((noisy - noise).clamp(0, 1) * 255).round().to(torch.uint8)
    return np.asarray(levels[0].permute(1, 2, 0).numpy(), np.uint8)


class DnCNN:
    """The network as it is kept and used.

    Attributes:
        net: The network; channels last in memory.
        sizes: What its constructor was given.
    """

    def __init__(self, depth: int = 7, width: int = 24) -> None:
        self.sizes = {"depth": depth, "width": width}
        self.net = NoiseNetwork(depth, width).to(memory_format=torch.channels_last)

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return sum(weight.numel() for weight in self.net.parameters())

    def denoise(self, pixels: Pixels) -> Pixels:
        """Return a picture without its noise, uint8 (rows, columns, 3)."""
        return denoised(self.net, pixels)

    def save(self, folder: Path) -> None:
        """Write `model.safetensors` and `config.json`."""
        state = {name: tensor.contiguous() for name, tensor in self.net.state_dict().items()}
        save_file(state, folder / WEIGHTS)
        (folder / CONFIG).write_text(json.dumps(self.sizes) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the denoiser as it was saved."""
        model = cls(**json.loads((folder / CONFIG).read_text("utf-8")))
        model.net.load_state_dict(load_file(folder / WEIGHTS))
        return model

    def predict(self, file: Path, out: Path) -> Fields:
        """Fields `path`, a PNG without the noise, and `removed`, the root mean square of what was taken."""
        pixels = decode_image(file).pixels
        clean = self.denoise(pixels)
        path = out / f"{file.stem}-dncnn.png"
        write_png(path, clean)
        return {"path": str(path), "removed": removed(pixels, clean)}
