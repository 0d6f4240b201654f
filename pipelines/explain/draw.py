"""Figures of the explanations. Only the commands draw them; the app shows its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipelines.core.types import Audio, Image
from pipelines.explain.occlusion import Moments, Part

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI, PHOTO_DPI = 110, 72


def draw_words(
    parts: Sequence[Part], title: str, target: Path, of: str = "probability lost without the word"
) -> None:
    """Draw a bar a word, in reading order. `of`: what the weights are."""
    words = [part for part in parts if part.weight is not None]
    figure = _figure(6.0, 0.24 * len(words) + 0.8)
    axes = figure.subplots()
    weights = [part.weight or 0.0 for part in words]
    colours = ["#3a7d5c" if weight > 0 else "#c0563f" for weight in weights]
    axes.barh(range(len(words)), weights, color=colours)
    axes.set_yticks(range(len(words)), [part.text for part in words], fontsize=8)
    axes.invert_yaxis()
    axes.axvline(0, color="#888", linewidth=0.8)
    axes.set(title=title, xlabel=of)
    figure.savefig(target, dpi=DPI)


def draw_regions(image: Image, weights: NDArray[np.float32], title: str, target: Path) -> None:
    """Draw the picture beside itself under a heat map. `weights`: (rows, columns)."""
    figure = _figure(6.0, 3.0)
    extent = (0.0, float(image.width), float(image.height), 0.0)
    for panel, heat in zip(figure.subplots(1, 2), (False, True), strict=True):
        panel.imshow(image.pixels, extent=extent)
        if heat:
            panel.imshow(
                np.clip(weights, 0, None), cmap="inferno", alpha=0.55, extent=extent, interpolation="bilinear"
            )
        panel.set_axis_off()
    figure.suptitle(title, fontsize=10)
    figure.savefig(target, dpi=PHOTO_DPI)


def draw_moments(audio: Audio, moments: Moments, title: str, target: Path) -> None:
    """Draw the waveform over a strip of weights."""
    figure = _figure(6.4, 2.6)
    wave, strip = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    times = np.arange(len(audio.samples)) / audio.sample_rate
    step = max(1, len(times) // 4000)
    wave.plot(times[::step], audio.samples[::step], linewidth=0.5, color="#2f4858")
    starts = np.arange(len(moments.weights)) * moments.seconds
    colours = ["#3a7d5c" if weight > 0 else "#c0563f" for weight in moments.weights]
    strip.bar(starts, moments.weights, width=moments.seconds, align="edge", color=colours)
    strip.axhline(0, color="#888", linewidth=0.8)
    wave.set(title=title, ylabel="sound")
    strip.set(xlabel="seconds", ylabel="weight")
    figure.savefig(target, dpi=DPI)


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
