"""A server that ends while a reply is being written."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.core.types import Stage
from tests.support.hosted import Browser, served

PIECES = [f"Line {number} of the story. " for number in range(10_000)]


def test_the_turn_ends_with_it_and_is_kept_as_interrupted_with_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    writing = {Stage.GENERATE: {"pieces": PIECES, "seconds": 0.02}}
    with served(tmp_path, writing, accounts=False, speak=False) as server:
        browser = Browser(server.url)

        def ask() -> None:
            with contextlib.suppress(httpx.HTTPError, AssertionError):
                browser.say("Tell me a story.", [])

        asking = threading.Thread(target=ask)
        asking.start()
        deadline = time.monotonic() + 60
        while "Line 3" not in kept(server.data)[1]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert "trio-turn" not in {thread.name for thread in threading.enumerate()}
    asking.join(60)
    status, reply = kept(tmp_path)  # read without the history, which marks such turns when it is opened
    assert status == "interrupted"
    assert reply.startswith("Line 0 of the story. Line 1")


def kept(folder: Path) -> tuple[Any, ...]:
    """Return status and reply of the only turn."""
    with (
        contextlib.closing(sqlite3.connect(folder / "data" / "trio.db")) as database,
        contextlib.suppress(sqlite3.OperationalError),
    ):
        for row in database.execute("select status, reply from turns"):
            return tuple(row)
    return "", ""
