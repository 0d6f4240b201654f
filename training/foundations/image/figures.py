"""Figures of the image foundations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.foundations.recipe import Metrics


def plot_game(rows: Sequence[Metrics], target: Path) -> None:
    """Draw a GAN's losses, how real both kinds of pictures look to it, and the Fréchet distance, by epoch."""
    from matplotlib.figure import Figure

    epochs = [row["epoch"] for row in rows]
    figure = Figure(figsize=(10, 3.2), layout="constrained")
    losses, belief, distance = figure.subplots(1, 3)
    losses.plot(epochs, [row["discriminator_loss"] for row in rows], label="discriminator", color="#7a4b9a")
    losses.plot(epochs, [row["generator_loss"] for row in rows], label="generator", color="#3a7d5c")
    losses.set(title="losses", xlabel="epoch")
    losses.legend(fontsize=8)
    belief.plot(epochs, [row["real"] for row in rows], label="real pictures", color="#444444")
    belief.plot(epochs, [row["fake"] for row in rows], label="generated", color="#c06030")
    belief.set(title="how real they look to it", xlabel="epoch", ylim=(0, 1))
    belief.legend(fontsize=8)
    looked = [row for row in rows if "frechet" in row]
    distance.plot([row["epoch"] for row in looked], [row["frechet"] for row in looked], "o-", color="#3a7d5c")
    distance.set(title="Fréchet distance", xlabel="epoch", ylim=(0, None))
    figure.savefig(target, dpi=90)


def plot_pictures(page: Sequence[Sequence[tuple[str, NDArray[Any]]]], target: Path, dpi: int = 60) -> None:
    """Draw rows of titled pictures, uint8 grey or sRGB, as a PNG of 128 colours, which stays small."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image as pil

    columns = max(len(row) for row in page)
    figure = Figure(figsize=(2.4 * columns, 2.65 * len(page)), layout="constrained", dpi=dpi)
    panels = figure.subplots(len(page), columns, squeeze=False)
    for line, row in zip(panels, page, strict=True):
        for panel in line:
            panel.axis("off")
        for panel, (title, pixels) in zip(line, row, strict=False):
            panel.imshow(pixels, cmap="gray", vmin=0, vmax=255)
            panel.set_title(title, fontsize=11)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = pil.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    drawn.quantize(128).save(target, optimize=True)
