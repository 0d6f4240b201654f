"""Questions on the things of a caption: colour, number, kind, presence."""

from __future__ import annotations

from collections.abc import Iterator

from training.dialogue.kinds import KINDS, kind_of
from training.dialogue.lexicon import COLOURS, NUMBERS, SIGHTS
from training.dialogue.phrases import Phrase
from training.dialogue.questions import Asked
from training.dialogue.scene import Scene
from training.dialogue.wordings import Wording, plain, wh, whether, worded

_SEEN_AS = ("air", "water", "snow", "grass", "group")
_PLAIN_COLOURS = sorted(COLOURS - {"tan", "blond", "blonde", "golden", "grey"})


def on_things(scene: Scene) -> Iterator[Asked]:
    """Yield questions on each thing that is named, and on one that is not there."""
    for phrase in scene.phrases:
        yield from _colour(scene, phrase)
        yield from _number(scene, phrase)
        yield from _present(scene, phrase)
        yield from _like(scene, phrase)
        yield from _hypernym(scene, phrase)
    absent = [sight for sight in SIGHTS if sight not in scene.said]
    thing = scene.random.choice(absent)
    a = "an" if thing[0] in "aeu" else "a"
    ask = [
        whether("is", "there", f"{a} {thing}"),
        Wording(f"Any {thing}?"),
        Wording(f"Do you spot {a} {thing}?"),
        Wording(f"Where is the {thing}?"),
        Wording(f"What colour is the {thing}?"),
        Wording(f"I think I see {a} {thing}."),
    ]
    seen = scene.reading.seen
    reply = scene.random.choice(
        (
            f"No, I don't see {a} {thing}. I see {seen}.",
            f"I cannot see {a} {thing} here.",
            f"I don't see any {thing}, only {seen}.",
        )
    )
    yield Asked(worded(ask, scene.random), reply, "unanswerable")


def _colour(scene: Scene, phrase: Phrase) -> Iterator[Asked]:
    be, the, colour = "are" if phrase.plural else "is", f"the {phrase.noun}", phrase.colour
    hue = scene.random.choice(("colour", "color", "colour", "tone"))
    ask = [
        wh(f"what {hue}", be, the),
        Wording(f"{the} - which {hue}?"),
        Wording(f"{hue} of {the}?"),
        Wording(f"{phrase.noun} {hue}?"),
        Wording(f"Name the {hue} of {the}."),
        wh(f"which {hue}", be, the),
        Wording(f"In which {hue} {be} {the}?"),
        Wording(f"How would you paint {the}?"),
    ]
    if colour is None:
        hidden = "colored" not in scene.said and phrase.noun not in _SEEN_AS
        if hidden and scene.random.random() < 0.3:
            yield scene.decline(ask)
        return
    yield scene.answer(
        ask,
        colour,
        f"{the} {be} {colour}",
        f"{'they are' if phrase.plural else 'it is'} {colour}",
        phrase.text,
    )
    other = scene.random.choice([c for c in _PLAIN_COLOURS if c not in colour.split()])
    truth = scene.random.random() < 0.5
    tried = colour if truth else other
    yield scene.answer(
        [
            whether(be, the, tried),
            Wording(f"{the} {be} {tried}, correct?"),
            Wording(f"A {tried} {phrase.noun}?"),
        ],
        f"yes, {the} {be} {colour}" if truth else f"no, {the} {be} {colour}",
    )
    first, second = scene.random.sample((colour, other), 2)
    yield scene.answer(
        [Wording(f"{be.capitalize()} {the} {first} or {second}?"), Wording(f"{first} or {second}, {the}?")],
        f"{the} {be} {colour}",
        colour,
    )
    if not phrase.plural:
        yield scene.answer(
            plain(
                f"What is {colour} in the picture?",
                f"Which thing is {colour}?",
                f"Something {colour} is there, what?",
            ),
            the,
            f"{the} is {colour}",
            phrase.text,
        )


def _number(scene: Scene, phrase: Phrase) -> Iterator[Asked]:
    if phrase.count is None or (phrase.count == "one" and scene.random.random() < 0.7):
        if phrase.plural and phrase.text.split()[0] in ("some", "many", "several"):
            yield scene.answer(
                [Wording(f"How many {phrase.noun} are there?")], phrase.text, f"I see {phrase.text}"
            )
        return
    one = phrase.count == "one"
    many = f"{phrase.noun}s" if one else phrase.noun
    if one and (phrase.noun[-1] in "syxhnd" or phrase.noun in ("man", "woman", "child")):
        return
    ask = [
        wh(f"how many {many}", "are", "there"),
        Wording(f"Count the {many}."),
        Wording(f"number of {many}?"),
        Wording(f"How many {many} can you count?"),
        Wording(f"Are there a lot of {many}, or how many?"),
        Wording(f"{many}: how many?"),
        Wording(f"Just one of the {many}, or more?"),
    ]
    yield scene.answer(
        ask,
        phrase.text,
        f"there {'is' if one else 'are'} {phrase.count} {phrase.noun}",
        f"I see {phrase.count} {phrase.noun}",
        phrase.count,
    )
    if not one:
        tried = scene.random.choice((phrase.count, scene.random.choice(sorted(NUMBERS))))
        word = "yes" if tried == phrase.count else "no"
        yield scene.answer(
            plain(f"Are there {tried} {many}?", f"I count {tried} {many}, do you?", f"{tried} {many}, yes?"),
            f"{word}, there are {phrase.count} {phrase.noun}",
            f"{word}, I see {phrase.text}",
        )


def _present(scene: Scene, phrase: Phrase) -> Iterator[Asked]:
    if phrase.noun in ("air", "group", "side", "front", "top", "middle"):
        return
    be = "are" if phrase.plural else "is"
    some = (
        f"any {phrase.noun}"
        if phrase.plural
        else f"{'an' if phrase.noun[0] in 'aeiou' else 'a'} {phrase.noun}"
    )
    ask = [
        whether(be, "there", some),
        Wording(f"Any {phrase.noun}?"),
        Wording(f"Do you spot {some}?"),
        Wording(f"Is {some} in it?"),
        Wording(f"There {be} {some}, {'are' if phrase.plural else 'is'}n't there?"),
    ]
    yield scene.answer(
        ask, f"yes, there {be} {phrase.text}", f"yes, I see {phrase.text}", f"yes, I see {scene.reading.seen}"
    )


def _like(scene: Scene, phrase: Phrase) -> Iterator[Asked]:
    words = [w for w in phrase.words if w not in COLOURS and w not in NUMBERS]
    if not words:
        return
    be, the, they = (
        "are" if phrase.plural else "is",
        f"the {phrase.noun}",
        "they are" if phrase.plural else "it is",
    )
    ask = [
        Wording(f"What kind of {phrase.noun} {be} {'they' if phrase.plural else 'it'}?"),
        Wording(f"Describe {the}."),
        Wording(f"What {'do' if phrase.plural else 'does'} {the} look like?"),
        Wording(f"Which {phrase.noun}?"),
        Wording(f"Tell me more about {the}."),
        Wording(f"What sort of {phrase.noun}?"),
        Wording(f"What's special about {the}?"),
    ]
    yield scene.answer(
        ask,
        phrase.text,
        f"{they} {phrase.text}" if not phrase.plural else f"I see {phrase.text}",
        " ".join([*phrase.words, phrase.noun]),
    )
    sizes = {
        "small": "big",
        "little": "big",
        "big": "small",
        "large": "small",
        "young": "old",
        "old": "young",
        "wet": "dry",
        "tall": "short",
        "long": "short",
        "empty": "full",
    }
    for word in words:
        if word in sizes:
            first, second = scene.random.sample((word, sizes[word]), 2)
            yield scene.answer(
                [
                    Wording(f"{be.capitalize()} {the} {first} or {second}?"),
                    whether(be, the, word),
                    Wording(f"{first} or {second}?"),
                ],
                f"{the} {be} {word}",
                f"{they} {word}",
            )


def _hypernym(scene: Scene, phrase: Phrase) -> Iterator[Asked]:
    kind = kind_of(phrase.noun)
    if kind is None:
        return
    yield scene.answer(
        [
            wh(f"what {kind}", "is", "it"),
            Wording(f"Which {kind} do you see?"),
            Wording(f"Name the {kind}."),
            Wording(f"{kind}?"),
            Wording(f"Is there a {kind}? Which?"),
            Wording(f"What {kind} is shown?"),
            Wording(f"The {kind} here is what?"),
        ],
        phrase.text,
        f"it is {phrase.text}",
        f"I see {phrase.text}",
        f"the {kind} is {phrase.text}",
    )


def on_kinds(scene: Scene) -> Iterator[Asked]:
    """Yield questions on kinds of things that are not there, and on the sport."""
    words = set(scene.said.split())
    for kind, members in KINDS.items():
        if not words & members and kind not in scene.said and scene.random.random() < 0.12:
            yield scene.decline(
                [
                    Wording(f"What {kind} is it?"),
                    Wording(f"Which {kind} do you see?"),
                    Wording(f"Name the {kind}."),
                ]
            )
    sport = next((w for w in scene.reading.sentence.split() if w in KINDS["sport"]), None)
    if sport:
        ask = plain(
            "Which sport is it?",
            "What game are they playing?",
            "Is that a sport? Which one?",
            "Name the sport.",
            "The discipline?",
            "What are they into?",
        )
        yield scene.answer(
            ask, sport, f"it is {sport}", f"it looks like {sport}", f"{sport}, I see {scene.reading.seen}"
        )
