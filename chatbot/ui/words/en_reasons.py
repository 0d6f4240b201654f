"""Reasons under a finding, in English."""

from __future__ import annotations

from chatbot.ui.words.reason_words import ReasonWords
from pipelines.core.marks import _

REASONS = ReasonWords(
    why=_("Why?"),
    why_stage=_("Why? {stage}"),
    looking=_("Looking for reasons…"),
    step=_("{done} of {total} parts checked"),
    stop=_("Stop"),
    method=_("Trio hides one part at a time and measures how much the result changes."),
    word_for=_(
        "“{word}” points most clearly to {label}: without it, confidence drops by {points} percentage points."
    ),
    no_word=_("No single word stands out; it is all the words together."),
    place=_("The description depends most on this part of the picture: {where}."),
    no_place=_("The description stays the same whichever part of the picture is hidden."),
    moment=_("The voice points most clearly to {label} between {start} and {end} s."),
    no_moment=_("No single moment stands out; it is the whole recording."),
    speaks_for=_("supports the result"),
    speaks_against=_("contradicts it"),
    rows=(_("top"), _("middle"), _("bottom")),
    columns=(_("left"), _("centre"), _("right")),
    place_name=_("{row} {column}"),
)
