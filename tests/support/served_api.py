"""The whole server in a thread of the tests' own process, on real models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chatbot.cli.server.web_app import create_app
from chatbot.config.settings import Settings
from chatbot.turn.engine import Chatbot
from tests.support.serving import running


@contextmanager
def served_api(settings: Settings) -> Iterator[str]:
    """Give the address, without a path, while the server runs."""
    with Chatbot(settings) as chatbot, running(create_app(chatbot, settings), settings) as address:
        yield address
