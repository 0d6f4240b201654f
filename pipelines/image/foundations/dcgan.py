"""DCGAN, a generative adversarial network of convolutions, for 32x32 pixels.

A generator makes pictures of noise, a discriminator tells them from real ones, and each learns from the
other. Source: Radford et al., 2016, arXiv:1511.06434.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Self, cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pipelines.core.errors import InputError
from pipelines.core.foundation import Fields
from pipelines.image.foundations.pictures import grid, write_png
from pipelines.textfile import read_text

WEIGHTS, CONFIG = "model.safetensors", "config.json"
MOST = 100


class Generator(nn.Module):
    """Noise to pictures: transposed convolutions of stride 2, batch norm, ReLU, tanh at the end.

    Args:
        noise: Length of the noise.
        width: Maps before the last layer; each layer before it has twice as many.
        norm: Whether there is batch norm, without which the paper finds the generator to collapse.
    """

    def __init__(self, noise: int = 64, width: int = 32, norm: bool = True) -> None:
        super().__init__()
        wide = (4 * width, 2 * width, width)
        layers = [_up(noise, wide[0], norm, stride=1, padding=0)]
        layers += [_up(wide[0], wide[1], norm), _up(wide[1], wide[2], norm)]
        self.layers = nn.Sequential(*layers, nn.ConvTranspose2d(wide[2], 3, 4, 2, 1), nn.Tanh())

    def forward(self, noise: Tensor) -> Tensor:
        """Return pixels (batch, 3, 32, 32) in [-1, 1] of noise (batch, noise)."""
        return cast(Tensor, self.layers(noise[:, :, None, None]))


class Discriminator(nn.Module):
    """Pictures to one score each, above 0 for real: convolutions of stride 2, batch norm, leaky ReLU."""

    def __init__(self, width: int = 32, norm: bool = True) -> None:
        super().__init__()
        wide = (width, 2 * width, 4 * width)
        layers = [_down(3, wide[0], False), _down(wide[0], wide[1], norm), _down(wide[1], wide[2], norm)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(wide[2], 1, 4), nn.Flatten(0))

    def forward(self, pixels: Tensor) -> Tensor:
        """Return scores (batch,) of pixels (batch, 3, 32, 32) in [-1, 1]."""
        return cast(Tensor, self.layers(pixels))


def _up(maps: int, wide: int, norm: bool, stride: int = 2, padding: int = 1) -> nn.Sequential:
    layers: list[Any] = [nn.ConvTranspose2d(maps, wide, 4, stride, padding, bias=not norm)]
    return nn.Sequential(*layers, *([nn.BatchNorm2d(wide)] if norm else []), nn.ReLU())


def _down(maps: int, wide: int, norm: bool) -> nn.Sequential:
    layers: list[Any] = [nn.Conv2d(maps, wide, 4, 2, 1, bias=not norm)]
    return nn.Sequential(*layers, *([nn.BatchNorm2d(wide)] if norm else []), nn.LeakyReLU(0.2))


class DCGAN:
    """Both networks.

    Attributes:
        generator: Makes pictures.
        discriminator: Judges them; kept so that the game can be looked at.
        sizes: What the constructor was given.
    """

    def __init__(self, noise: int = 64, width: int = 32, norm: bool = True) -> None:
        self.sizes: dict[str, Any] = {"noise": noise, "width": width, "norm": norm}
        self.generator = Generator(noise, width, norm)
        self.discriminator = Discriminator(width, norm)
        for module in self.both.modules():
            _first_weights(module)
        self.both.to(memory_format=torch.channels_last)

    @property
    def both(self) -> nn.ModuleDict:
        """The networks under their names."""
        return nn.ModuleDict({"generator": self.generator, "discriminator": self.discriminator})

    @property
    def parameters(self) -> int:
        """Weights and biases of both networks."""
        return sum(weight.numel() for weight in self.both.parameters())

    def noise(self, count: int, source: torch.Generator) -> Tensor:
        """Return standard normal noise, float32 (count, noise)."""
        return torch.randn(count, int(self.sizes["noise"]), generator=source)

    def sample(self, count: int, seed: int) -> NDArray[np.uint8]:
        """Return `count` new pictures, uint8 (count, 32, 32, 3); the same for the same seed."""
        self.generator.eval()
        device = next(self.generator.parameters()).device
        noise = self.noise(count, torch.Generator().manual_seed(seed)).to(device)
        with torch.inference_mode():
            pixels = torch.cat([self.generator(part) for part in noise.split(256)])
        scaled = pixels.add(1.0).mul(127.5).round().to(torch.uint8)
        return np.ascontiguousarray(scaled.permute(0, 2, 3, 1).cpu().numpy())

    def save(self, folder: Path) -> None:
        """Write `model.safetensors` and `config.json`."""
        state = {name: tensor.contiguous() for name, tensor in self.both.state_dict().items()}
        save_file(state, folder / WEIGHTS)
        (folder / CONFIG).write_text(json.dumps(self.sizes) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the networks as they were saved."""
        model = cls(**json.loads((folder / CONFIG).read_text("utf-8")))
        model.both.load_state_dict(load_file(folder / WEIGHTS))
        return model

    def predict(self, file: Path, out: Path) -> Fields:
        """Draw pictures as a text file asks: how many (1 to 100) and, after it, a seed; 0 without.

        Fields `path` of a PNG, a grid of the pictures at twice their size; `pictures`, `seed`.

        Raises:
            InputError: if the file holds anything else.
        """
        count, seed = _wanted(read_text(file))
        path = out / f"{file.stem}-dcgan.png"
        sheet = grid(list(self.sample(count, seed)))
        write_png(path, cv2.resize(sheet, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST))
        return {"path": str(path), "pictures": count, "seed": seed}


def _wanted(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(\d{1,9})(?:\s+(\d{1,9}))?\s*", text)
    if found is None or not 1 <= int(found[1]) <= MOST:
        raise InputError(
            "The file does not say which pictures to make",
            given=text.strip()[:40],
            allowed=f"one or two whole numbers: how many, 1 to {MOST}, and a seed",
            fix='Write for example "16 7" into it',
        )
    return int(found[1]), int(found[2] or 0)


def _first_weights(module: nn.Module) -> None:
    """Draw a layer's weights as the paper does: normal, 0.02 wide; those of batch norm round 1."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
