"""What was said long ago, as short notes that the model itself makes: so that a long conversation fits."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field

from chatbot.generators.protocol import Generator, Message
from chatbot.turn.events import Exchange
from chatbot.turn.options import TurnOptions
from chatbot.turn.prompt import first_messages, longest_reply, plain, user_message
from chatbot.turn.summary_prompts import NAMES, words_of
from pipelines.core.cancel import CancelToken
from pipelines.text.language import detect_language

SHARE = 0.6
"""A conversation whose prompt takes more of the room than this is summed up."""
KEPT, KEPT_SHARE = 6, 0.35
"""So many of the last turns stay as they are, where they take no more of the room than this."""
SUMMARY_TOKENS = 250
PART_TOKENS = 1200
"""Turns of about so many tokens are read at once: small models lose the thread of more."""
NOTE_TOKENS = 160
TEMPERATURE = 0.2
SAID_LETTERS, REPLY_LETTERS = 600, 240
_MARKS = re.compile(r"^\s*(?:[-*•·]|\d{1,2}[.)、])\s*")
_LINES = re.compile(r"[\n\r]+")


@dataclass(frozen=True)
class Summary:
    """`text`: what was said up to the turn of the history at index `reach`, that turn included."""

    reach: int
    text: str


@dataclass(eq=False)
class Summing:
    """Sums a conversation up.

    Attributes:
        generator: Who writes the notes.
        options: How the conversation's turns are answered.
        cancel: Ends it.
        memo: Notes of parts that were made before, for a second try; it is filled here.
    """

    generator: Generator
    options: TurnOptions
    cancel: CancelToken
    memo: MutableMapping[str, str] = field(default_factory=dict)

    def sum_up(self, history: Sequence[Exchange]) -> Summary | None:
        """Return the notes of all but the last turns; None while the conversation is short enough.

        Raises:
            Cancelled: when the token is cancelled.
            TrioError: if the model fails.
        """
        summary, first = _last_summary(history)
        reach = self._reach(history, first)
        if reach is None:
            return None
        language = main_language(history[max(first, reach - 10) :])
        notes = _lines(summary)
        for part in self._parts(history[first : reach + 1]):
            notes = self._fitting(_merged(notes, self._notes(part, language)), language)
        return Summary(reach, "\n".join(notes)) if notes else None

    def _reach(self, history: Sequence[Exchange], first: int) -> int | None:
        """Return the last turn that the notes shall tell of; None where none is due."""
        room = self.generator.context_tokens - longest_reply(self.options, self.generator)
        if self._tokens(history) <= SHARE * room:
            return None
        last = len(history) - 1
        while last > first and len(history) - last < KEPT:
            if self._tokens(history[last - 1 :]) > KEPT_SHARE * room:
                break
            last -= 1
        return last - 1 if last > first else None

    def _tokens(self, history: Sequence[Exchange]) -> int:
        return self.generator.count_tokens(first_messages(history, self.generator, self.options))

    def _parts(self, history: Sequence[Exchange]) -> Iterator[list[str]]:
        """Yield what was said, in parts that the model reads at once."""
        part: list[str] = []
        most = min(PART_TOKENS, self.generator.context_tokens // 2)
        for exchange in history:
            said = _said(exchange)
            if part and self.generator.count_tokens([_asked("\n".join([*part, said]))]) > most:
                yield part
                part = []
            part.append(said)
        yield part

    def _notes(self, part: Sequence[str], language: str) -> list[str]:
        words = words_of(language)
        request = words.extract.format(said="\n".join(part), language=NAMES.get(language, language))
        return _lines(self._written(request, words.system, NOTE_TOKENS))

    def _fitting(self, notes: list[str], language: str) -> list[str]:
        """Return notes that are short enough: in other words, else without some in the middle."""
        if self._fits(notes):
            return notes
        words = words_of(language)
        request = words.shorten.format(notes="\n".join(notes), language=NAMES.get(language, language))
        shorter = _lines(self._written(request, words.system, SUMMARY_TOKENS))
        notes = shorter if len("".join(shorter)) * 3 >= len("".join(notes)) else notes
        while len(notes) > 1 and not self._fits(notes):
            del notes[len(notes) // 2]
        return notes

    def _fits(self, notes: Sequence[str]) -> bool:
        return self.generator.count_tokens([_asked("\n".join(notes))]) <= SUMMARY_TOKENS

    def _written(self, request: str, system: str, most: int) -> str:
        key = hashlib.sha256(f"{self.generator.model}\n{request}".encode("utf-8", "replace")).hexdigest()
        if (known := self.memo.get(key)) is not None:
            return known
        messages: list[Message] = [{"role": "system", "content": system}, _asked(request)]
        pieces = self.generator.stream(messages, temperature=TEMPERATURE, max_tokens=most, cancel=self.cancel)
        text = "".join(pieces)
        self.cancel.raise_if_cancelled()
        self.memo[key] = text
        return text


def _last_summary(history: Sequence[Exchange]) -> tuple[str, int]:
    """Return the newest summary and the index of the first turn that it does not tell of."""
    for at in range(len(history) - 1, -1, -1):
        if summary := history[at].summary:
            return summary, at + 1
    return "", 0


def _said(exchange: Exchange) -> str:
    words = user_message(exchange.context) if exchange.context is not None else exchange.user
    return f"Person: {_short(words, SAID_LETTERS)}\nTrio: {_short(exchange.reply, REPLY_LETTERS)}"


def _short(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[:most].rstrip()}…"


def _asked(text: str) -> Message:
    return {"role": "user", "content": plain(text)}


def main_language(history: Sequence[Exchange]) -> str:
    """Return the language that the person has used most of late."""
    codes = [
        exchange.context.language if exchange.context is not None else detect_language(exchange.user)
        for exchange in history
    ]
    return max(reversed(codes), key=codes.count, default="en")


def _lines(text: str) -> list[str]:
    """Return notes without bullets, headings and repetitions."""
    found: dict[str, str] = {}
    for line in _LINES.split(text):
        note = _MARKS.sub("", line).strip().strip("*# ")
        if note and not note.endswith((":", "：")):  # noqa: RUF001
            found.setdefault(note.casefold().rstrip(".。"), note)
    return list(found.values())


def _merged(old: Sequence[str], new: Sequence[str]) -> list[str]:
    return _lines("\n".join([*old, *new]))
