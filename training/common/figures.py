"""Figures of the reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def plot_confusion(result: dict[str, Any], target: Path) -> None:
    """Draw the confusion matrix of a `training.common.metrics.report`; each row sums to 100 %."""
    from matplotlib.figure import Figure

    labels, counts = result["labels"], np.array(result["confusion"], float)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(1.6 + 0.7 * len(labels), 1.4 + 0.6 * len(labels)), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Greens", vmin=0, vmax=100)
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("answer")
    axes.set_ylabel("truth")
    for (row, column), share in np.ndenumerate(shares):
        colour = "white" if share > 55 else "black"
        axes.text(column, row, f"{share:.0f}", ha="center", va="center", color=colour, fontsize=9)
    figure.savefig(target, dpi=100)
