"""What the layers of a convolutional network make of a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipelines.image.foundations.convnet import ConvClassifier, as_input

SHOWN = 6


def layer_maps(model: ConvClassifier, pixels: NDArray[np.uint8]) -> list[tuple[str, Tensor]]:
    """Return the maps after the first convolution, the first pooling and the last layer before classes.

    Args:
        model: The network.
        pixels: A picture, uint8 (32, 32, 3).

    Returns:
        Titles with float32 (maps, side, side).
    """
    model.net.eval()
    found, maps, layers = [], as_input([pixels]), list(model.net.features)
    pooling = next(i for i, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d))
    named = {0: "first convolution", pooling: "first pooling", len(layers) - 1: "last maps"}
    with torch.inference_mode():
        for index, layer in enumerate(layers):
            maps = layer(maps)
            if index in named:
                found.append((f"{named[index]}\n{_shape(maps[0])}", maps[0]))
    return found


def _shape(maps: Tensor) -> str:
    return " x ".join(str(size) for size in maps.shape)


def plot_maps(model: ConvClassifier, pixels: NDArray[np.uint8], target: Path) -> None:
    """Draw a picture, the six maps of each kind of layer that vary most, and the classes' probabilities."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 4.6), layout="constrained")
    parts: Any = figure.subfigures(1, 3, width_ratios=(1.5, 6, 2.6))
    left, middle, right = parts
    panel = left.subplots()
    panel.imshow(pixels)
    panel.set_title("picture\n3 x 32 x 32", fontsize=9)
    panel.axis("off")
    rows = layer_maps(model, pixels)
    for line, (title, maps) in zip(middle.subplots(len(rows), SHOWN), rows, strict=True):
        _draw_line(line, title, maps)
    scores = model.probabilities([pixels])[0]
    bars = right.subplots()
    bars.barh(model.labels[::-1], scores[::-1], color="#3a7d5c")
    bars.set_title("fully connected layer", fontsize=9)
    bars.tick_params(labelsize=8)
    bars.set(xlim=(0, 1))
    figure.savefig(target, dpi=90)


def _draw_line(panels: Any, title: str, maps: Tensor) -> None:
    chosen = maps.flatten(1).std(1).argsort(descending=True)[:SHOWN]
    for panel, each in zip(panels, maps[chosen], strict=True):
        panel.imshow(each.numpy(), cmap="viridis")
        panel.set(xticks=[], yticks=[])
    panels[0].set_ylabel(title, fontsize=8)
