"""Proof that a program speaks with this machine alone: other addresses are refused, and told at the end."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any
from unittest import mock

QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",  # reads no .env
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
}
"""What keeps clients from speaking with their makers."""
_HERE = ("localhost", "::1", "::", "0.0.0.0", "")
_watches: list[list[str]] = []


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if not _watches:
        return
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in _HERE or name.startswith("127."):
        return
    for watch in _watches:
        watch.append(f"{event} {name}")
    raise OSError(f"{name} is not this machine")


sys.addaudithook(_watch)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Refuse every address but this machine's, and raise AssertionError at the end if there was another."""
    asked: list[str] = []
    with mock.patch.dict(os.environ, QUIET):
        _watches.append(asked)
        try:
            yield
        finally:
            _watches.remove(asked)
    assert not asked, f"spoke with others: {sorted(set(asked))}"
