"""The objects in a picture, in English."""

from __future__ import annotations

from chatbot.ui.words.object_words import ObjectWords
from pipelines.text.seen import counted

_NAMES = {"tv": "TV", "cell phone": "mobile phone"}


class EnglishObjects(ObjectWords):
    """COCO's labels are English words already."""

    def name(self, label: str) -> str:
        """Return the name of a label."""
        return _NAMES.get(label, label)

    def counted(self, label: str, count: int) -> str:
        """Return a number of objects in words."""
        return counted(self.name(label), count)


OBJECTS = EnglishObjects(
    places={
        "top left": "at the top left",
        "top": "at the top",
        "top right": "at the top right",
        "left": "on the left",
        "middle": "in the middle",
        "right": "on the right",
        "bottom left": "at the bottom left",
        "bottom": "at the bottom",
        "bottom right": "at the bottom right",
    },
    none="No objects recognised.",
    perhaps="Perhaps also: {objects}",
    separator=", ",
    placed="{name} {place}",
    alt="{picture}. Objects: {objects}.",
)
