"""Where in a picture an object is, in coarse words, and which objects are sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.core.types import Detection, Detections
from pipelines.image.detect import is_sure

FILLS = 0.6
"""Share of the picture from which an object fills it, so that no place is told."""
_ROWS, _COLUMNS = ("top", "", "bottom"), ("left", "", "right")
PLACES = tuple(" ".join(filter(None, (row, column))) or "middle" for row in _ROWS for column in _COLUMNS)
"""The nine places of a picture."""


def place_of(item: Detection, found: Detections) -> str:
    """Return one of `PLACES`, the ninth of the picture that holds the object's middle; "" if it fills it."""
    left, top, right, bottom = item.box
    if (right - left) * (bottom - top) >= FILLS * found.width * found.height:
        return ""
    row = min(2, int(1.5 * (top + bottom) / found.height))
    column = min(2, int(1.5 * (left + right) / found.width))
    return PLACES[3 * row + column]


def by_label(objects: Sequence[Detection]) -> Mapping[str, Sequence[Detection]]:
    """Return the objects under their labels, the label of the surest object first."""
    groups: dict[str, list[Detection]] = {}
    for item in objects:
        groups.setdefault(item.label, []).append(item)
    return groups


def counts(objects: Sequence[Detection]) -> Mapping[str, int]:
    """Return how many objects each label has, the label of the surest object first."""
    return {label: len(group) for label, group in by_label(objects).items()}


def parted(found: Detections) -> tuple[list[Detection], list[Detection]]:
    """Return the objects that are surely there, and those that may be."""
    sure = [item for item in found.objects if is_sure(item)]
    return sure, [item for item in found.objects if not is_sure(item)]
