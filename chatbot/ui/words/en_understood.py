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
from pipelines.core.marks import _

UNDERSTOOD = UnderstoodWords(
    card=CardWords(
        words_sound=_("Your words sound {label}."),
        voice_sounds=_("Your voice sounds {label}."),
        not_understood=_("Not understood"),
        recording=_("Your recording"),
        picture_alt=_("Your picture: {caption}"),
        show_all=_("Show all ({count} more characters)"),
        seconds=_("{seconds} s"),
        taken_over=_("from the previous reply"),
        differ=_("words and voice differ"),
        shares=_("Weight of each source"),
        untranslated=_("Original description"),
    ),
    timeline=TimelineWords(
        title=_("Timeline"),
        stage=_("Stage"),
        start=_("Start"),
        course=_("When"),
        duration=_("Duration"),
        at_once=_("Up to {count} stages ran at the same time."),
    ),
    plot=PlotWords(
        title=_("Mood of the conversation"),
        pleasant=_("pleasant"),
        unpleasant=_("unpleasant"),
        point=_("Message {number}: {label}, {confidence} confidence; pleasantness {valence} from −1 to 1"),
        rose=_("More pleasant now ({last}) than at the start ({first})."),
        fell=_("Less pleasant now ({last}) than at the start ({first})."),
        stayed=_("About as pleasant now ({last}) as at the start ({first})."),
    ),
    correction=CorrectionWords(
        edit=_("Correct"),
        edit_transcript=_("Correct the transcript"),
        edit_caption=_("Correct the description of {source}"),
        transcript=_("What you said"),
        caption=_("What the picture shows"),
        effect=_("Trio will answer again using your correction. The earlier reply is kept."),
        again=_("Answer again"),
        cancel=_("Cancel"),
        by_you=_("Corrected by you"),
        original=_("What Trio first understood"),
        nothing=_("nothing"),
        empty=_("Enter a correction first."),
        same=_("This is what Trio already understood. Change it first."),
    ),
    why=REASONS,
    objects=OBJECTS,
    draft=DraftWords(
        looking=_("Looking…"),
        listening=_("Listening…"),
        unsure=_("not sure what it shows"),
        probably=_("probably {caption}"),
        text=_("text: “{text}”"),
        separator=_("; "),
    ),
)
