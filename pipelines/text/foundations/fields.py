"""What several foundations of text read from a file and answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from pipelines.core.foundation import Fields
from pipelines.textfile import read_text


def lines_of(file: Path) -> list[str]:
    """Return the lines of a text file that are not blank, without the space around them."""
    return [line.strip() for line in read_text(file).splitlines() if line.strip()]


def class_fields(labels: Sequence[str], chances: NDArray[Any]) -> Fields:
    """Return `label`, `confidence` and `scores` of the chances of classes, (classes,)."""
    scores = {label: round(float(p), 6) for label, p in zip(labels, chances, strict=True)}
    best = max(scores, key=lambda label: scores[label])
    return {"label": best, "confidence": scores[best], "scores": scores}
