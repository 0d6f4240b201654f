"""What Trio understood, in English."""

from __future__ import annotations

from chatbot.ui.words.en_objects import OBJECTS
from chatbot.ui.words.en_reasons import REASONS
from chatbot.ui.words.understood_words import (
    CardWords,
    CorrectionWords,
    PlotWords,
    TimelineWords,
    UnderstoodWords,
)

UNDERSTOOD = UnderstoodWords(
    card=CardWords(
        words_sound="The words sound {label}.",
        voice_sounds="The voice sounds {label}.",
        not_understood="Not understood",
        recording="Your recording",
        picture_alt="Your picture: {caption}",
        show_all="Show all, {count} letters more",
        seconds="{seconds} s",
        taken_over="from the answer before",
        differ="words and voice differ",
        shares="How much each source counts",
    ),
    timeline=TimelineWords(
        title="What ran when",
        stage="Stage",
        start="Start",
        course="Course",
        duration="Duration",
        at_once="Up to {count} stages ran at the same time.",
    ),
    plot=PlotWords(
        title="Mood of the conversation",
        pleasant="pleasant",
        unpleasant="unpleasant",
        point="Message {number}: {label}, {confidence} sure; pleasantness {valence} on a scale of 1",
        rose="More pleasant now ({last}) than at first ({first}).",
        fell="Less pleasant now ({last}) than at first ({first}).",
        stayed="About as pleasant now ({last}) as at first ({first}).",
    ),
    correction=CorrectionWords(
        edit="Correct",
        edit_transcript="Correct the words that were heard",
        edit_caption="Correct what {source} shows",
        transcript="What you said",
        caption="What the picture shows",
        effect="Trio answers again with your words. The earlier answer is kept.",
        again="Answer again",
        cancel="Cancel",
        by_you="Corrected by you",
        original="What Trio had understood",
        nothing="nothing",
        empty="Write what it should have been.",
        same="This is what Trio understood already. Change it first.",
        too_long="A correction may have {limit} letters at most. Shorten it.",
        unreadable="The files of this message can no longer be read: {names}. Send it again with its files.",
    ),
    why=REASONS,
    objects=OBJECTS,
)
