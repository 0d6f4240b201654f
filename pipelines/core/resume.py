"""Large downloads over HTTP that go on where an earlier try, also of another process, stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

Progress = Callable[[str, int, int], None]
"""Called with (what, bytes done, bytes in all)."""

ATTEMPTS = 5
PAUSE_SECONDS = 1.0
_TIMEOUT_SECONDS = 30.0


def no_progress(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def fetch(
    url: str, part: Path, what: str, progress: Progress, headers: Mapping[str, str] | None = None
) -> None:
    """Fill the file `part` with the bytes of `url` that it does not have yet.

    Args:
        url: Where they are; redirects are followed, without the authorisation on another host.
        part: What an earlier try left, or a new file.
        what: Name for `progress`.
        progress: Told after every piece.
        headers: Of the request.

    Raises:
        httpx.HTTPError: for an answer that is an error, or a connection that broke in every attempt.
        OSError: if the disk is full.
    """
    import httpx

    part.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _go_on(url, part, what, progress, headers or {})
            return
        except httpx.TransportError:
            if attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE_SECONDS)


def _go_on(url: str, part: Path, what: str, progress: Progress, headers: Mapping[str, str]) -> None:
    import httpx

    done = part.stat().st_size if part.exists() else 0
    wanted = {**headers, "Range": f"bytes={done}-", "Accept-Encoding": "identity"}
    with (
        httpx.stream("GET", url, headers=wanted, follow_redirects=True, timeout=_TIMEOUT_SECONDS) as answer,
        part.open("ab") as file,
    ):
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # all of it is there
        answer.raise_for_status()
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            done = 0
            file.truncate(0)
        total = done + int(answer.headers.get("content-length", 0))
        for chunk in answer.iter_raw():
            file.write(chunk)
            done += len(chunk)
            progress(what, done, total)
