"""Names that the person has written in a conversation, to listen for in what is said aloud later."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from chatbot.turn.events import Exchange
from chatbot.turn.options import MOST_HOT_WORDS, TurnOptions
from pipelines.core.types import Stage
from pipelines.speech.hot_words import hot_words_of

MOST_NAMES = 12
"""Of a conversation, the newest: the more there are, the more there is to confuse."""
_SENTENCE = re.compile(r"[.!?:;,\n\"“”()]+")
_LETTERS = "A-Za-zÀ-ÖØ-öø-ÿ"
_CAPITAL = rf"[A-ZÀ-ÖØ-Þ][{_LETTERS}'’-]*[a-zß-öø-ÿ][{_LETTERS}'’-]*"  # noqa: RUF001
_CAPITALISED = re.compile(rf"(?<![{_LETTERS}'’]){_CAPITAL}(?:\s{_CAPITAL})*")  # noqa: RUF001
_FIRST_WORD = re.compile(rf"^\s*[{_LETTERS}'’]+")  # noqa: RUF001
_CALENDAR = frozenset([*calendar.month_name, *calendar.day_name])
_HAN = re.compile(r"[\u3400-\u9fff]")
_TAGS = ("nr", "ns", "nt", "nz")
"""rjieba's tags of people, places, organisations and other names begin so."""


def listening_for(options: TurnOptions, history: Sequence[Exchange]) -> TurnOptions:
    """Return the options with a conversation's names after the person's own list of what to listen for."""
    own = hot_words_of(options.hot_words, "zh")
    found: list[str] = []
    for name in (name for exchange in reversed(history) for name in names_in(_written(exchange))):
        if len(found) == MOST_NAMES:  # the rest of a long conversation is not searched
            break
        if name not in own and name not in found:
            found.append(name)
    while found and len(", ".join([*own, *found])) > MOST_HOT_WORDS:
        found.pop()
    return replace(options, hot_words=", ".join([*own, *found])) if found else options


def names_in(text: str) -> list[str]:
    """Return the names in a text, each once: Chinese ones by rjieba, others by their capitals.

    The first word of a sentence has a capital in any case and is left out; so are days and months.
    """
    return list(dict.fromkeys([*_chinese(text), *_capitalised(text)]))


def _written(exchange: Exchange) -> str:
    """Return what the person typed in a turn, and what they put right of what was heard."""
    context = exchange.context
    if context is None:
        return ""
    righted = any(e.kind == Stage.TRANSCRIBE and e.original is not None for e in context.evidence)
    return f"{context.text}\n{context.transcript if righted else ''}"


def _chinese(text: str) -> Iterator[str]:
    if not _HAN.search(text):
        return
    import rjieba

    tagged: list[tuple[str, str]] = rjieba.tag(text)
    for named, words in groupby(tagged, _is_name):
        name = "".join(word for word, _ in words)
        if named and len(name) > 1:
            yield name


def _is_name(tagged: tuple[str, str]) -> bool:
    word, tag = tagged
    return tag.startswith(_TAGS) and bool(_HAN.search(word))


def _capitalised(text: str) -> Iterator[str]:
    for sentence in _SENTENCE.split(text):
        for name in _CAPITALISED.findall(_FIRST_WORD.sub("", sentence)):
            words = [word for word in name.split() if word not in _CALENDAR]
            if words:
                yield " ".join(words)
