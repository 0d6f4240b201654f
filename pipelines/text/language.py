"""The language of a text: by script, else by character statistics, else English."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Any

from pipelines.text.scripts import SCRIPT_LANGUAGES, script_of

SURE = 0.8
_LATIN = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "da",
    "no",
    "fi",
    "pl",
    "cs",
    "tr",
    "ro",
    "hu",
    "id",
)
_CYRILLIC = ("ru", "uk", "bg", "sr")
_LETTERS = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=2)
def _identifier(languages: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole.set_languages(list(languages))
    chosen = whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_output
    return LanguageIdentifier(*chosen, norm_probs=True, tk_row=whole.tk_row)  # without the other languages


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of a text's main language.

    Short Latin text ("ok", "hi"), and text that could be several languages, counts as English. Japanese
    is told from Chinese by its kana. Source: langid.py (Lui and Baldwin, 2012), as py3langid.
    """
    counts = Counter(script_of(char, "UNKNOWN") for char in _LETTERS.findall(text))
    if not counts:
        return "en"
    if counts["HIRAGANA"] + counts["KATAKANA"] > 0.1 * (
        counts["CJK"] + counts["HIRAGANA"] + counts["KATAKANA"]
    ):
        return "ja"
    script = counts.most_common(1)[0][0]
    if script == "LATIN":
        return _most_likely(text, _LATIN, "en")
    if script == "CYRILLIC":
        return _most_likely(text, _CYRILLIC, "ru")
    return SCRIPT_LANGUAGES.get(script, "en")


def _most_likely(text: str, languages: tuple[str, ...], default: str) -> str:
    language, probability = _identifier(languages).classify(text)
    return str(language) if probability >= SURE else default
