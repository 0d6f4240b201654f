"""Where a reply's text ends before its model does: at texts that the caller names."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence


def until_stop(pieces: Iterator[str], stops: Sequence[str]) -> Generator[str, None, object]:
    """Yield the text up to the first of `stops`; what may be the beginning of one is held back.

    Returns:
        What the generator `pieces` returns; None once a stop was found.
    """
    held = ""
    while True:
        try:
            held += next(pieces)
        except StopIteration as ended:
            if held:
                yield held
            value: object = ended.value
            return value
        found = [at for stop in stops if (at := held.find(stop)) >= 0]
        if found:
            if text := held[: min(found)]:
                yield text
            close(pieces)
            return None
        keep = max((_overlap(held, stop) for stop in stops), default=0)
        text, held = held[: len(held) - keep], held[len(held) - keep :]
        if text:
            yield text


def _overlap(text: str, stop: str) -> int:
    """Return how many characters at the end of `text` are the beginning of `stop`."""
    most = min(len(text), len(stop) - 1)
    return next((n for n in range(most, 0, -1) if text.endswith(stop[:n])), 0)


def close(pieces: Iterator[str]) -> None:
    """End a generator that nobody reads on."""
    if isinstance(pieces, Generator):
        pieces.close()
