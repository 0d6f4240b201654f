"""A sentence cut for the voices: stretches of one language, and clauses that can be heard early."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.speech.tts.chinese import MEASURES, UNITS
from pipelines.speech.tts.text import pieces

FIRST_CLAUSE = 24
"""Characters from which on the first clause of a sentence is spoken by itself."""
_LEAST = 4
_CLAUSE = re.compile(r"[，、；：,;:—](?=\s|[^\x00-\u2fff])|[，；：]")
_WORD = r"[A-Za-zÀ-ɏ][0-9A-Za-zÀ-ɏ_²³'’.@+#&/^-]*"
_NUMBER = r"\d[\d.,:-]*"
_LATIN = re.compile(rf"(?<![A-Za-z]){_WORD}(?:[ \t]+(?:{_WORD}|{_NUMBER}))*")
_HAN = re.compile(r"([\u3400-\u9fff〇]+(?:[，。、！？：；]*[\u3400-\u9fff〇]+)*[，。、！？；]*)")
_COUNTED = re.compile(rf"[ \t]+{_NUMBER}$")
_SYLLABLE_MARKS = ".,:;!?-'’"


def mixed_runs(sentence: str, language: str) -> list[tuple[str, str]]:
    """Return (language, text) of the stretches of a sentence in one language.

    In a Chinese sentence Latin words and the numbers after them are English, a unit after a number ("5 km")
    is Chinese; in an English one Chinese characters are Chinese. Other sentences stay together.
    """
    if language == "zh":
        return _of_chinese(sentence)
    if language != "en" or not _HAN.search(sentence):
        return [(language, sentence)]
    runs: list[tuple[str, str]] = []
    for part in _HAN.split(sentence):
        _add(runs, "zh" if _HAN.fullmatch(part) else "en", part)
    return runs


def _of_chinese(sentence: str) -> list[tuple[str, str]]:
    runs: list[tuple[str, str]] = []
    start = 0
    for match in _LATIN.finditer(sentence):
        begin, end = match.span()
        end = begin + len(_without_count(match.group(), sentence[end:]))
        if _is_unit(sentence[:begin], sentence[begin:end]):
            continue
        _add(runs, "zh", sentence[start:begin])
        _add(runs, "en", sentence[begin:end])
        start = end
    _add(runs, "zh", sentence[start:])
    return runs


def _without_count(words: str, after: str) -> str:
    """Leave the number of "iPhone 2 台" to Chinese, and the mark at the end to what follows."""
    count = _COUNTED.search(words)
    if count and after.lstrip()[:1] and after.lstrip()[0] in MEASURES:
        words = words[: count.start()]
    return words.rstrip(_SYLLABLE_MARKS + " \t") or words


def _is_unit(before: str, words: str) -> bool:
    number = re.search(r"\d\s?(°?)$", before)
    return number is not None and number.group(1) + words in UNITS


def _add(runs: list[tuple[str, str]], language: str, text: str) -> None:
    if not any(char.isalnum() for char in text):
        if runs:  # punctuation goes with what it follows
            runs[-1] = (runs[-1][0], runs[-1][1] + text)
        return
    if runs and runs[-1][0] == language:
        runs[-1] = (language, runs[-1][1] + text)
    else:
        runs.append((language, text))


def clauses(sentence: str, limit: int) -> Iterator[str]:
    """Yield a sentence in pieces of at most `limit` characters, the first clause of a long one alone."""
    rest = sentence.strip()
    if len(rest) > FIRST_CLAUSE:
        for match in _CLAUSE.finditer(rest):
            if match.end() >= _LEAST and len(rest) - match.end() >= _LEAST and match.end() <= limit:
                yield rest[: match.end()].strip()
                rest = rest[match.end() :].strip()
                break
    yield from pieces(rest, limit)
