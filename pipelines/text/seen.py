"""Objects that were seen, in English words: how many, and roughly where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FEW = 4
"""Up to so many things of a kind are counted exactly on photos, and each has its place told."""
_PLURALS = {"person": "people", "mouse": "mice", "sheep": "sheep", "skis": "skis", "knife": "knives"}
_PAIRS = frozenset({"skis", "scissors"})


@dataclass(frozen=True)
class SeenObjects:
    """What was found in one picture, by name.

    Attributes:
        sure: Places of the objects that were surely found, such as "left", the surest object first.
        perhaps: How many more there may be.
    """

    sure: Mapping[str, Sequence[str]] = field(default_factory=dict)
    perhaps: Mapping[str, int] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether anything was found or guessed."""
        return bool(self.sure or self.perhaps)

    @property
    def told(self) -> str:
        """Sentences for the prompt."""
        sentences = []
        if self.sure:
            things = [_placed(name, places) for name, places in self.sure.items()]
            sentences.append(f"In it: {', '.join(things)}.")
        if self.perhaps:
            more = [_more(name, count, name in self.sure) for name, count in self.perhaps.items()]
            sentences.append(f"Perhaps also {', '.join(more)}, but you are not sure.")
        if not sentences:
            sentences.append("No person, animal or common object was recognised in it.")
        return " ".join(sentences)


def counted(name: str, count: int) -> str:
    """Return a number with the name of what is counted: "1 dog", "3 people"."""
    return f"{count} {plural(name) if count != 1 else name}"


def plural(name: str) -> str:
    """Return a name for several."""
    if name in _PLURALS:
        return _PLURALS[name]
    if name in _PAIRS or name.endswith("broccoli"):
        return name
    return name + ("es" if name.endswith(("s", "sh", "ch", "x")) else "s")


def _placed(name: str, places: Sequence[str]) -> str:
    count = len(places)
    if count > FEW:
        return f"about {counted(name, count)}"
    tally = Counter(place for place in places if place)
    told = list(tally) if len(tally) < 2 else [f"{number} {place}" for place, number in tally.items()]
    return f"{counted(name, count)} ({', '.join(told)})" if told else counted(name, count)


def _more(name: str, count: int, known: bool) -> str:
    return f"{count} more {name if count == 1 else plural(name)}" if known else counted(name, count)
