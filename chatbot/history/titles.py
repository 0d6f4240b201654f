"""A conversation's title: the first words of its first turn."""

from __future__ import annotations

MAX_CHARACTERS = 60


def title_of(*sources: str) -> str:
    """Return a title from the first source that has words; "" where none has.

    Cut between words; a text without spaces (Chinese) is cut between characters.
    """
    for source in sources:
        words = " ".join(source.split())
        if words:
            return _shortened(words)
    return ""


def _shortened(words: str) -> str:
    if len(words) <= MAX_CHARACTERS:
        return words
    cut = words[: MAX_CHARACTERS - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > MAX_CHARACTERS // 2 else cut).rstrip(" ,;:.-") + "…"
