"""A server in a thread of the tests' own process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from chatbot.cli.server.run import make_server
from chatbot.config.settings import Settings
from chatbot.web.listening import open_port


@contextmanager
def running(app: FastAPI, settings: Settings) -> Iterator[str]:
    """Give the address, without a path, while the app is served at a free port; see that it ends."""
    with open_port("127.0.0.1", 0) as listener:
        started = threading.Event()
        server = make_server(app, settings, started.set, app.state.end_streams)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert started.wait(60)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(60)
            assert not thread.is_alive(), "the server did not end"
