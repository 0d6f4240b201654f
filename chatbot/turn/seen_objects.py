"""The objects of a picture as the prompt tells them, and which messages ask for them."""

from __future__ import annotations

import re

from pipelines.core.types import Detections
from pipelines.image.places import by_label, counts, parted, place_of
from pipelines.text.seen import SeenObjects

_ASKS = re.compile(
    r"\bhow many (?!(more )?(years|months|weeks|days|hours|minutes|times|miles|kilomet\w+)\b)|"
    r"\b(number of|count|where('s| is| are)|which side|(is|are)(n't)? there|any(one|body))\b|"
    r"\bon the (left|right)\b|"
    r"几(?![岁年月天点度号楼次分秒块乎])|多少(?![岁年月天度次分秒块钱米公])|哪[里儿边]|哪一?侧|在哪|[左右][边侧]|"
    r"有没有|有.{0,8}吗",
    re.IGNORECASE,
)


def asks_for_objects(words: str) -> bool:
    """Whether a message asks how many, where or whether there are any, in English or Chinese."""
    return bool(_ASKS.search(words))


def seen_objects(found: Detections) -> SeenObjects:
    """Return the sure objects with their places, and how many more there may be."""
    sure, unsure = parted(found)
    return SeenObjects(
        {label: [place_of(item, found) for item in items] for label, items in by_label(sure).items()},
        counts(unsure),
    )
