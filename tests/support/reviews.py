"""A made SST-2 for the tests of what trains on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def made_reviews(folder: Path, count: int = 400) -> Path:
    """Write `count` training and half as many dev sentences: random words, and one that decides."""
    random = np.random.default_rng(0)
    target = folder / "sst2"
    target.mkdir()
    words = [f"word{at}" for at in range(40)]
    for split, rows in (("train", count), ("dev", count // 2)):
        lines = []
        for at in range(rows):
            deciding = ("awful", "boring")[at % 4 // 2] if at % 2 == 0 else ("lovely", "great")[at % 4 // 2]
            said = [*random.choice(words, 6), deciding]
            random.shuffle(said)
            lines.append(f"{' '.join(said)}\t{at % 2}")
        (target / f"{split}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
