"""Figures and symbols of an English sentence to words, where hibari's own normaliser misreads them.

hibari reads quantities, money, percentages, dates, times, units and ordinals; it drops minus signs,
comparisons and leading zeros, and reads telephone numbers as quantities.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_MINUS = "[-−–]"
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_FILES = (
    "py|js|ts|txt|md|pdf|csv|json|html|css|xml|toml|yaml|yml|ini|cfg|log|zip|tar|gz|exe|jpg|jpeg|png|gif|svg"
    "|mp3|mp4|wav|flac|doc|docx|xls|xlsx|ppt|pptx|sh|c|h|cpp|rs|go|java|rb|sql|ipynb|bat|dll"
)
_SITES = "com|org|net|edu|gov|io|ai|dev|app|info|cn|uk|de|fr|jp|eu|co"
SYMBOLS = {
    "<=": " is at most ",
    ">=": " is at least ",
    "!=": " is not equal to ",
    "==": " equals ",
    "≤": " is less than or equal to ",
    "≥": " is greater than or equal to ",
    "≠": " is not equal to ",
    "≈": " is about ",
    "→": " to ",
    "√": " the square root of ",
    "∞": " infinity ",
    "∑": " the sum of ",
    "µ": " micro ",
    "‰": " per thousand ",
    "...": "... ",
}
_B, _E = r"(?<![\w.,:/-])", r"(?![\w-]|[.,:/]\d)"


def by_digit(digits: str) -> str:
    """Return the digits as words, one by one, with a pause between groups of them."""
    groups = re.findall(r"\d+", digits)
    return ", ".join(" ".join(_DIGITS[int(d)] for d in group) for group in groups)


def _phone(match: re.Match[str]) -> str:
    return ("plus " if match.group().startswith("+") else "") + by_digit(match.group())


def _dotted(match: re.Match[str]) -> str:
    parts = match.group().lstrip("vV").split(".")
    said = (p if len(p) < 3 and not re.match(r"0\d", p) else by_digit(p) for p in parts)
    return ("version " if match.group()[0] in "vV" else "") + " dot ".join(said)


def _mail(match: re.Match[str]) -> str:
    return f"{_spelled(match.group(1))} at {_spelled(match.group(2))}"


def _file(match: re.Match[str]) -> str:
    return f"{_spelled(match.group(1))} dot {' '.join(match.group(2).upper())}"


def _spelled(name: str) -> str:
    """Return a name of parts, such as `my_file-2.new`, as words."""
    return re.sub(r"\s+", " ", name.replace(".", " dot ").replace("_", " ").replace("-", " ")).strip()


def _range(match: re.Match[str]) -> str:
    first, second = match.groups()
    rising = float(first.replace(",", "")) < float(second.replace(",", ""))
    return f"{first} {'to' if rising else 'minus'} {second}"


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)\b"), _mail),
    (re.compile(rf"(?<![\w./])([\w./-]*\w)\.({_FILES})\b(?!\.\w)"), _file),
    (re.compile(rf"\b([\w-]+(?:\.[\w-]+)*)\.({_SITES})\b"), lambda m: f"{_spelled(m[1])} dot {m[2]}"),
    (re.compile(r"\bC#"), lambda m: "C sharp"),
    (re.compile(r"\bF#"), lambda m: "F sharp"),
    (re.compile(rf"{_B}[vV]?\d+(?:\.\d+){{2,}}{_E}"), _dotted),
    (re.compile(rf"\+\d{{1,3}}(?:[ -]?\(?\d{{2,5}}\)?){{1,5}}{_E}"), _phone),
    (re.compile(rf"(?<!\w)\(\d{{3}}\) ?\d{{3}}[ -]\d{{4}}{_E}"), _phone),
    (re.compile(rf"{_B}\d{{3}}[ -]\d{{3}}[ -]\d{{4}}{_E}"), _phone),
    (re.compile(rf"{_B}0\d{{2,4}}(?: \d{{3,4}}){{1,2}}{_E}"), _phone),
    (re.compile(rf"{_B}\d{{3}}-\d{{4}}{_E}"), _phone),
    (re.compile(rf"{_B}0\d+{_E}"), lambda m: by_digit(m[0])),
    (re.compile(rf"{_B}\d{{11,}}{_E}"), lambda m: by_digit(m[0])),
    (re.compile(rf"(?<=[\d)])\s{_MINUS}\s(?=[\d(])|−(?=\s)"), lambda m: " minus "),
    (re.compile(rf"{_B}({_NUMBER})-({_NUMBER})(?=\s*=)"), lambda m: f"{m[1]} minus {m[2]}"),
    (re.compile(rf"{_B}({_NUMBER})[–-]({_NUMBER}){_E}"), _range),
    (re.compile(rf"(?<![\w)-]){_MINUS}\s?(?=[$€£]?\d|∞)"), lambda m: "minus "),
    (re.compile(r"(?<=[\w)])\s{1,2}[*×]\s{1,2}(?=[\w(])"), lambda m: " times "),
    (re.compile(r"\bPI\b(?=\s*(?:=|\*))|π"), lambda m: " pi "),
)
_SYMBOL = re.compile("|".join(re.escape(sign) for sign in sorted(SYMBOLS, key=len, reverse=True)))


def spoken_english(text: str) -> str:
    """Return the sentence with what hibari cannot read in words; what it reads by itself stays."""
    for pattern, read in _RULES:
        text = pattern.sub(read, text)
    text = _SYMBOL.sub(lambda match: SYMBOLS[match.group()], text)
    return re.sub(r"(?<=\S) {2,}", " ", text)
