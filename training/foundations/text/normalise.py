"""Made data for sequence-to-sequence models: dates and numbers as people write them, and their plain form.

With slashes the month stands first, with dots the day, and years are from 1900 to 2099.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)
UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"}
_ORDINALS |= {"nine": "ninth", "twelve": "twelfth"}
HELD_OUT_FORMS = 2
"""The last of `DATE_FORMS` and of `NUMBER_FORMS` that training never sees."""


@dataclass(frozen=True)
class Pair:
    """What was written and its plain form, for example "3rd of May, 2021" and "2021-05-03"."""

    source: str
    target: str


def spoken(number: int, joiner: str = "") -> str:
    """Return 0 to 999,999 in English words; `joiner`: after "hundred", "and" or nothing."""
    if number < 20:
        return UNITS[number]
    if number < 100:
        return " ".join([TENS[number // 10], *([UNITS[number % 10]] if number % 10 else [])])
    if number < 1000:
        rest = [joiner, spoken(number % 100)] if number % 100 else []
        return " ".join(word for word in (UNITS[number // 100], "hundred", *rest) if word)
    rest = [spoken(number % 1000, joiner)] if number % 1000 else []
    return " ".join([spoken(number // 1000, joiner), "thousand", *rest])


def ordinal(day: int) -> str:
    """Return "1st", "2nd", "3rd", "4th"."""
    teen = 10 < day % 100 < 14
    return f"{day}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def spoken_ordinal(day: int) -> str:
    """Return "first", "twenty second", "thirtieth"."""
    *before, last = spoken(day).split()
    last = _ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return " ".join([*before, last])


def spoken_year(year: int) -> str:
    """Return "nineteen eighty four", "nineteen oh five", "two thousand and seven", "twenty twenty one"."""
    century, rest = divmod(year, 100)
    if 2000 <= year < 2010:
        return f"two thousand and {spoken(rest)}" if rest else "two thousand"
    if not rest:
        return f"{spoken(century)} hundred"
    return f"{spoken(century)} {'oh ' if rest < 10 else ''}{spoken(rest)}"


DATE_FORMS: tuple[Callable[[date], str], ...] = (
    lambda d: f"{d:%B} {d.day}, {d.year}",
    lambda d: f"{d.day} {d:%B} {d.year}",
    lambda d: f"the {ordinal(d.day)} of {d:%B} {d.year}",
    lambda d: f"{d:%B} {ordinal(d.day)}, {d.year}",
    lambda d: f"{d:%b} {d.day} {d.year}",
    lambda d: f"{d.day} {d:%b} {d.year}",
    lambda d: f"{d:%A}, {d:%B} {d.day}, {d.year}",
    lambda d: f"on {d:%a} the {ordinal(d.day)} of {d:%b}, {d.year}",
    lambda d: f"{d.month}/{d.day}/{d.year}",
    lambda d: f"{d.day}.{d.month}.{d.year}",
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"the {spoken_ordinal(d.day)} of {d:%B} {spoken_year(d.year)}",
    lambda d: f"{d:%B} {spoken_ordinal(d.day)}, {spoken_year(d.year)}",
    lambda d: f"{d:%B} the {spoken_ordinal(d.day)}, {d.year}",
    lambda d: f"{d:%A} {d.day} {d:%B}, {d.year}",
    lambda d: f"the {ordinal(d.day)} of {d:%B} {spoken_year(d.year)}",
)
NUMBER_FORMS: tuple[Callable[[int], str], ...] = (
    lambda n: spoken(n),
    lambda n: spoken(n, "and"),
    lambda n: f"{n:,}",
    lambda n: f"the number {spoken(n)}",
    lambda n: f"exactly {spoken(n, 'and')}",
    lambda n: f"exactly {spoken(n)}",
    lambda n: f"the number {spoken(n, 'and')}",
)

_FORMS: Mapping[str, tuple[Callable[..., str], ...]] = {"dates": DATE_FORMS, "numbers": NUMBER_FORMS}


def pairs_of(task: str, count: int, random: Random, part: str) -> list[Pair]:
    """Return drawn pairs of the task "dates" or "numbers".

    Args:
        task: Which.
        count: How many.
        random: Draws values and forms.
        part: "train"; "held-out": values that training never draws, in its forms; "forms": such values in
            forms that training never sees.
    """
    forms = _FORMS[task]
    kept = forms[-HELD_OUT_FORMS:] if part == "forms" else forms[:-HELD_OUT_FORMS]
    out: list[Pair] = []
    while len(out) < count:
        value = _number(random) if task == "numbers" else random.randrange((LAST - FIRST).days + 1)
        if is_held_out(value) == (part != "train"):
            out.append(_pair(task, value, random.choice(kept)))
    return out


def is_held_out(value: int) -> bool:
    """Whether a number, or a day counted from `FIRST`, is kept from training: every fifth, scattered.

    Never 0, whose word no other number has.
    """
    return value > 0 and (value * 2_654_435_761 % 2**32) % 5 == 0


def _number(random: Random) -> int:
    """Return a number with one to six digits, each count as likely."""
    return random.randrange(10 ** random.randint(1, 6))


def _pair(task: str, value: int, form: Callable[..., str]) -> Pair:
    if task == "numbers":
        return Pair(form(value), str(value))
    day = FIRST + timedelta(days=value)
    return Pair(form(day), day.isoformat())
