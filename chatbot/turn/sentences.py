"""A stream of tokens to sentences for the voice, each as soon as it is certain."""

from __future__ import annotations

import re

from pipelines.text.columns import columns
from pipelines.text.stops import in_code, is_wide, step

LIMIT = 200
CODE_LIMIT = 4000
EAGER_WORDS, LONG_WORDS = 4, 8
"""Words before a comma, and before an "and", that are enough to be said alone while the rest is written."""
_CLAUSE_MARKS = ",;:—–，、；："  # noqa: RUF001
_CLAUSE = re.compile(rf"[{_CLAUSE_MARKS}](?=\s)|[，、；：]")  # noqa: RUF001
_SPACE = re.compile(r"\s")
_JOINS = ("and", "but", "because", "while", "which")
_WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]|[^\W_\u2e80-\u9fff\uac00-\ud7af]+")


class SentenceSplitter:
    """Cuts a growing text into sentences.

    The sentences depend on the text alone, never on how it came in pieces, and nothing but white space
    between them is lost. A stop counts once the next word shows that it is not an abbreviation, an
    initial, a decimal or a list's number. A block of code stays whole.

    Args:
        eager_first: Cut the first sentence at a clause mark after `EAGER_WORDS`, or before an "and" or
            its like after `LONG_WORDS`, so that speech starts sooner.
        limit: Columns (a Chinese character takes two) after which a sentence without a stop is cut, at
            its last clause mark or else its last space.
    """

    def __init__(self, *, eager_first: bool = False, limit: int = LIMIT) -> None:
        self._eager_first, self._limit = eager_first, limit
        self._reset()

    def _reset(self) -> None:
        self._text = ""
        self._scan = self._columns = 0
        self._first = True

    def feed(self, text: str) -> list[str]:
        """Take the next piece of text; return the sentences that are finished now."""
        self._text += text
        return self._advance(final=False)

    def flush(self) -> list[str]:
        """Return what is left at the text's end, and be ready for another text."""
        out = self._advance(final=True)
        if rest := self._text.strip():
            out.append(rest)
        self._reset()
        return out

    def _advance(self, *, final: bool) -> list[str]:
        out: list[str] = []
        while self._scan < len(self._text):
            found = self._step(final)
            if found is None:
                break
            end, cut = found
            self._columns += columns(self._text[self._scan : end])
            self._scan = end
            if not cut and self._columns > self._limit:
                end, cut = self._cut_of_long()
            if cut:
                out += self._take(end)
        return out

    def _step(self, final: bool) -> tuple[int, bool] | None:
        at, text = self._scan, self._text
        eager = self._eager_first and self._first
        if eager and text[at].isspace():
            joined = _is_joined(text, at + 1, final)
            if joined is None:
                return None
            if joined and _words(text[:at]) >= LONG_WORDS and not in_code(text, at):
                return at + 1, True
        if not (eager and text[at] in _CLAUSE_MARKS):
            return step(text, 0, at, final)
        if at + 1 == len(text):
            return (at + 1, False) if final else None
        pause = is_wide(text[at]) or text[at + 1].isspace()
        return at + 1, pause and _words(text[:at]) >= EAGER_WORDS and not in_code(text, at)

    def _cut_of_long(self) -> tuple[int, bool]:
        """Return where to cut a sentence that is too long, and whether there is such a place yet."""
        if in_code(self._text, self._scan):
            return self._scan, self._columns > CODE_LIMIT
        head = self._text[: self._scan]
        for pattern, least in ((_CLAUSE, len(head) // 3), (_SPACE, 0)):
            cuts = [m.end() for m in pattern.finditer(head)]
            if cuts and cuts[-1] > least and head[: cuts[-1]].strip():
                return cuts[-1], True
        return self._scan, self._columns > 2 * self._limit

    def _take(self, end: int) -> list[str]:
        sentence, self._text = self._text[:end].strip(), self._text[end:]
        self._scan = self._columns = 0
        if sentence:
            self._first = False
        return [sentence] if sentence else []


def _is_joined(text: str, at: int, final: bool) -> bool | None:
    """Whether a word that goes on with a sentence stands at `at`; None where more text must tell."""
    for join in _JOINS:
        if text.startswith(join, at) and len(text) > at + len(join):
            return text[at + len(join)].isspace()
    rest = text[at:]
    open_end = not final and any(join.startswith(rest) for join in _JOINS)
    return None if open_end else False


def _words(text: str) -> int:
    return len(_WORD.findall(text))
