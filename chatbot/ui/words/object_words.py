"""What the panel must say of the objects in a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.core.marks import Plural
from pipelines.text.seen import plural


@dataclass(frozen=True)
class ObjectName:
    """A kind of object by itself, and as a number of them: in Chinese with its measure word."""

    name: str
    counted: Plural


@dataclass(frozen=True)
class ObjectWords:
    """Objects by their labels. Fields with braces are templates for the methods.

    Attributes:
        kinds: COCO's kinds by their labels.
        other: A number of what none of them is; {name} for one, {names} for several.
        places: Names of `pipelines.image.places.PLACES`.
        none: What is said where nothing was found.
        perhaps: What stands before those that are not sure.
        separator: Between objects.
        placed: An object and its place.
        alt: Text in place of a picture, and of the objects in it.
    """

    kinds: Mapping[str, ObjectName]
    other: Plural
    places: Mapping[str, str]
    none: str
    perhaps: str
    separator: str
    placed: str
    alt: str

    def name(self, label: str) -> str:
        """Return the name of a label; the label itself where it is not known."""
        kind = self.kinds.get(label)
        return label if kind is None else kind.name

    def counted(self, label: str, count: int) -> str:
        """Return a number of objects in words: "2 people"; two is 2 in figures, as everywhere on the page."""
        if (kind := self.kinds.get(label)) is not None:
            return kind.counted.of(count)
        return self.other.of(count, name=label, names=plural(label))

    def listed(self, counts: Mapping[str, int]) -> str:
        """Return numbers of several kinds of objects."""
        return self.separator.join(self.counted(label, count) for label, count in counts.items())

    def unsure(self, counts: Mapping[str, int]) -> str:
        """Return the objects that may be there."""
        return self.perhaps.format(objects=self.listed(counts))

    def at(self, label: str, place: str) -> str:
        """Return an object with its place, one of `PLACES`, or "" for none."""
        name = self.counted(label, 1)
        return self.placed.format(name=name, place=self.places[place]) if place else name

    def described(self, picture: str, objects: Sequence[str]) -> str:
        """Return the text in place of a picture with its objects, each as `at` gives it."""
        return self.alt.format(picture=picture, objects=self.separator.join(objects))
