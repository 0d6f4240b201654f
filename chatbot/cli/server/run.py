"""Serving: the start and a clean end."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from chatbot.config.mind import writer_of
from chatbot.web.listening import address, check_certificate, open_port, url_of
from pipelines.core.types import Stage

if TYPE_CHECKING:
    import uvicorn

    from chatbot.config.settings import Settings
    from chatbot.turn.engine import Chatbot

GOODBYE_SECONDS = 5
_log = logging.getLogger(__name__)


def launch(chatbot: Chatbot, settings: Settings) -> None:
    """Serve until a signal ends it; print the address once the page answers.

    Args:
        chatbot: The engine; its models start to load here.
        settings: Where and how to serve.

    Raises:
        SettingsError: if the port is taken or is none, or HTTPS cannot be had.
    """
    host, port = address(settings)
    check_certificate(settings)
    with contextlib.closing(open_port(host, port)) as listener:
        from chatbot.cli.server.web_app import create_app
        from chatbot.web.observability.logs import configure_logging

        configure_logging(settings)
        log_writer(chatbot, settings)
        app = create_app(chatbot, settings)
        url = url_of(settings, host, port)
        server = make_server(
            app, settings, lambda: print(f"Trio is ready for you at {url}", flush=True), app.state.end_streams
        )
        chatbot.start_warm_up()
        server.run([listener])


def log_writer(chatbot: Chatbot, settings: Settings) -> None:
    """Log which model writes the replies, and why; as fields, since arguments of messages are hidden."""
    writer, name = writer_of(settings.mind), chatbot.registry.name(Stage.GENERATE)
    why = writer.reason() if name == writer.backend else f"{name} writes the replies: the settings name it"
    _log.info("model of the replies", extra={"fields": {"backend": name, "why": why}})


def ending_signals() -> list[signal.Signals]:
    """Return the signals that end the server: Ctrl-C, SIGTERM, and Windows's Ctrl-Break."""
    found = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGBREAK"))
    return [number for number in found if number is not None]


def make_server(
    app: Any, settings: Settings, started: Callable[[], None], stopping: Callable[[], None]
) -> uvicorn.Server:
    """Return a server that has not started yet.

    Args:
        app: The application.
        settings: HTTPS and proxies.
        started: Called once the page answers.
        stopping: Called before the server waits for its connections to end.
    """
    import uvicorn

    class Server(uvicorn.Server):
        """Ends on a signal without raising it again, so that the caller can clean up."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                started()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            stopping()
            await super().shutdown(sockets)

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            if threading.current_thread() is not threading.main_thread():
                yield
                return
            before = {number: signal.signal(number, self.handle_exit) for number in ending_signals()}
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # `Forwarded` does that
        server_header=False,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        ssl_certfile=settings.ssl_certfile,
        ssl_keyfile=settings.ssl_keyfile,
    )
    return Server(config)
