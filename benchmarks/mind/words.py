"""Texts in English and Chinese as the rules of the benchmark count them: letters, sentences, words, numbers."""

from __future__ import annotations

import re
import unicodedata

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)?")
_LATIN_WORDS_IN_CHINESE = 2
_SHORT = re.compile(r"\b(Mr|Mrs|Ms|Dr|St|Prof|vs|etc|e\.g|i\.e|a\.m|p\.m|U\.S|U\.K|No)\.", re.IGNORECASE)
_STOPS = re.compile(
    r"[.!?…]+[\"')\]*”’]*(?=\s|$)|[。！？；…]+[”’」）]*|\n+|!(?=[\u3400-\u9fff])|\?(?=[\u3400-\u9fff])"
)
_MARK = re.compile(r"^\s*(?:[-*•·]|\d+[.)、．:：]|[（(]\d+[)）]|[一二三四五六七八九十]+、)\s*\S")
_UNITS = {w: n for n, w in enumerate(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"])}  # fmt: skip
_TENS = {
    w: n
    for n, w in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_WORD = "|".join([*_UNITS, *_TENS, *_SCALES])
_ENGLISH = rf"\b(?:{_WORD})(?:(?:[\s-]+(?:and\s+)?)(?:{_WORD}))*\b"
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10_000, "亿": 100_000_000}
_CHINESE = r"[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?"
_ARABIC = r"(?<![A-Za-z\d.])(?:-(?=\d))?\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|(?:(?<![A-Za-z\d)])-)?(?:\d+(?:\.\d+)?|(?<![\w.])\.\d+)"
_NUMBER = re.compile(
    rf"(?P<a>{_ARABIC})(?P<big>\s?[万亿])?|(?P<e>{_ENGLISH})|(?P<c>{_CHINESE})", re.IGNORECASE
)


def plain(text: str) -> str:
    """Return a text with half-width signs, straight quotation marks and no marks of Markdown."""
    text = unicodedata.normalize("NFKC", text.replace("…", "..."))
    text = text.translate(str.maketrans("’‘“”", "''\"\""))
    return re.sub(r"\*\*|__|\\[()\[\]]", "", text)


def han(text: str) -> int:
    """Return the count of Chinese characters."""
    return len(_HAN.findall(text))


def latin_words(text: str) -> int:
    """Return the count of words in Latin letters."""
    return len(_LATIN.findall(text))


def is_in(language: str, text: str) -> bool:
    """Whether a text is in a language, "en" or "zh"; names, formulas and single foreign words are let pass."""
    chinese, latin = han(text), latin_words(text)
    if language == "zh":
        return chinese >= latin if chinese else latin <= _LATIN_WORDS_IN_CHINESE
    return latin >= chinese


def sentences(text: str) -> list[str]:
    """Return the sentences; every line of a list is one, a bare number or mark before one is none."""
    whole = re.sub(r"(?m)^\s*(\d+)\.\s", r"\1) ", _SHORT.sub(lambda m: m[0].replace(".", "\u2024"), text))
    ends, start = [], 0
    for stop in _STOPS.finditer(whole):
        ends.append(whole[start : stop.end()])
        start = stop.end()
    ends.append(whole[start:])
    return [s.replace("\u2024", ".").strip() for s in ends if re.search(r"\w", s)]


def words(text: str) -> int:
    """Return the words: Chinese characters in a Chinese text, else what stands between spaces."""
    if han(text):
        return han(text) + latin_words(text) + len(re.findall(r"\d+", text))
    return len([w for w in text.replace("\u2014", " ").split() if re.search(r"\w", w)])


def marked_items(text: str) -> int:
    """Return how many lines begin with a bullet or a number."""
    return sum(bool(_MARK.match(line)) for line in text.splitlines())


def items(text: str) -> int:
    """Return how many things a list has: marked lines, else lines, else parts between commas."""
    if marked := marked_items(text):
        return marked
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and lines[0].rstrip().endswith((":", "：")):
        lines = lines[1:]
    if len(lines) > 1:
        return len(lines)
    parts = re.split(
        r",\s*(?:and\s+|or\s+)?|\s+and\s+|[、，和]", " ".join(lines).split(":")[-1].strip(" .。")
    )
    return len([part for part in parts if part.strip()])


def numbers(text: str) -> list[float]:
    """Return the numbers in their order, also those in words: 56, fifty-six and 五十六 are one number."""
    found = []
    for match in _NUMBER.finditer(plain(text)):
        if match["a"]:
            big = _BIG[match["big"].strip()] if match["big"] else 1
            found.append(round(float(match["a"].replace(",", "")) * big, 6))
        else:
            found.append(_english(match["e"]) if match["e"] else _chinese(match["c"]))
    return found


def _english(text: str) -> float:
    total = current = 0
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _UNITS:
            current += _UNITS[word]
        elif word in _TENS:
            current += _TENS[word] * 10
        elif word == "hundred":
            current = max(1, current) * 100
        elif word in _SCALES:
            total, current = total + max(1, current) * _SCALES[word], 0
    return float(total + current)


def _chinese(text: str) -> float:
    whole, _, part = text.partition("点")
    if not set(whole) & (set(_POWERS) | set(_BIG)):
        value = float("".join(str(_DIGITS[c]) for c in whole))
    else:
        value = float(_chinese_whole(whole))
    return value + (float("0." + "".join(str(_DIGITS[c]) for c in part)) if part else 0.0)


def _chinese_whole(text: str) -> int:
    total = section = digit = 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _POWERS:
            section, digit = section + (digit or 1) * _POWERS[c], 0
        else:
            total, section, digit = (total + max(1, section + digit)) * _BIG[c], 0, 0
    return total + section + digit
