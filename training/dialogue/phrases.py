"""Noun phrases of a caption, each with the word before it: "on a red bench", "holding two sticks"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from training.dialogue.lexicon import COLOURS, FINITE, NUMBERS, PREPOSITIONS, words

_ARTICLES = words("a an the his her its their some several many one another no") | set(NUMBERS)
_RELATIONS = (
    *PREPOSITIONS,
    *words("with against towards above around between from of for past onto"),
)
_NAMES = words("swimming climbing diving parking skiing shopping hiking bathing wedding fishing")
_ENDS = words(
    "and or but that who which while as whilst when where is are was were it he she they him them has have "
    "to next out away together there very other each looking being not all up down back front"
)
_DOUBLED = words("run sit swim hit get put cut dig hug jog stop bat clap wrap skip trot lap chat")
_IRREGULAR = {"lie": "lying", "lies": "lying", "tie": "tying", "has": "having", "ties": "tying"}


@dataclass(frozen=True)
class Phrase:
    """A noun phrase.

    Attributes:
        text: "two small brown dogs"; `noun`: "dogs"; `words`: what stands between article and noun.
        before: A relation ("next to"), a verb as the caption has it ("holds"), or "" at the start.
    """

    text: str
    noun: str
    words: tuple[str, ...]
    before: str

    @property
    def colour(self) -> str | None:
        """Its colour, "black and white" as well."""
        found = [word for word in self.words if word in COLOURS]
        return " and ".join(found) if found else None

    @property
    def count(self) -> str | None:
        """Its number, as a word."""
        first = self.text.split()[0]
        return (
            first if first in NUMBERS else "one" if first in ("a", "an", "one") and not self.plural else None
        )

    @property
    def plural(self) -> bool:
        """Whether it takes "are"."""
        return (self.noun.endswith("s") and not self.noun.endswith(("ss", "us", "is"))) or self.noun in (
            "people",
            "men",
            "women",
            "children",
            "sheep",
            "geese",
        )

    @property
    def is_action(self) -> bool:
        """Whether a verb stands before it."""
        return bool(self.before) and self.before not in _RELATIONS


def phrases(sentence: str) -> list[Phrase]:
    """Return the noun phrases of a caption in lower case, in order."""
    words = sentence.split()
    return list(_found(words))


def _found(words: list[str]) -> Iterator[Phrase]:
    at = 0
    while at < len(words):
        if words[at] not in _ARTICLES:
            at += 1
            continue
        end = at + 1
        while end < len(words) and _inside(words, at, end):
            end += 1
        inner = [word for word in words[at + 1 : end] if word != "and"]
        if inner and inner[-1] not in COLOURS and len(inner[-1]) > 2 and end - at <= 6:
            yield Phrase(" ".join(words[at:end]), inner[-1], tuple(inner[:-1]), _before(words, at))
        at = max(end, at + 1)


def _inside(words: list[str], start: int, at: int) -> bool:
    """Whether a word still belongs to the phrase that begins at `start`."""
    word = words[at]
    if word == "and":
        return words[at - 1] in COLOURS and at + 1 < len(words) and words[at + 1] in COLOURS
    if word in _ARTICLES or word in _ENDS or word in _RELATIONS:
        return False
    first = at == start + 1
    if word.endswith("ing") and len(word) > 4 and word != "building":
        return first or word in _NAMES
    if word.endswith("ed") and word != "red":
        return first
    known = FINITE.match(word) is not None and word not in ("ski", "race", "hit")
    return first or not (known and words[at - 1] not in COLOURS) or _ends_here(words, at)


def _ends_here(words: list[str], at: int) -> bool:
    """Whether "swing" in "a tire swing" is a noun: nothing but a relation or the end comes after."""
    return not words[at].endswith("s") and (
        at + 1 == len(words) or words[at + 1] in ("in", "on", "at", "and")
    )


def _before(words: list[str], at: int) -> str:
    for relation in _RELATIONS:
        parts = relation.split()
        if words[max(0, at - len(parts)) : at] == parts:
            return relation
    last = words[at - 1] if at else ""
    return last if last.endswith("ing") or (last.endswith("s") and FINITE.match(last)) else ""


def progressive(verb: str) -> str:
    """Return "riding" for "rides", "ride" or "riding"."""
    if verb.endswith("ing") and len(verb) > 4:
        return verb
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    stem = verb
    if verb.endswith("ies"):
        stem = f"{verb[:-3]}y"
    elif verb.endswith(("shes", "ches", "sses", "xes")):
        stem = verb[:-2]
    elif verb.endswith("s") and not verb.endswith("ss"):
        stem = verb[:-1]
    if stem in _DOUBLED:
        return f"{stem}{stem[-1]}ing"
    return f"{stem[:-1]}ing" if stem.endswith("e") and not stem.endswith("ee") else f"{stem}ing"
