"""The links of a chained Ogg file: FFmpeg gives up where one has another rate or other channels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

_PAGE = b"OggS"
_HEADER = 27
_SEGMENTS = 26
_FIRST_OF_STREAM = 2
MOST_LINKS = 1000


def links(data: bytes) -> list[bytes]:
    """Return the links of an Ogg file, each a whole file; one for any other file.

    A link begins with the first pages of its streams. What follows `MOST_LINKS` links stays with the last.
    """
    if not data.startswith(_PAGE):
        return [data]
    starts, beginning = [0], True
    for at, first in _pages(data):
        if first and not beginning:
            starts.append(at)
        beginning = first
    starts = [*starts[:MOST_LINKS], len(data)]
    return [data[start:end] for start, end in pairwise(starts)]


def _pages(data: bytes) -> Iterator[tuple[int, bool]]:
    """Yield where each page begins and whether it is the first of a stream; damage is passed over."""
    at = 0
    while at >= 0 and at + _HEADER <= len(data):
        if data[at : at + 4] != _PAGE:
            at = data.find(_PAGE, at)
            continue
        yield at, bool(data[at + 5] & _FIRST_OF_STREAM)
        count = data[at + _SEGMENTS]
        at += _HEADER + count + sum(data[at + _HEADER : at + _HEADER + count])
