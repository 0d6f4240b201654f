"""The objects of a picture as the prompt tells them."""

from __future__ import annotations

from chatbot.turn.events import FusedContext
from pipelines.core.types import Detections, Stage
from pipelines.image.places import by_label, parted, place_of
from pipelines.text.seen import SeenObjects


def seen_objects(context: FusedContext, number: int) -> SeenObjects | None:
    """Return what was found in a picture; None where nobody looked, or looking failed. `number`: from 1."""
    source = f"picture {number}"
    items = (e.value for e in context.evidence if (e.kind, e.source) == (Stage.DETECT, source))
    found = next((value for value in items if isinstance(value, Detections)), None)
    return None if found is None else told(found)


def told(found: Detections) -> SeenObjects:
    """Return the sure objects with their places, and how many more there may be."""
    sure, unsure = parted(found)
    return SeenObjects(
        {label: [place_of(item, found) for item in items] for label, items in by_label(sure).items()},
        {label: len(items) for label, items in by_label(unsure).items()},
    )
