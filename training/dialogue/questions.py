"""Questions about a picture and answers that keep to its caption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from training.dialogue.captions import Reading, read_caption
from training.dialogue.lexicon import COLOURS, NUMBERS, PLURALS, SIGHTS, THINGS

Kind = Literal["picture", "unanswerable", "feeling", "dialogue"]


@dataclass(frozen=True)
class Asked:
    """One question with its answer. `kind`: "picture" where the caption holds the answer."""

    question: str
    answer: str
    kind: Kind


_LOOK = (
    "What do you see?",
    "",
    "Describe the picture.",
    "What is in this picture?",
    "What is this?",
    "What does the picture show?",
    "What is happening here?",
    "Can you tell me what this is?",
    "What's going on?",
    "Tell me about this picture.",
    "What can you see in the photo?",
    "What is in the image?",
    "Describe this photo",
)
_SHOW = (
    "Look at this!",
    "I took this photo yesterday.",
    "Do you like it?",
    "What do you think of this picture?",
    "This is my favourite picture.",
    "Here is a picture for you.",
    "Isn't it nice?",
)
_SHOWN = (
    "Thank you for showing me! I see {seen}.",
    "Nice picture! I can see {seen}. Where did you take it?",
    "I like it. There is {seen}.",
    "That is a good photo. I see {seen}.",
    "What a picture! It shows {seen}.",
)
_DECLINE = (
    "I cannot tell that from the picture.",
    "I don't know, the picture does not show that.",
    "I am not sure. I cannot see that in the picture.",
    "That is not clear from the picture, so I cannot say.",
    "I cannot see that here.",
    "I don't know that from the picture.",
)
_BEYOND = (
    "What is {his} name?",
    "How old {be} {he}?",
    "What time is it there?",
    "What is the weather like tomorrow?",
    "Which country is this?",
    "Who took this picture?",
    "What day was it?",
    "How much did it cost?",
    "What happened before this?",
    "What will happen next?",
    "What {be} {he} thinking?",
    "Where {be} {he} from?",
    "What is {his} job?",
    "What brand is it?",
    "How far away is it?",
    "When was this photo taken?",
    "What did {he} eat today?",
    "What music is playing?",
    "What {be} {he} saying?",
    "What city is this?",
    "What is {his} phone number?",
    "Who owns it?",
    "What is the temperature?",
    "Is {he} married?",
)
_HIS = {"he": "his", "she": "her", "it": "its", "they": "their"}


def ask(captions: Sequence[str], random: Random) -> Asked | None:
    """Return a question on the first of a photo's captions; the others say what else is there, if anything.

    Returns:
        None where the drawn kind of question does not fit the caption.
    """
    reading = read_caption(captions[0])
    makers: tuple[tuple[Callable[[Reading, Sequence[str], Random], Asked | None], float], ...] = (
        (_look, 3),
        (_shown, 1),
        (_doing, 3),
        (_where, 2.5),
        (_count, 2),
        (_colour, 3),
        (_worn, 2),
        (_who, 1.5),
        (_present, 1.5),
        (_absent, 1.5),
        (_beyond, 4),
        (_no_colour, 1.5),
        (_no_place, 0.7),
        (_no_clothes, 0.7),
    )
    maker = random.choices([m for m, _ in makers], [w for _, w in makers])[0]
    return maker(reading, captions, random)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _the(reading: Reading) -> str:
    return f"the {reading.head}"


def _look(reading: Reading, captions: Sequence[str], random: Random) -> Asked:
    forms = (f"I see {reading.seen}.", _sentence(reading.sentence), f"The picture shows {reading.seen}.")
    return Asked(random.choice(_LOOK), random.choice(forms), "picture")


def _shown(reading: Reading, captions: Sequence[str], random: Random) -> Asked:
    return Asked(random.choice(_SHOW), random.choice(_SHOWN).format(seen=reading.seen), "picture")


def _doing(reading: Reading, captions: Sequence[str], random: Random) -> Asked | None:
    if not reading.action or reading.subject is None:
        return None
    the, be = _the(reading), "are" if reading.plural else "is"
    asked = random.choice((f"What {be} {the} doing?", f"What {reading.be} {reading.pronoun} doing?"))
    if reading.finite:
        return Asked(asked, _sentence(f"{the} {reading.action}"), "picture")
    who = random.choice((f"{reading.pronoun} {reading.be}", f"{the} {be}"))
    return Asked(asked, _sentence(f"{who} {reading.action}"), "picture")


def _where(reading: Reading, captions: Sequence[str], random: Random) -> Asked | None:
    if not reading.place or not reading.head:
        return None
    be = "are" if reading.plural else "is"
    asked = random.choice(
        (f"Where {be} {_the(reading)}?", f"Where {reading.be} {reading.pronoun}?", "Where is this?")
    )
    return Asked(asked, _sentence(f"{reading.pronoun} {reading.be} {reading.place}"), "picture")


def _count(reading: Reading, captions: Sequence[str], random: Random) -> Asked | None:
    if reading.count is None or not reading.head:
        return None
    many = reading.head if reading.plural else PLURALS.get(reading.head)
    if many is None:
        return None
    asked = random.choice((f"How many {many} are there?", f"How many {many} do you see?"))
    if reading.count == 1:
        return Asked(asked, f"I see one {reading.head}.", "picture")
    word = next(name for name, value in NUMBERS.items() if value == reading.count)
    return Asked(asked, random.choice((f"There are {word} {many}.", f"I see {word} {many}.")), "picture")


def _colour(reading: Reading, captions: Sequence[str], random: Random) -> Asked | None:
    if not reading.colours:
        return None
    noun, colour = random.choice(reading.colours)
    be = "are" if noun in ("pants", "shorts", "jeans") or (noun.endswith("s") and noun != "dress") else "is"
    word = random.choice(("colour", "color"))
    return Asked(f"What {word} {be} the {noun}?", f"The {noun} {be} {colour}.", "picture")


def _worn(reading: Reading, captions: Sequence[str], random: Random) -> Asked | None:
    if not reading.worn or reading.pronoun == "it":
        return None
    be = "are" if reading.plural else "is"
    asked = random.choice(
        (f"What {be} {_the(reading)} wearing?", f"What {reading.be} {reading.pronoun} wearing?")
    )
    return Asked(asked, _sentence(f"{reading.pronoun} {reading.be} wearing {reading.worn}"), "picture")


def _who(reading: Reading, captions: Sequence[str], random: Random) -> Asked | None:
    if not reading.subject:
        return None
    what = (
        "What animal is it?"
        if reading.pronoun == "it"
        else random.choice(("Who is that?", "Who do you see?"))
    )
    if what == "Who is that?":
        return Asked(what, f"I do not know who that is, but I see {reading.seen}.", "picture")
    return Asked(what, f"I see {reading.subject}.", "picture")


def _present(reading: Reading, captions: Sequence[str], random: Random) -> Asked | None:
    if not reading.head or not reading.subject:
        return None
    asked = f"Are there any {reading.head}?" if reading.plural else f"Is there a {reading.head}?"
    return Asked(asked, f"Yes, I see {reading.seen}.", "picture")


def _absent(reading: Reading, captions: Sequence[str], random: Random) -> Asked:
    said = " ".join(captions).lower()
    thing = random.choice([sight for sight in SIGHTS if sight not in said])
    article = "an" if thing[0] in "aeu" else "a"
    asked = random.choice((f"Is there {article} {thing}?", f"Do you see {article} {thing}?"))
    forms = (
        f"No, I don't see {article} {thing}. I see {reading.seen}.",
        f"I cannot see {article} {thing} here.",
    )
    return Asked(asked, random.choice(forms), "unanswerable")


def _decline(asked: str, reading: Reading, random: Random) -> Asked:
    more = random.choice(("", f" I see {reading.seen}.", f" I only see {reading.seen}."))
    return Asked(asked, random.choice(_DECLINE) + more, "unanswerable")


def _beyond(reading: Reading, captions: Sequence[str], random: Random) -> Asked:
    he = reading.pronoun
    asked = random.choice(_BEYOND).format(he=he, his=_HIS[he], be=reading.be)
    return _decline(asked.replace("Is they", "Are they"), reading, random)


def _no_colour(reading: Reading, captions: Sequence[str], random: Random) -> Asked | None:
    words = set(reading.sentence.split())
    nouns = [noun for noun in words if noun in THINGS or noun == reading.head]
    if words & COLOURS or not nouns:
        return None
    noun = random.choice(sorted(nouns))
    word = random.choice(("colour", "color"))
    return _decline(f"What {word} is the {noun}?", reading, random)


def _no_place(reading: Reading, captions: Sequence[str], random: Random) -> Asked | None:
    words = set(reading.sentence.split())
    if reading.place or words & {"in", "on", "at", "through", "near", "over", "by", "outside"}:
        return None
    return _decline(f"Where {reading.be} {reading.pronoun}?", reading, random)


def _no_clothes(reading: Reading, captions: Sequence[str], random: Random) -> Asked | None:
    if reading.worn or reading.pronoun == "it" or "wear" in reading.sentence or not reading.head:
        return None
    return _decline(f"What {reading.be} {reading.pronoun} wearing?", reading, random)
