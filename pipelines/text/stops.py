"""Where a sentence ends, told from a text that may still be growing.

Own code, because the kept libraries (pysbd, sentencex, spaCy, NLTK's punkt) want the whole text at once:
run on a growing one they change their mind about earlier boundaries, and speech cannot be taken back.
Here each decision waits until no continuation could change it.
"""

from __future__ import annotations

import re

STOPS = ".!?…。！？｡"  # noqa: RUF001
_WIDE_STOPS = "。！？｡"  # noqa: RUF001
_CLOSERS = "\"'”’)]»*_」』）】》"  # noqa: RUF001
_OPENERS = "\"'“‘([«*_「『（【《¿¡"  # noqa: RUF001
_FENCE = "```"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER_LAST = _words(
    "mr mrs ms mx dr prof st mt rev hon gen col sgt capt lt cmdr gov sen rep pres fr messrs mme mlle "
    "e.g i.e cf vs viz resp ca"
)
_BEFORE_NUMBER = _words(
    "no nos nr fig figs p pp vol vols ch chap sec sect art eq approx op ex ver v pt "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
_SOMETIMES_LAST = _words("inc ltd co corp jr sr etc al a.m p.m est dept ave blvd rd ph.d")
_STARTERS = _words(
    "The It He She We They You I This That These Those There Then But And So If In On At For However What "
    "When Where Who Why How My Your His Her Our Their Its A An No Yes Not Now Please Let Is Are Do Does Did "
    "Can Could Would Will As After Before While Although Because Here Also Some Many Most Every All Both "
    "Each One"
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]|[A-HJ-Z]")
_LIST_NUMBER = re.compile(r"[\s*_#>-]*(?:\d{1,3}|[A-Za-z])")
_LETTERS = re.compile(r"[^\W\d_]*")


def in_code(text: str, end: int) -> bool:
    """Whether `text[:end]` has a block of code that is still open."""
    return text.count(_FENCE, 0, end) % 2 == 1


def is_wide(char: str) -> bool:
    """Whether the character is of a script written without spaces (Chinese, Japanese)."""
    return "\u2e80" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef"


def step(text: str, start: int, at: int, final: bool) -> tuple[int, bool] | None:
    """Look at one character of the sentence that began at `start`.

    Args:
        text: All that is known so far.
        start: Index where the sentence began.
        at: Index to look at; those before it have been looked at.
        final: Whether nothing will follow.

    Returns:
        (index to look at next, whether the sentence ends just before it), or None where that depends
        on text that has not come yet.
    """
    if text[at] == "\n":
        return _newline(text, start, at, final)
    if text[at] in STOPS:
        return _stop(text, start, at, final)
    return at + 1, False


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a whole text; they join to `text` again, white space included."""
    out: list[str] = []
    start = at = 0
    while at < len(text):
        found = step(text, start, at, True)
        at, cut = found if found is not None else (len(text), False)
        if cut:
            out.append(text[start:at])
            start = at
    return [*out, text[start:]] if start < len(text) else out


def _skip(text: str, at: int, chars: str | None = None) -> int:
    """Return the first index from `at` whose character is not in `chars` (None: white space)."""
    while at < len(text) and (text[at].isspace() if chars is None else text[at] in chars):
        at += 1
    return at


def _in_row(text: str, at: int) -> bool:
    """Whether `at` lies in a row of a table: a line that begins with a bar."""
    return text[text.rfind("\n", 0, at) + 1 : at].lstrip().startswith("|")


def _newline(text: str, start: int, at: int, final: bool) -> tuple[int, bool] | None:
    following = _skip(text, at)
    if following == len(text) and not final:
        return None
    if in_code(text[start:at], at) or (_in_row(text, at) and text[following : following + 1] == "|"):
        return at + 1, False
    before = text[start:at].rstrip()
    one_line_end = text.count("\n", at, following) == 1
    continues = following < len(text) and text[following].islower()
    if one_line_end and continues and before and before[-1] not in STOPS + ":;：；":  # noqa: RUF001
        return following, False
    return at + 1, True


def _stop(text: str, start: int, at: int, final: bool) -> tuple[int, bool] | None:
    end = _skip(text, _skip(text, at, STOPS), _CLOSERS)
    if end == len(text) and not final:
        return None
    if in_code(text[start:at], at) or _in_row(text, at):
        return end, False
    run = text[at:end]
    if end == len(text) or any(c in _WIDE_STOPS for c in run):
        return end, True
    if not text[end].isspace():
        return end, is_wide(text[end]) and any(c in "!?" for c in run)
    following = _skip(text, end)
    word = _skip(text, following, _OPENERS)
    if word == len(text):
        return (end, True) if final else None
    if "\n" in text[end:following]:
        return end, True
    if text[word].islower():
        return end, False
    return _after_dot(text, start, at, end, word, final) if run == "." else (end, True)


def _after_dot(text: str, start: int, dot: int, end: int, word: int, final: bool) -> tuple[int, bool] | None:
    """Decide on one full stop followed by a space and something that is not in lower case."""
    sentence = text[start:dot]
    if _LIST_NUMBER.fullmatch(sentence):
        return end, False
    last = (sentence.split() or [""])[-1].lstrip(_OPENERS)
    key = last.lower()
    if key in _NEVER_LAST or (key in _BEFORE_NUMBER and text[word].isdigit()):
        return end, False
    if not _INITIALS.fullmatch(last) and key not in _SOMETIMES_LAST:
        return end, True
    match = _LETTERS.match(text, word)
    after = match.end() if match else word
    if after == len(text) and not final:
        return None
    return end, text[word:after] in _STARTERS and text[after : after + 1] != "."
