"""Reasons under a finding, in English."""

from __future__ import annotations

from chatbot.ui.words.reason_words import ReasonWords

REASONS = ReasonWords(
    why="Why?",
    why_stage="Why? {stage}",
    looking="Looking for reasons…",
    step="{done} of {total} parts checked",
    stop="Stop",
    method="Trio hides one part at a time and measures how much the result changes.",
    word_for=(
        "“{word}” points most clearly to {label}: without it, confidence drops by {points} percentage points."
    ),
    no_word="No single word stands out; it is all the words together.",
    place="The description depends most on this part of the picture: {where}.",
    no_place="The description stays the same whichever part of the picture is hidden.",
    moment="The voice points most clearly to {label} between {start} and {end} s.",
    no_moment="No single moment stands out; it is the whole recording.",
    speaks_for="supports the result",
    speaks_against="contradicts it",
    rows=("top", "middle", "bottom"),
    columns=("left", "centre", "right"),
    place_name="{row} {column}",
    gone="This can no longer be explained: the original message is gone.",
)
