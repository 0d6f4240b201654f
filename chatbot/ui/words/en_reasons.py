"""Reasons under a finding, in English."""

from __future__ import annotations

from chatbot.ui.words.reason_words import ReasonWords

REASONS = ReasonWords(
    why="Why?",
    why_stage="Why? Reasons for: {stage}",
    looking="Looking for reasons …",
    step="{done} of {total} parts hidden",
    stop="Stop",
    method="Trio hides one part after another and looks how much the answer hangs on it.",
    word_for="“{word}” speaks most for {label}: without it, {points} points of 100 less sure.",
    no_word="No single word speaks for it: it is the words together.",
    place="The sentence hangs most on this part of the picture: {where}.",
    no_place="The sentence stays the same, whichever part of the picture is hidden.",
    moment="Between {start} and {end} s the voice speaks most for {label}.",
    no_moment="No single moment speaks for it: it is the whole voice.",
    speaks_for="speaks for it",
    speaks_against="speaks against it",
    rows=("top", "middle", "bottom"),
    columns=("left", "centre", "right"),
    place_name="{row} {column}",
    gone="This can no longer be explained: what was said or shown is gone.",
)
