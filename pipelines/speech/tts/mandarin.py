"""Chinese sentences to Kokoro's phonemes: words by rjieba, readings by pypinyin, tone changes of 不 and 一.

Both are read at the first sentence, about 95 MB.
"""

from __future__ import annotations

import re

from pipelines.speech.tts.pinyin import syllable_phonemes

_HAN = re.compile(r"([\u3400-\u9fff〇]+)")
_MARKS = str.maketrans(
    {
        "、": ", ",
        "，": ", ",
        "。": ". ",
        "．": ". ",
        "！": "! ",
        "：": ": ",
        "；": "; ",
        "？": "? ",
        "…": "… ",
        "—": "— ",
        "《": " “",
        "》": "” ",
        "「": " “",
        "」": "” ",
        "『": " “",
        "』": "” ",
        "【": " “",
        "】": "” ",
        "（": " (",
        "）": ") ",
    }
)
_DIGITS = tuple("〇零一二三四五六七八九十百千万亿两点第")
_WITH_OWN_ER = frozenset(["女儿", "婴儿", "幼儿", "孤儿", "胎儿", "男儿", "少儿", "小儿", "健儿"])
_READINGS = {
    "地": {"uv": "de5"},
    "得": {"ud": "de5"},
    "了": {"ul": "le5"},
    "着": {"uz": "zhe5"},
    "行": {"m": "hang2", "q": "hang2"},
    "长": {"a": "chang2"},
}
"""Readings of words of one character by rjieba's part of speech."""


def phonemes(text: str, *, third_tones: bool = False) -> str:
    """Return Kokoro's phonemes: the words of a sentence apart, punctuation as it is.

    Args:
        text: Chinese characters and punctuation; Latin letters and digits are left as they are.
        third_tones: Whether the first of two third tones in a word is written as a second one.
    """
    parts = [_han(part, third_tones) if _HAN.fullmatch(part) else part for part in _HAN.split(text)]
    joined = "".join(part.translate(_MARKS) for part in parts)
    return re.sub(r"\s+", " ", joined).strip()


def _han(text: str, third_tones: bool) -> str:
    import rjieba

    words: list[list[str]] = []
    tagged: list[tuple[str, str]] = list(rjieba.tag(text))
    for number, (word, kind) in enumerate(tagged):
        before, before_kind = tagged[number - 1] if number else ("", "")
        following = tagged[number + 1][0] if number + 1 < len(tagged) else ""
        syllables = ["de5"] if word == "得" and before_kind[:1] in {"v", "a"} else _syllables(word, kind)
        words.append(_changed(word, syllables, (before, following), third_tones))
    return " ".join("".join(syllable_phonemes(s) for s in word) for word in words)


def _syllables(word: str, kind: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    if len(word) == 1 and kind in _READINGS.get(word, {}):
        return [_READINGS[word][kind]]
    found: list[str] = lazy_pinyin(
        word, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=True, errors="ignore"
    )
    if len(found) == len(word) > 1 and word.endswith("儿") and word not in _WITH_OWN_ER:
        found[-1] = "er5"
    return found


def _changed(word: str, syllables: list[str], around: tuple[str, str], third_tones: bool) -> list[str]:
    """Return the syllables after the tone changes of Mandarin; `around`: the words before and after."""
    if len(syllables) != len(word):
        return syllables
    out, (before, following) = list(syllables), around
    after = _syllables(following, "")[:1] if following else []
    tones = [s[-1] for s in (*syllables, *after)]
    for at, char in enumerate(word):
        next_tone = tones[at + 1] if at + 1 < len(tones) else ""
        if char == "不" and next_tone == "4":
            out[at] = "bu2"
        elif char == "一":
            last = (before + word[:at])[-1:]
            out[at] = _one(next_tone, last, (word + following)[at + 1 : at + 2])
        elif third_tones and tones[at] == "3" and at + 1 < len(word) and tones[at + 1] == "3":
            out[at] = out[at][:-1] + "2"
    return out


def _one(next_tone: str, last: str, following: str) -> str:
    """Return how 一 is read between two characters: "yi1" where it counts in a row of digits."""
    if not next_tone or last in _DIGITS or (following in _DIGITS and following not in "百千万亿"):
        return "yi1"
    return "yi2" if next_tone in {"4", "5"} else "yi4"
