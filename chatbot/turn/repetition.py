"""Where a reply ends because its model says the same again and again, as small models do until their limit.

Only an exact repetition counts, and only one longer than a person asks for: "write it ten times" is written.
What is ended can be continued, as a reply that reached its length limit.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from chatbot.turn.stop_sequences import close

LEAST_BYTES = 300
"""Of the repetitions together, in UTF-8: laughter, rows of dots and table rules are shorter."""
LONG_UNIT_BYTES = 60
"""A unit of that many bytes is a sentence."""
REPEATS = 12
"""So many times in a row ends a reply."""
LONG_REPEATS = 4
"""So many times for a unit as long as a sentence."""
REPEATING = object()
"""Stands for the end of a reply that repeated itself."""
_ANCHOR = 12
_CANDIDATES = 8
_WINDOW = 4000


def until_repetition(pieces: Iterator[str]) -> Generator[str, None, object]:
    """Yield the text until it repeats itself.

    Returns:
        What the generator `pieces` returns; `REPEATING` once a repetition ended it.
    """
    text = ""
    while True:
        try:
            piece = next(pieces)
        except StopIteration as ended:
            value: object = ended.value
            return value
        yield piece
        text = (text + piece)[-_WINDOW:]
        if repeats_itself(text):
            close(pieces)
            return REPEATING


def repeats_itself(text: str) -> bool:
    """Whether `text` ends in the same unit so many times that it is no wish but a loop."""
    if len(text.encode()) < LEAST_BYTES:
        return False
    anchor, at = text[-_ANCHOR:], len(text) - _ANCHOR
    for _ in range(_CANDIDATES):
        at = text.rfind(anchor, 0, at + _ANCHOR - 1)
        if at < 0:
            return False
        period = len(text) - _ANCHOR - at
        unit = text[-period:]
        if text.endswith(unit * 2):
            size = len(unit.encode())
            least = LONG_REPEATS if size >= LONG_UNIT_BYTES else REPEATS
            return text.endswith(unit * max(least, -(-LEAST_BYTES // size)))
    return False
