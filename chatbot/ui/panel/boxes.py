"""The objects of a picture: their boxes drawn over it, and what they are in words. Pure functions."""

from __future__ import annotations

from chatbot.ui.markup import escape, percent
from chatbot.ui.words import Words
from pipelines.core.types import Detection, Detections
from pipelines.image.detect import is_sure
from pipelines.image.places import counts, parted, place_of

MOST = 24
"""Boxes drawn over one picture, the surest."""
MOST_TOLD = 8
"""Objects whose places the text in place of the picture tells."""


def boxed(image: str, found: Detections | None, words: Words) -> str:
    """Return a picture with its objects' boxes over it. `image`: the <img> element."""
    if found is None or not found.objects:
        return image
    boxes = "".join(_box(item, found, words) for item in reversed(found.objects[:MOST]))
    return f'<div class="trio-boxed">{image}<div class="trio-boxes" aria-hidden="true">{boxes}</div></div>'


def _box(item: Detection, found: Detections, words: Words) -> str:
    left, top, right, bottom = item.box
    share = (
        left / found.width,
        top / found.height,
        (right - left) / found.width,
        (bottom - top) / found.height,
    )
    sides = ";".join(
        f"{name}:{100 * value:.1f}%"
        for name, value in zip(("left", "top", "width", "height"), share, strict=True)
    )
    kind = "" if is_sure(item) else " trio-box-unsure"
    name = escape(words.understood.objects.name(item.label))
    return f'<span class="trio-box{kind}" style="{sides}"><span>{name} {percent(item.score)}</span></span>'


def objects_markup(found: Detections, words: Words) -> str:
    """Return what was found in words: the sure objects, then those that may be there."""
    said = words.understood.objects
    sure, unsure = (counts(items) for items in parted(found))
    lines = [f"<p>{escape(said.listed(sure))}</p>"] if sure else []
    if unsure:
        lines.append(f'<p class="trio-muted">{escape(said.unsure(unsure))}</p>')
    return "".join(lines) or f'<p class="trio-muted">{escape(said.none)}</p>'


def with_objects(alt: str, found: Detections | None, words: Words) -> str:
    """Return the text in place of a picture, with the sure objects and their places."""
    sure = parted(found)[0] if found is not None else []
    if found is None or not sure:
        return alt
    said = words.understood.objects
    told = [said.at(item.label, place_of(item, found)) for item in sure[:MOST_TOLD]]
    rest = counts(sure[MOST_TOLD:])
    more = [said.counted(label, count) for label, count in rest.items()]
    return said.described(alt.rstrip(".。"), [*told, *more])
