"""JPEG files that lack their end: whether so little is missing that a person sees the whole picture.

A decoder fills what is missing. It is found by decoding twice, with different bits in place of the missing
ones: where the results are the same, the file's own bits decided.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

START = b"\xff\xd8"
END = b"\xff\xd9"
MOST_MISSING = 0.1
"""Share of the rows that may be missing."""
_FILLING = bytes.fromhex("5a93") * 4096
_SCAN = 0xDA
_PROGRESSIVE = 0xC2
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LONE = frozenset({0x01, *range(0xD0, 0xDA)})


def mended(data: bytes) -> bytes | None:
    """Return a cut-off JPEG with an end marker; None where too much is missing, or for other files."""
    if not data.startswith(START) or not _begun(data):
        return None
    data = data.rstrip(b"\xff") if data.endswith(b"\xff") else data
    whole = data + END
    try:
        one, other = _rows(whole), _rows(data + _FILLING + END)
    except (OSError, ValueError, SyntaxError):
        return None
    differing = np.flatnonzero((one != other).reshape(len(one), -1).any(axis=1))
    missing = 1 - int(differing[0]) / len(one) if len(differing) else 0.0
    return whole if missing <= MOST_MISSING else None


def _rows(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    from PIL import Image as pil

    with pil.open(io.BytesIO(data), formats=("JPEG",)) as picture:
        return np.asarray(picture)


def _begun(data: bytes) -> bool:
    """Whether every scan has begun; a progressive picture has many, each over the whole of it."""
    progressive, components, exact = False, 0, set[tuple[int, bool]]()
    for marker, segment in _segments(data):
        if marker in _FRAMES and len(segment) > 5:
            progressive, components = marker == _PROGRESSIVE, segment[5]
        if marker == _SCAN and len(segment) >= 4 + 2 * segment[0]:
            if not progressive:
                return True
            first, bits = segment[1 + 2 * segment[0]], segment[3 + 2 * segment[0]] & 15
            if bits == 0:
                exact |= {(segment[1 + 2 * at], first == 0) for at in range(segment[0])}
    return progressive and len(exact) >= 2 * components


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the markers that have a length with what stands in them; coded pixels are passed over."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker in (0x00, 0xFF) or marker in _LONE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length
