"""What a human caption says, read with plain rules: who, doing what, where, how many, which colours."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.image.words import tokenize
from training.dialogue.lexicon import (
    CLOTHES,
    COLOURS,
    FINITE,
    HE,
    HEADS,
    NUMBERS,
    PLACES,
    PREPOSITIONS,
    SHE,
    SOMEONE,
    THEY,
    THINGS,
)

_PLACE = re.compile(
    rf"\b(?:{'|'.join(PREPOSITIONS)}) (?:(?:a|an|the|some|his|her|their) )?(?:[a-z-]+ ){{0,2}}?"
    rf"(?:{'|'.join(PLACES)})(?![-a-z])"
)
_COLOUR = re.compile(
    rf"\b((?:(?:{'|'.join(COLOURS)}) and )?(?:{'|'.join(COLOURS)})) ({'|'.join(HEADS | THINGS)})\b"
)
_WORN = re.compile(rf"\b(?:wearing|in) ((?:an? )?(?:[a-z-]+ ){{0,3}}?({'|'.join(CLOTHES)}))\b")
_NO_VERBS = frozenset({"wearing", "bathing", "wedding", "building"})


@dataclass(frozen=True)
class Reading:
    """A caption in parts; what the rules did not find is None or empty.

    Attributes:
        sentence: The caption as the captioner would write it, without its full stop, lower case first.
        subject: "a black dog"; `head`: "dog".
        action: "running through the snow", or "runs through the snow" where `finite`.
    """

    sentence: str
    subject: str | None = None
    head: str | None = None
    action: str | None = None
    finite: bool = False
    place: str | None = None
    worn: str | None = None
    colours: tuple[tuple[str, str], ...] = ()

    @property
    def plural(self) -> bool:
        """Whether the head takes "are"."""
        return self.head in THEY

    @property
    def pronoun(self) -> str:
        """He, she, it or they."""
        if self.head in HE:
            return "he"
        if self.head in SHE:
            return "she"
        return "they" if self.plural or self.head in SOMEONE else "it"

    @property
    def be(self) -> str:
        """The verb after the pronoun."""
        return "are" if self.pronoun == "they" else "is"

    @property
    def count(self) -> int | None:
        """How many heads there are, where the caption says so."""
        if not self.subject:
            return None
        first = self.subject.split()[0]
        if first in NUMBERS:
            return NUMBERS[first]
        return 1 if first in ("a", "an", "one") and not self.plural else None

    @property
    def seen(self) -> str:
        """The caption as something that one sees: "a dog running", "a dog that runs"."""
        if self.subject and self.action:
            return f"{self.subject} {'that ' if self.finite else ''}{self.action}"
        return self.sentence


def read_caption(caption: str) -> Reading:
    """Return the parts of a caption."""
    words = tokenize(caption)
    sentence = " ".join(words).replace(" '", "'")
    verb = _main_verb(words)
    worn, place = _WORN.search(sentence), _last_place(sentence)
    colours = tuple((noun, colour) for colour, noun in _COLOUR.findall(sentence))
    head = next((w for w in words[: verb if verb is not None else len(words)] if w in HEADS), None)
    shared = {"place": place, "worn": worn.group(1) if worn else None, "colours": colours}
    if verb is None or head is None or verb == 0:
        return Reading(sentence, head=head, **shared)  # type: ignore[arg-type]
    start = verb + 1 if words[verb] in ("is", "are") else verb
    finite = not words[start].endswith("ing") and start == verb
    subject, action = (" ".join(part).replace(" '", "'") for part in (words[:verb], words[start:]))
    return Reading(sentence, subject, head, action, finite, **shared)  # type: ignore[arg-type]


def _main_verb(words: list[str]) -> int | None:
    """Return where the main verb starts: "is" of "is running", "running", or "runs"."""
    for at, word in enumerate(words):
        if word in ("is", "are") and at + 1 < len(words):
            return at
        if (
            word.endswith("ing")
            and len(word) > 4
            and word not in ("wearing", "bathing", "wedding", "building")
        ):
            return at
        if at > 0 and FINITE.match(word) and words[at - 1] not in ("a", "an", "the", "of", "in", "on"):
            return at
    return None


def _last_place(sentence: str) -> str | None:
    found = list(_PLACE.finditer(sentence))
    return found[-1].group(0) if found else None
