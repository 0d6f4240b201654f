"""Names and words that a person may say: told to Whisper, and believed only where they were heard.

Whisper takes what it is told for what was said before and keeps to its spelling. Where it hears next to
nothing, a hum or half a word, it repeats it: then the names stand there although nobody said them.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from pipelines.speech.tts.chinese import spoken_chinese
from pipelines.speech.written import PROMPTS, UNSPACED

LEAST_ALIKE = 0.4
"""Share of letters that a name and what is heard in its place without it have in common, in order. "Zachel"
for Xochitl has 0.46, "Siopin" for Siobhan 0.62; names repeated out of nothing had 0.25 and less."""
LONG = 4
"""Letters of a word that is judged by itself; shorter ones are alike by chance."""
_HAN_OR_KANA = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_BETWEEN = re.compile(r"[,;，；、\n]+")  # noqa: RUF001
_NO_LETTERS = re.compile(r"[\W_]+")


def hot_words_of(given: str, language: str) -> list[str]:
    """Return the names and words that are of use where a language is spoken.

    Chinese and Japanese names are left out where another language is: with eight of them Whisper base got
    5.0 % of the words of 14 English clips wrong in place of 1.8 %.

    Args:
        given: Names and words, with commas or line ends between them.
        language: ISO 639-1 code of what is said.
    """
    names = [name for part in _BETWEEN.split(given) if (name := part.strip())]
    return names if language in UNSPACED else [name for name in names if not _HAN_OR_KANA.search(name)]


def primed(language: str, names: list[str]) -> str | None:
    """Return what Whisper takes for what was said before; None for nothing."""
    if not names:
        return PROMPTS.get(language)
    between, end = ("、", "。") if language in UNSPACED else (", ", ".")
    return f"{PROMPTS.get(language, '')}{between.join(names)}{end}"


def named_in(text: str, names: list[str]) -> list[str]:
    """Return the letters of the names that stand in a text; of others, the longer words that do."""
    letters, found = _letters(text), []
    for name in names:
        whole = _letters(name)
        words = [whole] if whole in letters else [_letters(word) for word in name.split()]
        found += [word for word in words if word in letters and (word == whole or len(word) >= LONG)]
    return [word for word in found if word]


def was_heard(name: str, text: str, plain: str) -> bool:
    """Whether something like a name stands in its place in what is heard without knowing it.

    Args:
        name: One of `named_in`.
        text: In which it stands.
        plain: What the same sound is without the names.
    """
    letters, other = _letters(text), _letters(plain)
    at = letters.index(name)
    same = SequenceMatcher(None, letters, other, autojunk=False).get_opcodes()
    first = next((_across(code, at) for code in same if code[2] > at), 0)
    last = next((_across(code, at + len(name)) for code in same if code[2] >= at + len(name)), len(other))
    return SequenceMatcher(None, name, other[first:last], autojunk=False).ratio() >= LEAST_ALIKE


def _across(code: tuple[str, int, int, int, int], at: int) -> int:
    """Return the place in the other text of one in a part of this; the nearest end where the two differ."""
    kind, start, end, other_start, other_end = code
    if kind == "equal":
        return other_start + at - start
    return other_end if at == end else other_start


def _letters(text: str) -> str:
    """Return the letters and digits of a text, small; Chinese as its syllables, with its numbers."""
    if _HAN_OR_KANA.search(text):
        from pypinyin import lazy_pinyin

        text = "".join(lazy_pinyin(spoken_chinese(text)))
    return _NO_LETTERS.sub("", text).lower()
