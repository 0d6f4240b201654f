"""What the cards, the timeline, the mood line and the corrections must say."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.ui.words.object_words import ObjectWords
from chatbot.ui.words.reason_words import ReasonWords


@dataclass(frozen=True)
class CardWords:
    """A card. Fields with braces are templates for the methods."""

    words_sound: str
    voice_sounds: str
    not_understood: str
    recording: str
    picture_alt: str
    show_all: str
    seconds: str
    taken_over: str
    differ: str
    shares: str
    untranslated: str

    def wording(self, label: str) -> str:
        """Return how the words sound. `label`: name of an emotion."""
        return self.words_sound.format(label=label)

    def tone(self, label: str) -> str:
        """Return how the voice sounds. `label`: name of an emotion."""
        return self.voice_sounds.format(label=label)

    def alt(self, caption: str) -> str:
        """Return the text in place of a picture that was described."""
        return self.picture_alt.format(caption=caption)

    def rest(self, count: int) -> str:
        """Return the label that unfolds the rest of a long text."""
        return self.show_all.format(count=count)

    def took(self, seconds: float) -> str:
        """Return a duration."""
        return self.seconds.format(seconds=f"{seconds:.2f}")


@dataclass(frozen=True)
class TimelineWords:
    """The table of stages."""

    title: str
    stage: str
    start: str
    course: str
    duration: str
    at_once: str

    def together(self, count: int) -> str:
        """Return how many stages ran at the same time at most."""
        return self.at_once.format(count=count)


@dataclass(frozen=True)
class PlotWords:
    """The mood line over a conversation."""

    title: str
    pleasant: str
    unpleasant: str
    point: str
    rose: str
    fell: str
    stayed: str

    def turn(self, number: int, label: str, confidence: str, valence: str) -> str:
        """Return what one point says."""
        return self.point.format(number=number, label=label, confidence=confidence, valence=valence)

    def course(self, change: float, first: str, last: str) -> str:
        """Return how the mood went, `change`: the last valence minus the first."""
        template = self.rose if change > 0.2 else self.fell if change < -0.2 else self.stayed
        return template.format(first=first, last=last)


@dataclass(frozen=True)
class CorrectionWords:
    """Putting a transcript or a caption right."""

    edit: str
    edit_transcript: str
    edit_caption: str
    transcript: str
    caption: str
    effect: str
    again: str
    cancel: str
    by_you: str
    original: str
    nothing: str
    empty: str
    same: str

    def edits(self, source: str | None) -> str:
        """Return the name of the edit control. `source`: name of a picture; None for the voice."""
        return self.edit_transcript if source is None else self.edit_caption.format(source=source)


@dataclass(frozen=True)
class DraftWords:
    """What is said of the files in the box. Fields with braces are templates for the methods."""

    looking: str
    listening: str
    unsure: str
    probably: str
    text: str
    separator: str

    def likely(self, caption: str) -> str:
        """Return what a picture probably shows."""
        return self.probably.format(caption=caption)

    def reads(self, text: str) -> str:
        """Return the text in a picture."""
        return self.text.format(text=text)


@dataclass(frozen=True)
class UnderstoodWords:
    """Everything that "What Trio understood" says beyond the names of stages and labels."""

    card: CardWords
    timeline: TimelineWords
    plot: PlotWords
    correction: CorrectionWords
    why: ReasonWords
    objects: ObjectWords
    draft: DraftWords
