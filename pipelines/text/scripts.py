"""Scripts by their Unicode names, and the languages (ISO 639-1) that are written in them."""

from __future__ import annotations

import functools
import unicodedata
from typing import Any

SCRIPT_LANGUAGES = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
}
"""The language that a script stands for where nothing else tells."""
SAME_SCRIPT = {
    "CYRILLIC": {"ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg", "tt", "ba", "cv"},
    "ARABIC": {"ar", "fa", "ur", "sd", "ug", "ps"},
    "HEBREW": {"he", "yi"},
    "DEVANAGARI": {"hi", "mr", "ne", "sa", "kok"},
    "BENGALI": {"bn", "as", "bpy"},
    "CJK": {"zh", "yue", "hak", "ja"},
}
"""Languages that share a script which stands for one of them."""


def script_of(char: str, default: str = "LATIN") -> str:
    """Return the script of a letter, the first word of its name; `default` for one without a name."""
    return unicodedata.name(char, default).split(" ", 1)[0].split("-", 1)[0]


def simplified(text: str) -> str:
    """Return a text with traditional Chinese characters simplified."""
    return str(_simplifier().convert(text))


@functools.cache
def _simplifier() -> Any:
    """Return the converter; its dictionaries take longer to read than a text. Safe in several threads."""
    import opencc

    return opencc.OpenCC("t2s")
