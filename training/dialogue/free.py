"""Freely worded questions on a picture: what the caption holds is answered, what it lacks is declined.

The same question is put to captions that answer it and to captions that do not, so that only the caption
tells whether to decline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from training.dialogue.beyond import beyond
from training.dialogue.kinds import outside
from training.dialogue.phrases import progressive
from training.dialogue.questions import Asked
from training.dialogue.scene import Scene, overall
from training.dialogue.things import on_kinds, on_things
from training.dialogue.wordings import Wording, plain, wh, whether

Maker = Callable[[Scene], Iterator[Asked]]
UNANSWERABLE = 0.15
_FACES = {
    "smiling": "smiling",
    "smiles": "smiling",
    "laughing": "laughing",
    "laughs": "laughing",
    "crying": "crying",
}


def free_questions(captions: Sequence[str], count: int, random: Random) -> list[Asked]:
    """Return up to `count` different questions on the first caption of a photo, about a fifth beyond it."""
    scene = Scene(captions, random)
    asked = [made for maker in MAKERS for made in maker(scene)]
    kinds = {kind: [a for a in asked if a.kind == kind] for kind in ("picture", "unanswerable")}
    for some in kinds.values():
        random.shuffle(some)
    beyond_it = [scene.decline([random.choice(beyond(scene.reading))]) for _ in range(count)]
    out: dict[str, Asked] = {}
    for _ in range(count):
        absent = kinds["unanswerable"]
        if random.random() < UNANSWERABLE:
            one = absent.pop() if absent and random.random() < 0.5 else beyond_it.pop()
        elif kinds["picture"]:
            one = kinds["picture"].pop()
        else:
            one = overall(scene)
        out.setdefault(one.question, one)
    return list(out.values())


def _everything(scene: Scene) -> Iterator[Asked]:
    if scene.random.random() < 0.5:
        yield overall(scene)


def _doing(scene: Scene) -> Iterator[Asked]:
    subject, seen = scene.reading.subject, scene.reading.seen
    if not subject or not scene.reading.action:
        return
    doing = scene.reading.action.split()
    verb = progressive(doing[0]) if scene.reading.finite else doing[0]
    if verb.endswith("ing"):
        some = " ".join([verb, *doing[1:4]])
        asker = "who" if scene.reading.pronoun != "it" else scene.random.choice(("who", "what"))
        ask = [
            wh(asker, "is", verb),
            Wording(f"{asker.capitalize()} is {some}?"),
            Wording(f"Somebody is {verb}, who?"),
        ]
        yield scene.answer(
            ask, subject, f"it is {subject}", f"{subject} is {verb}" if scene.are == "is" else subject
        )
        ask = [
            wh("what", scene.named_be, scene.named, "doing"),
            wh("what", scene.named_be, scene.named, "up to"),
            Wording(f"And {scene.who}, doing what?"),
            Wording("The activity?"),
            Wording("What's the action here?"),
            Wording("what happens"),
            Wording(f"Describe what {scene.who} {scene.are} doing."),
            wh("how", scene.named_be, scene.named, "spending the time"),
            Wording("Which activity do you see?"),
            Wording(f"What keeps {scene.who} busy?"),
            Wording("Verb, please!"),
        ]
        acted = " ".join([verb, *doing[1:]])
        yield scene.answer(ask, f"{scene.named} {scene.named_be} {acted}", acted, seen)
        other = scene.random.choice(
            [v for v in ("sleeping", "eating", "swimming", "reading") if v[:4] not in scene.said]
            or ["flying"]
        )
        yield scene.answer(
            [
                Wording(f"{scene.are.capitalize()} {scene.named} {verb} or {other}?"),
                Wording(f"{other} or {verb}?"),
                Wording(f"Is it more {verb} or more {other}?"),
            ],
            f"{scene.named} {scene.named_be} {acted}",
            verb,
        )
        truth = scene.random.random() < 0.6
        tried = verb if truth else other
        yield scene.answer(
            [
                whether(scene.named_be, scene.named, tried),
                Wording(f"{scene.who} {scene.are} {tried}, right?"),
                Wording(f"I think {scene.who} {scene.are} {tried}. Am I right?"),
            ],
            f"{'yes' if truth else 'no'}, {scene.named} {scene.named_be} {acted}",
            f"{'yes' if truth else 'no'}, I see {seen}",
        )


def _subject(scene: Scene) -> Iterator[Asked]:
    subject = scene.reading.subject
    if not subject or not scene.reading.action:
        return
    yield scene.answer(
        plain(
            "Who is in it?",
            "Who do we have here?",
            "Anybody there?",
            "Who or what is the star of this photo?",
            "Main character?",
            "Is anyone there?",
            "Is it empty?",
            "Who can be seen?",
            "Somebody in the frame?",
        ),
        f"I see {subject}",
        f"there {scene.are} {subject}",
        subject,
    )


def _objects(scene: Scene) -> Iterator[Asked]:
    for phrase in scene.phrases:
        if not phrase.is_action or phrase.before in ("is", "are"):
            continue
        verb = progressive(phrase.before)
        ask = [
            wh("what", scene.named_be, scene.named, verb),
            Wording(f"{verb} what?"),
            Wording(f"Something is there for {verb}. What?"),
            Wording(f"What exactly {scene.named_be} {scene.named} {verb}?"),
            Wording(f"{scene.who} {scene.are} {verb} something, what is it?"),
            Wording(f"Name the thing {scene.named} {scene.named_be} {verb}."),
            Wording(f"Which thing {scene.named_be} {scene.named} {verb}?"),
        ]
        yield scene.answer(
            ask, phrase.text, f"{scene.named} {scene.named_be} {verb} {phrase.text}", f"it is {phrase.text}"
        )
    if not any(phrase.is_action or phrase.before == "with" for phrase in scene.phrases):
        yield scene.decline(
            [wh("what", scene.named_be, scene.named, scene.random.choice(("holding", "carrying")))]
        )


def _relations(scene: Scene) -> Iterator[Asked]:
    for phrase in scene.phrases:
        before, who, be = phrase.before, scene.named, scene.named_be
        if not before or phrase.is_action or before in ("of", "for", "from", "off", "at"):
            continue
        if before == "with":
            ask = [
                Wording(f"What {'do' if scene.are == 'are' else 'does'} {scene.who} have?"),
                Wording(f"{scene.who} with what?"),
                Wording("What comes with it?"),
                wh("what", be, who, "there with"),
            ]
            yield scene.answer(ask, phrase.text, f"I see {phrase.text}", f"{who} {be} with {phrase.text}")
            continue
        ask = [
            wh("what", be, who, before),
            Wording(f"{before} what?"),
            Wording(f"What is it that {who} {be} {before}?"),
            Wording(f"{scene.who} {scene.are} {before} something. What?"),
            Wording(f"What do you see there, {before} what?"),
        ]
        yield scene.answer(ask, phrase.text, f"{before} {phrase.text}", f"{who} {be} {before} {phrase.text}")
    place = scene.reading.place
    where = [
        wh("where", scene.named_be, scene.named),
        Wording("Where's that?"),
        Wording("Where was it taken, roughly?"),
        Wording("What's the setting?"),
        Wording("The place?"),
        Wording("Describe the surroundings."),
        Wording("Location?"),
        Wording(f"Where did you spot {scene.who}?"),
        Wording("What kind of place is it?"),
        Wording("What's around?"),
        Wording("Where does it happen?"),
        Wording("In what place are we?"),
        Wording("On what ground?"),
    ]
    if place:
        yield scene.answer(where, place, f"{scene.named} {scene.named_be} {place}", f"it is {place}")
    elif not any(phrase.before for phrase in scene.phrases) and len(scene.phrases) < 3:
        yield scene.decline(where[:3])


def _mood(scene: Scene) -> Iterator[Asked]:
    for word in scene.reading.sentence.split():
        if word in _FACES:
            mood, face = ("sad" if word == "crying" else "happy"), _FACES[word]
            ask = [
                whether(scene.named_be, scene.named, mood),
                Wording("How is the mood?"),
                Wording("What's the face like?"),
            ]
            yield scene.answer(ask[:1], f"yes, {scene.named} {scene.named_be} {face}", f"yes, {face}")
            yield scene.answer(ask[1:], f"{scene.named} {scene.named_be} {face}", face)


def _side_and_weather(scene: Scene) -> Iterator[Asked]:
    words, seen = scene.reading.sentence.split(), scene.reading.seen
    side = outside(words)
    if side is not None:
        word = "outside" if side else "inside"
        ask = plain("Inside or outside?", "Is it indoors or outdoors?", "Are we in a building or outside?")
        yield scene.answer(ask, f"it is {word}, I see {seen}", word)
        asked = scene.random.choice(("outside", "inside"))
        yield scene.answer(
            plain(f"Is it {asked}?", f"That is {asked}, no?", f"Was it taken {asked}?"),
            f"{'yes' if asked == word else 'no'}, it is {word}: {seen}",
        )
    for sign, ask_of in (
        ("snow", ("Is it cold there?", "Which season is it?", "Summer or winter?")),
        ("rain", ("How is the weather?", "Dry weather?")),
    ):
        if sign in words or f"{sign}y" in words:
            text = "it looks cold, there is snow" if sign == "snow" else "there is rain"
            yield scene.answer(plain(*ask_of), text)


def _clothes(scene: Scene) -> Iterator[Asked]:
    worn, seen = scene.reading.worn, scene.reading.seen
    if scene.reading.pronoun == "it":
        return
    clothes = [
        wh("what", scene.named_be, scene.named, "wearing"),
        Wording(f"How {scene.are} {scene.who} dressed?"),
        Wording("Clothes?"),
        Wording(f"What {'do' if scene.are == 'are' else 'does'} {scene.who} have on?"),
        Wording("Describe the clothing."),
        Wording("The outfit?"),
        Wording(f"Which clothes do you see on {scene.who}?"),
        Wording("What garment is it?"),
    ]
    if worn:
        yield scene.answer(
            clothes, worn, f"{scene.named} {scene.named_be} wearing {worn}", f"{worn}, I see {seen}"
        )
    elif scene.reading.head and not set(scene.said.split()) & {"wearing", "wears", "dressed", "in"}:
        yield scene.decline(clothes)


MAKERS: tuple[Maker, ...] = (
    _everything,
    _doing,
    _subject,
    _objects,
    _relations,
    on_things,
    on_kinds,
    _mood,
    _side_and_weather,
    _clothes,
)
