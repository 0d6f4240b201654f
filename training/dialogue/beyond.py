"""Questions that no caption answers: names, ages, prices, thoughts, what came before and comes after."""

from __future__ import annotations

from training.dialogue.captions import Reading
from training.dialogue.wordings import Wording, wh

_HIS = {"he": "his", "she": "her", "it": "its", "they": "their"}
_ASIDE = (
    "Which country is this?",
    "What city is this?",
    "What time is it there?",
    "What day was it?",
    "Who took it?",
    "Which year was this taken?",
    "How much did that cost?",
    "What happened before?",
    "What comes next?",
    "What brand is that?",
    "What will the weather be tomorrow?",
    "Who is the photographer?",
    "Who owns this?",
    "When was this taken?",
    "How warm is it there?",
    "What music is playing?",
    "What does it smell like?",
    "How far is it from here?",
    "What's the address?",
    "Is it expensive?",
    "Which street is that?",
    "The date?",
    "What is the name of this place?",
    "Was it a Sunday?",
    "Who won?",
    "How long did it take?",
    "Name?",
    "Age?",
    "What is the story behind this photo?",
    "Which camera was used?",
    "What did they have for lunch?",
    "Price?",
    "How many people live there?",
    "Are they going to come back tomorrow?",
    "Which hotel is it?",
    "Is it safe?",
    "What happened afterwards?",
    "Who invited them?",
    "Which language do they speak?",
    "Was it loud?",
    "Give me the name of the town.",
    "Guess the price.",
    "What was the occasion?",
    "How did it end?",
)


def beyond(reading: Reading) -> list[Wording]:
    """Return such questions about a caption's subject."""
    he, be = reading.pronoun, reading.be
    his, who = _HIS[he], f"the {reading.head}" if reading.head else he
    are = "are" if reading.plural or (he == "they" and not reading.head) else "is"
    does, did = ("do" if are == "are" else "does"), "did"
    about = [
        wh("what", "is", f"{his} name"),
        wh("what", are, f"{who}", "called"),
        wh("how old", are, who),
        wh("how old", be, he),
        wh("where", are, who, "from"),
        wh("what", are, who, "thinking about"),
        wh("how tall", are, who),
        wh("what", "is", f"{his} job"),
        wh("who", "is", f"{his} best friend"),
        wh("how much", did, who, "pay"),
        wh("what", be, he, "saying"),
        wh("where", does, who, "live"),
        wh("what", did, who, "eat today"),
        wh("how long", "will", who, "stay there"),
        wh("why", are, who, "there"),
        wh("when", did, who, "arrive"),
        wh("what", will := "will", who, "do next"),
        wh("how heavy", are, who),
        wh("what", does, who, "dream of"),
        wh("which school", did, he, "go to"),
        wh("who", "is", f"{his} mother"),
        wh("what", "is", f"{his} favourite food"),
        wh("whom", does, who, "wait for"),
        wh("where", will, he, "sleep"),
        Wording(f"{are.capitalize()} {who} married?", f"whether {who} {are} married"),
        Wording(f"Name of {who}?"),
        Wording(f"Age of {who}?"),
        Wording(f"Do you know {his} birthday?"),
        Wording(f"{be.capitalize()} {he} rich?"),
        Wording(f"{be.capitalize()} {he} famous?"),
        Wording(f"{does.capitalize()} {he} have brothers or sisters?"),
        Wording(f"{his.capitalize()} name, please."),
        Wording(f"How did {he} feel the day before?"),
        Wording(f"Is that {his} first time?"),
    ]
    return [*about, *(Wording(text) for text in _ASIDE)]
