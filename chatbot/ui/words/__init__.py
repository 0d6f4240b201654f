"""Every word that the page says, in each of its languages."""

from __future__ import annotations

from collections.abc import Mapping

from chatbot.ui.words.catalogue import Words
from chatbot.ui.words.en import ENGLISH
from chatbot.ui.words.zh import CHINESE
from chatbot.web.accept_language import preferred_language

DEFAULT_LANGUAGE = "en"
CATALOGUES: Mapping[str, Words] = {"en": ENGLISH, "zh": CHINESE}
NAMES: Mapping[str, str] = {"en": "English", "zh": "中文"}
"""Each language's name in itself."""


def words_for(language: str) -> Words:
    """Return the words of a language; English for one that the page does not know."""
    return CATALOGUES.get(language, CATALOGUES[DEFAULT_LANGUAGE])


def code_of(words: Words) -> str:
    """Return the ISO 639-1 code of the words' language."""
    return next((code for code, known in CATALOGUES.items() if known is words), DEFAULT_LANGUAGE)


def language_of(accepted: str | None) -> str:
    """Return the page's language for a browser's Accept-Language header."""
    return preferred_language(accepted, CATALOGUES, DEFAULT_LANGUAGE)


__all__ = ["CATALOGUES", "DEFAULT_LANGUAGE", "NAMES", "Words", "code_of", "language_of", "words_for"]
