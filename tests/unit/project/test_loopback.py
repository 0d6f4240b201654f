"""The proof that clients speak with this machine alone catches those that do not."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.support.event_loops import in_a_loop
from tests.support.loopback import alone


def test_others_are_refused_and_told() -> None:
    with pytest.raises(AssertionError, match=r"203\.0\.113\.1.*prices\.example"), alone():
        with pytest.raises(OSError, match="not this machine"):
            socket.create_connection(("203.0.113.1", 80), timeout=1)
        with pytest.raises(OSError, match="not this machine"):
            socket.getaddrinfo("prices.example", 443)


def test_a_loop_is_watched_too() -> None:
    with pytest.raises(AssertionError, match=r"203\.0\.113\.1"), alone(), pytest.raises(OSError):
        in_a_loop(asyncio.open_connection("203.0.113.1", 80))


def test_this_machine_is_not_refused() -> None:
    with alone(), socket.create_server(("127.0.0.1", 0)) as server:
        for host in ("127.0.0.1", "localhost"):
            with socket.socket() as client:
                client.connect((host, server.getsockname()[1]))
