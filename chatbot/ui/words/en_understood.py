"""What Trio understood, in English."""

from __future__ import annotations

from chatbot.ui.words.en_objects import OBJECTS
from chatbot.ui.words.en_reasons import REASONS
from chatbot.ui.words.understood_words import (
    CardWords,
    CorrectionWords,
    DraftWords,
    PlotWords,
    TimelineWords,
    UnderstoodWords,
)

UNDERSTOOD = UnderstoodWords(
    card=CardWords(
        words_sound="Your words sound {label}.",
        voice_sounds="Your voice sounds {label}.",
        not_understood="Not understood",
        recording="Your recording",
        picture_alt="Your picture: {caption}",
        show_all="Show all ({count} more characters)",
        seconds="{seconds} s",
        taken_over="from the previous reply",
        differ="words and voice differ",
        shares="Weight of each source",
        untranslated="Original description",
    ),
    timeline=TimelineWords(
        title="Timeline",
        stage="Stage",
        start="Start",
        course="When",
        duration="Duration",
        at_once="Up to {count} stages ran at the same time.",
    ),
    plot=PlotWords(
        title="Mood of the conversation",
        pleasant="pleasant",
        unpleasant="unpleasant",
        point=("Message {number}: {label}, {confidence} confidence; pleasantness {valence} from −1 to 1"),
        rose="More pleasant now ({last}) than at the start ({first}).",
        fell="Less pleasant now ({last}) than at the start ({first}).",
        stayed="About as pleasant now ({last}) as at the start ({first}).",
    ),
    correction=CorrectionWords(
        edit="Correct",
        edit_transcript="Correct the transcript",
        edit_caption="Correct the description of {source}",
        transcript="What you said",
        caption="What the picture shows",
        effect="Trio will answer again using your correction. The earlier reply is kept.",
        again="Answer again",
        cancel="Cancel",
        by_you="Corrected by you",
        original="What Trio first understood",
        nothing="nothing",
        empty="Enter a correction first.",
        same="This is what Trio already understood. Change it first.",
        too_long="A correction can have up to {limit} characters. Shorten it.",
        unreadable=(
            "The files in this message can no longer be read: {names}. Send the message again with its files."
        ),
    ),
    why=REASONS,
    objects=OBJECTS,
    draft=DraftWords(
        looking="Looking…",
        listening="Listening…",
        unsure="not sure what it shows",
        probably="probably {caption}",
        text="text: “{text}”",
        separator="; ",
    ),
)
