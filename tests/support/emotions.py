"""Made features of one side of a fusion, of words or of voices."""

from __future__ import annotations

import numpy as np

from pipelines.crossmodal.foundations.fusion import LABELS
from training.foundations.crossmodal.emotion_pairs import Side


def made_side(count: int, width: int, seed: int, groups: int) -> Side:
    """Return `count` rows of noise, the column of their label raised, spoken by `groups` actors."""
    random = np.random.default_rng(seed)
    codes = np.arange(count) % len(LABELS)
    rows = random.standard_normal((count, width)).astype(np.float32)
    rows[np.arange(count), codes] += 2.2
    names = np.array([f"actor {at * groups // count}" for at in range(count)])
    return Side(rows, np.array(LABELS)[codes], names)
