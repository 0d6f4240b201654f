"""How well a query in one modality finds what belongs to it in the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import ModelError

RANKS = (1, 5, 10)


def ranks(scores: NDArray[Any], owners: NDArray[np.intp], queries: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return for each query the rank, from 1, of the best candidate that belongs to it; equals count half.

    Args:
        scores: (queries, candidates), higher is nearer.
        owners: (candidates,), which photo each candidate belongs to.
        queries: (queries,), which photo each query belongs to.

    Raises:
        ModelError: for scores that are not finite.
    """
    if not np.isfinite(scores).all():
        raise ModelError("The model's scores are not numbers", fix="Train it again, at a lower rate")
    own = owners[None] == queries[:, None]
    best = np.where(own, scores, -np.inf).max(axis=1, keepdims=True)
    above, beside = ((scores > best) & ~own).sum(axis=1), ((scores == best) & ~own).sum(axis=1)
    return np.asarray(1 + above + beside / 2, np.float64)


def recalls(found: NDArray[np.float64], candidates: int, right: int = 1) -> dict[str, float]:
    """Return recall at 1, 5 and 10, chance's, and the median rank.

    Chance is the probability that at least one of `right` candidates is among the first k in random order.
    """
    shares = {f"recall_at_{k}": round(float((found <= k).mean()), 4) for k in RANKS}
    wrong = candidates - right
    firsts = {k: range(min(k, candidates)) for k in RANKS}
    misses = {k: np.prod([max(0, wrong - i) / (candidates - i) for i in firsts[k]]) for k in RANKS}
    chance = {f"chance_at_{k}": round(1.0 - float(misses[k]), 4) for k in RANKS}
    return {**shares, **chance, "median_rank": float(np.median(found))}


def both_ways(scores: NDArray[Any], captions: int = 1) -> dict[str, dict[str, float]]:
    """Return `recalls` from the first modality to the second and back.

    Args:
        scores: (photos, photos * captions), higher is nearer; a photo's captions lie side by side.
        captions: Of each photo.
    """
    photos = np.arange(len(scores))
    owners = np.repeat(photos, captions)
    there = recalls(ranks(scores, owners, photos), scores.shape[1], captions)
    back = recalls(ranks(scores.T, photos, owners), len(photos))
    return {"there": there, "back": back}


def plot_recalls(found: dict[str, dict[str, float]], names: Sequence[str], target: Path) -> None:
    """Draw recall at 1, 5 and 10 both ways against chance. `names`: of the two ways."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 2.8), layout="constrained")
    for panel, way, name in zip(figure.subplots(1, 2, sharey=True), ("there", "back"), names, strict=True):
        places = np.arange(len(RANKS))
        for shift, kind, colour in ((-0.2, "recall", "#3a7d5c"), (0.2, "chance", "#b9b2a6")):
            bars = panel.bar(
                places + shift,
                [100 * found[way][f"{kind}_at_{k}"] for k in RANKS],
                0.4,
                color=colour,
                label=kind,
            )
            panel.bar_label(bars, fmt="%.1f", fontsize=7)
        panel.set_xticks(places, [f"first {k}" for k in RANKS])
        panel.set(title=name, ylabel="found, %")
    panel.legend(fontsize=8)
    figure.savefig(target, dpi=110)
