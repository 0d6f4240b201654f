"""A caption to be asked about: its parts, and how an answer or a refusal is made."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from training.dialogue.captions import Reading, read_caption
from training.dialogue.phrases import phrases
from training.dialogue.questions import Asked
from training.dialogue.wordings import Wording, declined, plain, worded

_OVERALL = plain(
    "What do you see?",
    "Describe it.",
    "What's up here?",
    "What is going on?",
    "Explain this photo to me.",
    "Give me one sentence about it.",
    "Sum it up.",
    "What am I looking at?",
    "What did I photograph?",
    "Thoughts?",
    "Can you describe this for me?",
    "Tell me what's on it.",
    "What's the picture about?",
    "Write a caption.",
    "What's the scene?",
    "Guess what this is!",
    "What would you call this?",
    "Anything to see?",
    "Your turn!",
    "Do you like my photo?",
    "I love this one.",
    "This is from my album.",
    "Read me the picture.",
    "Details, please.",
    "What stands out?",
    "What's it like there?",
    "How does it look?",
    "What's everyone up to?",
    "So?",
    "Well?",
)


class Scene:
    """A caption in parts, and what the photo's other captions say."""

    def __init__(self, captions: Sequence[str], random: Random) -> None:
        self.reading: Reading = read_caption(captions[0])
        self.phrases = phrases(self.reading.sentence)
        self.said = " ".join(captions).lower()
        self.random = random
        head = self.reading.head
        self.who = f"the {head}" if head else self.reading.pronoun
        self.are = "are" if self.reading.plural or (not head and self.reading.pronoun == "they") else "is"
        self.named = random.choice((self.who, self.reading.pronoun)) if head else "it"
        self.named_be = self.are if self.named == self.who else self.reading.be

    def answer(self, question: list[Wording], *forms: str) -> Asked:
        """Return an answerable question; one of the forms answers it."""
        text = self.random.choice([form for form in forms if form])
        return Asked(worded(question, self.random), f"{text[0].upper()}{text[1:]}.", "picture")

    def decline(self, question: list[Wording]) -> Asked:
        """Return a question that the caption does not answer."""
        return Asked(worded(question, self.random), declined(self.reading.seen, self.random), "unanswerable")


def overall(scene: Scene) -> Asked:
    """Return a question on the whole picture."""
    seen, sentence = scene.reading.seen, scene.reading.sentence
    return scene.answer(_OVERALL, f"I see {seen}", sentence, f"this is {seen}", f"the picture shows {seen}")
