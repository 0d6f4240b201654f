"""Ctrl-C in the terminal stops a reply, and what was said stays in the conversation."""

from __future__ import annotations

import io
import os
import signal
from typing import Any

import pytest
from rich.console import Console

from chatbot.cli.terminal import TerminalChat
from chatbot.config.settings import load_settings
from chatbot.turn.engine import Chatbot
from pipelines.core.types import Stage
from tests.support.scripted import scripted_registry


class Screen(io.StringIO):
    """A terminal at which the person presses Ctrl-C when the first word of a reply appears."""

    pressed = False

    def write(self, text: str) -> int:
        if "Hello" in text and not self.pressed:
            self.pressed = True
            os.kill(os.getpid(), signal.SIGINT)
        return super().write(text)


def test_ctrl_c_stops_the_reply_and_keeps_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter(["Hi", "/quit"])
    out, before = Screen(), signal.getsignal(signal.SIGINT)
    console = Console(file=out, width=200)
    monkeypatch.setattr(console, "input", lambda _: next(lines))
    pieces = ["Hello ", *["again "] * 100_000]
    options: dict[Stage, dict[str, Any]] = {Stage.GENERATE: {"pieces": pieces, "seconds": 0.001}}
    with Chatbot(load_settings(), scripted_registry(options)) as chatbot:
        chat = TerminalChat(chatbot, console)
        chat.run()
    (past,) = chat.history
    assert past.user == "Hi" and past.reply.startswith("Hello")
    assert len(past.reply) < 600_000 and "(stopped)" in out.getvalue()
    assert signal.getsignal(signal.SIGINT) is before
