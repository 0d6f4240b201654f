"""Convolutional classifiers of small pictures, as they are kept and used."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pipelines.image.foundations.networks import VGG, AlexNet, ResNet
from pipelines.image.foundations.small import Pixels, SmallPictureClassifier

WEIGHTS, CONFIG = "model.safetensors", "config.json"
BATCH = 256


def as_input(pictures: Sequence[Pixels] | NDArray[np.uint8]) -> Tensor:
    """Return float32 (pictures, 3, side, side) in [-1, 1], channels last in memory, of uint8 pictures."""
    pixels = torch.from_numpy(np.stack(list(pictures))).permute(0, 3, 1, 2)
    return pixels.to(torch.float32).div_(127.5).sub_(1.0).contiguous(memory_format=torch.channels_last)


class ConvClassifier(SmallPictureClassifier):
    """One of the three networks with its labels and sizes.

    Attributes:
        net: The network; channels last in memory, in which CPUs convolve fastest.
        sizes: What its constructor was given besides the number of classes.
    """

    kind: ClassVar[type[nn.Module]]

    def __init__(self, labels: Sequence[str], **sizes: Any) -> None:
        self.labels, self.sizes = list(labels), dict(sizes)
        self.net = self.kind(len(self.labels), **sizes).to(memory_format=torch.channels_last)

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return sum(weight.numel() for weight in self.net.parameters())

    def probabilities(self, pictures: Sequence[Pixels]) -> NDArray[np.float64]:
        """Return class probabilities, float64 (pictures, classes); rows sum to 1."""
        self.net.eval()
        device = next(self.net.parameters()).device
        rows = []
        with torch.inference_mode():
            for start in range(0, len(pictures), BATCH):
                scores = self.net(as_input(pictures[start : start + BATCH]).to(device))
                rows.append(scores.double().softmax(1).cpu().numpy())
        return np.concatenate(rows)

    def save(self, folder: Path) -> None:
        """Write `model.safetensors` and `config.json`."""
        weights = {name: tensor.contiguous() for name, tensor in self.net.state_dict().items()}
        save_file(weights, folder / WEIGHTS)
        config: Mapping[str, Any] = {"labels": self.labels, "sizes": self.sizes}
        (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the classifier as it was saved."""
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        model = cls(config["labels"], **config["sizes"])
        model.net.load_state_dict(load_file(folder / WEIGHTS))
        return model


class AlexNetClassifier(ConvClassifier):
    """AlexNet in small."""

    kind = AlexNet


class VGGClassifier(ConvClassifier):
    """VGG in small."""

    kind = VGG


class ResNetClassifier(ConvClassifier):
    """ResNet in small."""

    kind = ResNet
