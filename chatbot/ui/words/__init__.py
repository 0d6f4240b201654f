"""Every word that the page says, in each of its languages."""

from __future__ import annotations

from collections.abc import Mapping

from chatbot.ui.words.catalogue import Words
from chatbot.ui.words.en import ENGLISH
from chatbot.ui.words.zh import CHINESE

DEFAULT_LANGUAGE = "en"
CATALOGUES: Mapping[str, Words] = {"en": ENGLISH, "zh": CHINESE}
NAMES: Mapping[str, str] = {"en": "English", "zh": "中文"}
"""Each language's name in itself."""


def words_for(language: str) -> Words:
    """Return the words of a language; English for one that the page does not know."""
    return CATALOGUES.get(language, CATALOGUES[DEFAULT_LANGUAGE])


def language_of(accepted: str | None) -> str:
    """Return the page's language for a browser's Accept-Language header (RFC 9110, 12.5.4)."""
    wanted: list[tuple[float, str]] = []
    for part in (accepted or "").split(","):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.partition("=")[2]) if weight.strip() else 1.0
        except ValueError:
            continue
        wanted.append((quality, tag.strip().lower().partition("-")[0]))
    known = [(quality, code) for quality, code in wanted if quality > 0 and code in CATALOGUES]
    return max(known, key=lambda pair: pair[0], default=(0.0, DEFAULT_LANGUAGE))[1]


__all__ = ["CATALOGUES", "DEFAULT_LANGUAGE", "NAMES", "Words", "language_of", "words_for"]
