"""Every word that the page says, in each of its languages."""

from __future__ import annotations

import functools
from dataclasses import replace

from chatbot.locale import LANGUAGES, translation_for
from chatbot.ui.words.catalogue import Words
from chatbot.ui.words.en import ENGLISH
from chatbot.ui.words.gradio_names import GRADIO_NAMES
from chatbot.web.accept_language import preferred_language

DEFAULT_LANGUAGE = "en"


@functools.cache
def words_for(language: str) -> Words:
    """Return the words of a language; English for one that the page does not know."""
    if language not in LANGUAGES:
        return words_for(DEFAULT_LANGUAGE)
    said = translation_for(language)
    words = said.all_of(ENGLISH)
    if language == DEFAULT_LANGUAGE:
        return words
    return replace(words, gradio={name: said.text(name) for name in GRADIO_NAMES})


def code_of(words: Words) -> str:
    """Return the ISO 639-1 code of the words' language."""
    return next((code for code in LANGUAGES if words_for(code) is words), DEFAULT_LANGUAGE)


def language_of(accepted: str | None) -> str:
    """Return the page's language for a browser's Accept-Language header."""
    return preferred_language(accepted, LANGUAGES, DEFAULT_LANGUAGE)


__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "Words", "code_of", "language_of", "words_for"]
