"""Three convolutional networks in small, for pictures of 32x32 pixels.

A convolution slides small filters over the picture and gives a map for each; pooling keeps the strongest
answer of each neighbourhood, so that maps shrink; fully connected layers turn the last maps into classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from torch import Tensor, nn
from torch.nn import functional


class AlexNet(nn.Module):
    """AlexNet (Krizhevsky et al., 2012, NIPS 25) at 32x32.

    As there: five convolutions with large filters first, ReLU, overlapping max pooling, dropout in the fully
    connected layers. Left out: the local response norm and the two halves for two GPUs.
    """

    def __init__(self, classes: int, width: int = 32, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, width, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1),
            nn.Conv2d(width, 2 * width, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1),
            nn.Conv2d(2 * width, 3 * width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(3 * width, 3 * width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(3 * width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1),
        )  # fmt: skip
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout), nn.Linear(2 * width * 4 * 4, 8 * width), nn.ReLU(),
            nn.Dropout(dropout), nn.Linear(8 * width, 8 * width), nn.ReLU(),
            nn.Linear(8 * width, classes),
        )  # fmt: skip

    def forward(self, pixels: Tensor) -> Tensor:
        """Return scores (batch, classes) of float (batch, 3, 32, 32)."""
        return cast(Tensor, self.classifier(self.features(pixels)))


class VGG(nn.Module):
    """VGG (Simonyan and Zisserman, 2015, arXiv:1409.1556) at 32x32, with batch norm.

    As there: nothing but 3x3 convolutions, in pairs, each pair followed by 2x2 max pooling and by twice as
    many maps.
    """

    def __init__(self, classes: int, width: int = 24, pairs: int = 3, dropout: float = 0.4) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        maps = 3
        for stage in range(pairs):
            wide = width * 2**stage
            layers += [_convolution(maps, wide), _convolution(wide, wide), nn.MaxPool2d(2)]
            maps = wide
        self.features = nn.Sequential(*layers)
        side = 32 // 2**pairs
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Dropout(dropout), nn.Linear(maps * side * side, 128), nn.ReLU(),
            nn.Dropout(dropout), nn.Linear(128, classes),
        )  # fmt: skip

    def forward(self, pixels: Tensor) -> Tensor:
        """Return scores (batch, classes) of float (batch, 3, 32, 32)."""
        return cast(Tensor, self.classifier(self.features(pixels)))


class Residual(nn.Module):
    """Two convolutions whose result is added to their input: y = ReLU(F(x) + x).

    Where the maps change in number or size, a 1x1 convolution brings x to the new shape.
    """

    def __init__(self, maps: int, wide: int, stride: int) -> None:
        super().__init__()
        self.first = _convolution(maps, wide, stride)
        self.second = nn.Sequential(nn.Conv2d(wide, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide))
        same = maps == wide and stride == 1
        self.shortcut = (
            nn.Identity()
            if same
            else nn.Sequential(nn.Conv2d(maps, wide, 1, stride, bias=False), nn.BatchNorm2d(wide))
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Return (batch, wide, side / stride, side / stride)."""
        return functional.relu(self.second(self.first(maps)) + self.shortcut(maps))


class ResNet(nn.Module):
    """ResNet (He et al., 2016, arXiv:1512.03385) at 32x32: its order of layers with a 3x3 first filter.

    Args:
        classes: How many.
        width: Maps of the first stage; each later one has twice as many, half the side.
        blocks: Residual blocks of each stage.
    """

    def __init__(self, classes: int, width: int = 48, blocks: Sequence[int] = (1, 1, 1)) -> None:
        super().__init__()
        layers: list[nn.Module] = [_convolution(3, width), nn.MaxPool2d(2)]
        maps = width
        for stage, count in enumerate(blocks):
            wide = width * 2**stage
            for index in range(count):
                layers.append(Residual(maps, wide, 2 if stage and not index else 1))
                maps = wide
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(maps, classes))

    def forward(self, pixels: Tensor) -> Tensor:
        """Return scores (batch, classes) of float (batch, 3, 32, 32)."""
        return cast(Tensor, self.classifier(self.features(pixels)))


def _convolution(maps: int, wide: int, stride: int = 1) -> nn.Sequential:
    layers: list[Any] = [nn.Conv2d(maps, wide, 3, stride, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()]
    return nn.Sequential(*layers)
