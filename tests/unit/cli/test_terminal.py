"""Ctrl-C in the terminal stops a reply, and what was said stays in the conversation."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from chatbot.cli.terminal import TerminalChat
from chatbot.config.settings import load_settings
from chatbot.turn.engine import Chatbot
from pipelines.core.types import Stage
from tests.support.scripted import scripted_registry


class Interrupted:
    """Pieces of a reply; the person presses Ctrl-C once the first is on the console."""

    def __init__(self, out: io.StringIO) -> None:
        self.out = out

    def __iter__(self) -> Iterator[str]:
        yield "Hello "
        while "Hello" not in self.out.getvalue():
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)
        yield from ["again "] * 100_000


def test_ctrl_c_stops_the_reply_and_keeps_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter(["Hi", "/quit"])
    out, before = io.StringIO(), signal.getsignal(signal.SIGINT)
    console = Console(file=out, width=200)
    monkeypatch.setattr(console, "input", lambda _: next(lines))
    options: dict[Stage, dict[str, Any]] = {Stage.GENERATE: {"pieces": Interrupted(out), "seconds": 0.001}}
    with Chatbot(load_settings(), scripted_registry(options)) as chatbot:
        chat = TerminalChat(chatbot, console)
        chat.run()
    (past,) = chat.history
    assert past.user == "Hi" and past.reply.startswith("Hello")
    assert len(past.reply) < 600_000 and "(stopped)" in out.getvalue()
    assert signal.getsignal(signal.SIGINT) is before
