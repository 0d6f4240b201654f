"""The rules that decide whether a reply to a question is right; each names itself where it is broken.

A row's `check` holds any of these:

- `any`: one of them is in the reply; `all`: every one is ("a|b": either); `none`: not one is. A pattern is a
  regular expression after "re:"; else words, in Latin letters on word edges, in Chinese anywhere. Capitals do
  not matter. An accepted word that the reply denies ("not Sydney", "不是悉尼") does not count.
- `number`: the number is in the reply, in digits or words. `result`: it is the first or the last of the numbers
  that the question did not give, so that a way of reckoning may stand before or after it.
- `json`: the reply is this object, alone or in a code block.
- `words`, `sentences`, `items`: exactly so many; `max_words`, `min_words`, `max_sentences`; `marked`: the items
  are bullets or numbered, `lines`: each has a line.
- `starts`: the reply begins with one of them.
- `language`: that of the reply where it is not the question's; "any" where it does not matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.mind import words

TOLERANCE = 1e-6
_DENIED = re.compile(
    r"(?:\bnot|n't|\bno longer|\brather than|\binstead of|\bneither|\bnor)(?:\s+(?:really|actually|the|a|an|in|called|by|just))*"
    r"\s*[\"'(]*$|(?:不是|并非|而非|不叫|并不是|不在)[\"'《(]*$",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^```\w*\s*\n?(.*?)\n?```$", re.DOTALL)
Rule = Callable[[str, Any, str], bool]


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a row's pattern as a regular expression over a text made plain."""
    if pattern.startswith("re:"):
        return re.compile(pattern[3:].replace("，", ","), re.IGNORECASE)
    one = "|".join(re.escape(words.plain(part)) for part in pattern.split("|"))
    edges = words.han(pattern) == 0
    return re.compile(rf"(?<![A-Za-z0-9])(?:{one})(?![A-Za-z0-9])" if edges else one, re.IGNORECASE)


def holds(pattern: str, reply: str, *, denied: bool = True) -> bool:
    """Whether a reply has a pattern; with `denied` False, in a place where it is not denied."""
    text = words.plain(reply)
    return any(denied or not _DENIED.search(text[: m.start()]) for m in compiled(pattern).finditer(text))


def broken(check: Mapping[str, Any], reply: str, language: str, ask: str) -> list[str]:
    """Return the names of the rules that a reply breaks; none: it is right."""
    if not reply.strip():
        return ["empty"]
    wanted = check.get("language", language)
    found = [] if wanted == "any" or words.is_in(wanted, reply) else ["language"]
    return found + [
        name for name, rule in RULES.items() if name in check and not rule(reply, check[name], ask)
    ]


def result_is(reply: str, wanted: float, ask: str) -> bool:
    """Whether the first or last number that the question did not give is the wanted one."""
    given = {*words.numbers(ask)} - {wanted}
    noise = {0.0, 1.0} - {wanted}
    new = [n for n in words.numbers(reply) if n not in given | noise]
    return bool(new) and any(abs(n - wanted) < TOLERANCE for n in (new[0], new[-1]))


def is_json(reply: str, wanted: Mapping[str, Any]) -> bool:
    """Whether a reply is an object with these values, alone or in one code block."""
    text = reply.strip()
    fenced = _FENCE.match(text)
    try:
        found = json.loads(fenced[1] if fenced else text)
    except json.JSONDecodeError:
        return False
    if not isinstance(found, dict) or set(found) != set(wanted):
        return False
    return all(str(found[key]).lower() == str(value).lower() for key, value in wanted.items())


def starts_with(reply: str, wanted: Sequence[str]) -> bool:
    """Whether a reply begins with one of these; of two that begin alike ("是", "是不是") the next sign decides."""
    text = re.sub(r"^\W+", "", words.plain(reply))
    return any((m := compiled(w).match(text)) and not re.match(r"不", text[m.end() :]) for w in wanted)


RULES: Mapping[str, Rule] = {
    "any": lambda reply, wanted, _: any(holds(p, reply, denied=False) for p in wanted),
    "all": lambda reply, wanted, _: all(holds(p, reply, denied=False) for p in wanted),
    "none": lambda reply, wanted, _: not any(holds(p, reply) for p in wanted),
    "number": lambda reply, wanted, _: any(abs(n - wanted) < TOLERANCE for n in words.numbers(reply)),
    "result": result_is,
    "json": lambda reply, wanted, _: is_json(reply, wanted),
    "words": lambda reply, wanted, _: words.words(words.plain(reply)) == wanted,
    "max_words": lambda reply, wanted, _: words.words(words.plain(reply)) <= wanted,
    "min_words": lambda reply, wanted, _: words.words(words.plain(reply)) >= wanted,
    "sentences": lambda reply, wanted, _: len(words.sentences(reply)) == wanted,
    "max_sentences": lambda reply, wanted, _: len(words.sentences(reply)) <= wanted,
    "items": lambda reply, wanted, _: words.items(reply) == wanted,
    "marked": lambda reply, wanted, _: (words.marked_items(reply) > 1) is wanted,
    "lines": lambda reply, wanted, _: (len(reply.strip().splitlines()) > 1) is wanted,
    "starts": lambda reply, wanted, _: starts_with(reply, wanted),
}
