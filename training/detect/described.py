"""What people's captions say of the objects in a photo: which are there, and how many.

Five people who describe a photo leave things out, so a kind that two of them name is there, one that a single
person names is not decided, and one that nobody names counts as absent: for what people always mention, a
person or a dog, that is nearly always right; a car in the background may be there all the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST = 2
"""So many captions must name a kind."""
AGREED = 2
"""So many captions must give the same number, and none another."""
NOUNS: Mapping[str, str] = {
    "person": "man woman boy girl child kid toddler baby person lady guy player biker cyclist skier surfer "
    "snowboarder skateboarder climber hiker rider swimmer runner dancer skater gentleman fisherman worker "
    "teenager adult bride groom singer musician cowboy kayaker soldier bicyclist jogger wrestler female male",
    "dog": "dog puppy poodle labrador terrier greyhound collie",
    "cat": "cat kitten",
    "bird": "bird seagull duck goose pigeon swan",
    "horse": "horse pony",
    "cow": "cow bull calf",
    "sheep": "sheep lamb",
    "elephant": "elephant",
    "bicycle": "bicycle bike",
    "motorcycle": "motorcycle motorbike dirtbike",
    "car": "car taxi suv jeep",
    "truck": "truck",
    "bus": "bus",
    "train": "train",
    "boat": "boat kayak canoe sailboat raft ship",
    "airplane": "airplane plane",
    "bench": "bench",
    "frisbee": "frisbee",
    "skateboard": "skateboard",
    "snowboard": "snowboard",
    "skis": "ski",
    "surfboard": "surfboard",
    "kite": "kite",
    "sports ball": "football soccerball basketball baseball tennisball volleyball",
    "tennis racket": "racket racquet",
    "umbrella": "umbrella",
    "chair": "chair",
    "couch": "couch sofa",
    "bed": "bed",
    "book": "book",
    "laptop": "laptop",
    "cup": "cup mug",
    "bottle": "bottle",
    "cake": "cake",
}
"""Kinds of COCO that Flickr8k's captions name, with the nouns that stand for them."""
_PLURALS = {
    "men": "man",
    "women": "woman",
    "children": "child",
    "people": "person",
    "ladies": "lady",
    "babies": "baby",
    "puppies": "puppy",
    "fishermen": "fisherman",
    "gentlemen": "gentleman",
    "geese": "goose",
    "calves": "calf",
    "skis": "ski",
    "couches": "couch",
    "benches": "bench",
    "buses": "bus",
}
_COLLECTIVE = {"group", "crowd", "couple", "team", "family", "pair", "several", "many", "some", "few"}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "another": 1, "the": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_KIND_OF = {noun: kind for kind, nouns in NOUNS.items() for noun in nouns.split()}
_MOTOR = {"dirt", "motor"}
_JOINED = ("soccer ball", "tennis ball", "hot dog")
_WORD = re.compile(r"[a-z]+")
_REACH = 4
"""A number stands at most so many words before its noun."""


@dataclass(frozen=True)
class Described:
    """What the captions of one photo say.

    Attributes:
        present: Kinds that at least `LEAST` captions name.
        named: Kinds that any caption names.
        counts: Numbers of those kinds on which the captions agree.
    """

    present: frozenset[str]
    named: frozenset[str]
    counts: Mapping[str, int]


def described(captions: Sequence[str]) -> Described:
    """Return what the captions of one photo say of objects."""
    found = [counted(caption) for caption in captions]
    named = Counter(kind for counts in found for kind in counts)
    agreed = {}
    for kind in named:
        numbers = [number for counts in found if (number := counts.get(kind)) is not None]
        if len(numbers) >= AGREED and len(set(numbers)) == 1:
            agreed[kind] = numbers[0]
    present = frozenset(kind for kind, captions in named.items() if captions >= LEAST)
    return Described(present, frozenset(named), agreed)


def counted(caption: str) -> dict[str, int | None]:
    """Return the kinds of objects that a caption names, each with how many, None where it does not say."""
    text = caption.lower()
    for name in _JOINED:
        text = text.replace(name, name.replace(" ", ""))
    words = _WORD.findall(text)
    counts: dict[str, int | None] = {}
    for at, word in enumerate(words):
        noun = _singular(word)
        kind = _KIND_OF.get(noun)
        if kind is None or (at + 1 < len(words) and _is_part_of_name(noun, words[at + 1])):
            continue
        if kind == "bicycle" and at and words[at - 1] in _MOTOR:
            kind = "motorcycle"
        number = _number(words[:at], plural=noun != word)
        before = counts.get(kind, 0)
        counts[kind] = None if number is None or before is None else before + number
    return counts


def _singular(word: str) -> str:
    if word in _PLURALS:
        return _PLURALS[word]
    return word[:-1] if word.endswith("s") and word[:-1] in _KIND_OF else word


def _is_part_of_name(noun: str, after: str) -> bool:
    """Whether a noun only says of which kind the next one is: a car door, a boat dock, a baby stroller."""
    return _singular(after) in _KIND_OF and _KIND_OF[_singular(after)] == _KIND_OF[noun]


def _number(before: Sequence[str], *, plural: bool) -> int | None:
    """Return the number that the words before a noun give it, None where they give none."""
    for word in reversed(before[-_REACH:]):
        if word in _COLLECTIVE:
            return None
        if word in _NUMBERS:
            number = _NUMBERS[word]
            return number if plural == (number > 1) else None
        if _singular(word) in _KIND_OF or word in {"and", "with", "of"}:
            break
    return None
