"""How wide a text is."""

from __future__ import annotations

import unicodedata


def columns(text: str) -> int:
    """Return the columns that a text takes in one line: a Chinese character takes two (Unicode annex 11)."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
