"""Figures of the speech foundations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipelines.speech.foundations.features import HOP_SECONDS, Samples, log_mel
from pipelines.speech.foundations.tools import SHADES


def plot_sounds(sounds: Mapping[str, Samples], rate: int, target: Path) -> None:
    """Draw the log-mel spectrograms of sounds beside each other, on one scale."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    colours = colormaps["viridis"].resampled(SHADES)
    figure = Figure(figsize=(2.6 * len(sounds), 2.6), layout="constrained")
    panels = figure.subplots(1, len(sounds), sharey=True, squeeze=False)[0]
    for panel, (name, samples) in zip(panels, sounds.items(), strict=True):
        frames = log_mel(samples, rate)
        extent = (0, len(frames) * HOP_SECONDS, 0, frames.shape[1])
        panel.imshow(
            frames.T,
            origin="lower",
            aspect="auto",
            extent=extent,
            vmin=-12,
            vmax=4,
            cmap=colours,
            interpolation="nearest",
        )
        panel.set(title=name, xlabel="seconds")
    panels[0].set(ylabel="mel band")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=80)
