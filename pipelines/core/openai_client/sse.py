"""Server-sent events, parsed as they come (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator


def event_data(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield the data of each event; one that the stream's end cuts off is dropped, as the standard says."""
    data: list[str] = []
    for line in _lines(chunks):
        if not line:
            if data:
                yield "\n".join(data)
            data = []
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield whole lines, ended by CR, LF or CRLF wherever chunks break."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    rest = ""
    for chunk in chunks:
        rest += decoder.decode(chunk)
        held = "\r" if rest.endswith("\r") else ""
        whole = rest.removesuffix(held).replace("\r\n", "\n").replace("\r", "\n")
        *lines, rest = whole.split("\n")
        rest += held
        yield from lines
    if rest.endswith("\r"):
        yield rest.removesuffix("\r")
