"""How people word a question: directly, politely, by the way, in haste, with mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

_POLITE = (
    "Could you tell me {}?",
    "Can you tell me {}?",
    "Do you know {}?",
    "Please tell me {}.",
    "Tell me {}.",
    "I wonder {}.",
    "I would like to know {}.",
    "My sister asks {}.",
    "Any idea {}?",
    "I can't make out {}.",
    "My son wants to know {}.",
    "Can you see {}?",
    "I forgot {}.",
    "Let me know {}.",
    "We are not sure {}.",
    "Would you say {}?",
    "Just curious {}.",
    "Have a look and tell me {}.",
    "Say, do you know {}?",
)
_BEFORE = (
    "Nice picture! ",
    "Hey Trio, ",
    "Look at this. ",
    "One question: ",
    "OK, ",
    "Hmm, ",
    "Quick question, ",
    "I took this one last week. ",
    "Great. And ",
    "So, ",
    "Tell me, ",
    "Please, ",
    "My glasses are broken. ",
    "And ",
    "Sorry, but ",
    "Wow! ",
    "A friend sent me this. ",
    "By the way, ",
    "Well, ",
    "I'm blind. ",
)
_AFTER = (" Thanks!", " Please.", " I can't see it well.", " Be honest.", " I need it for my homework.")
DECLINES = (
    "I cannot tell that from the picture.",
    "I don't know, the picture does not show that.",
    "I am not sure. I cannot see that in the picture.",
    "That is not clear from the picture, so I cannot say.",
    "I cannot see that here.",
    "I don't know that from the picture.",
    "The picture does not say that.",
    "I can't tell that.",
    "Sorry, I cannot see that.",
)


@dataclass(frozen=True)
class Wording:
    """A question in its direct form, and as a clause after "tell me" where it has one."""

    direct: str
    clause: str | None = None


def wh(lead: str, be: str, subject: str, tail: str = "") -> Wording:
    """Return "what colour" + "is" + "the hat" both ways."""
    end = f" {tail}" if tail else ""
    direct = f"{lead} {be} {subject}{end}?"
    return Wording(direct[0].upper() + direct[1:], f"{lead} {subject} {be}{end}")


def whether(be: str, subject: str, tail: str) -> Wording:
    """Return a yes/no question both ways."""
    return Wording(f"{be.capitalize()} {subject} {tail}?", f"whether {subject} {be} {tail}")


def plain(*forms: str) -> list[Wording]:
    """Return forms that stand alone."""
    return [Wording(form) for form in forms]


def worded(wordings: list[Wording], random: Random) -> str:
    """Return one of the wordings as somebody would write it."""
    chosen = random.choice(wordings)
    text = chosen.direct
    if chosen.clause and random.random() < 0.3:
        text = random.choice(_POLITE).format(chosen.clause)
    elif random.random() < 0.22:
        text = random.choice(_BEFORE) + (text if random.random() < 0.5 else text[0].lower() + text[1:])
    if random.random() < 0.05:
        text += random.choice(_AFTER)
    return _hasty(text, random)


def _hasty(text: str, random: Random) -> str:
    if random.random() < 0.2:
        text = text.lower()
    if random.random() < 0.15:
        text = text.rstrip("?.!")
    if random.random() < 0.06:
        text = _mistyped(text, random)
    return text


def _mistyped(text: str, random: Random) -> str:
    """Return the text with two letters swapped or one left out, inside a word."""
    places = [at for at in range(1, len(text) - 2) if text[at - 1 : at + 2].isalpha()]
    if not places:
        return text
    at = random.choice(places)
    middle = text[at + 1] + text[at] if random.random() < 0.5 else text[at + 1]
    return text[:at] + middle + text[at + 2 :]


def declined(seen: str, random: Random) -> str:
    """Return a refusal, most with what is seen instead."""
    more = random.choice(("", f" I see {seen}.", f" I only see {seen}.", f" All I see is {seen}."))
    return random.choice(DECLINES) + more
