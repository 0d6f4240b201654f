"""Where to listen: the address, the port, HTTPS."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Mapping

from chatbot.config.settings import Settings
from pipelines.core.errors import SettingsError

_ANY = {"0.0.0.0", "::", ""}


def address(settings: Settings, environment: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """Return where to listen: GRADIO_SERVER_NAME, GRADIO_SERVER_PORT or PORT, else the settings.

    Raises:
        SettingsError: if a port is not a number from 1 to 65535.
    """
    host = environment.get("GRADIO_SERVER_NAME") or settings.host
    for name in ("GRADIO_SERVER_PORT", "PORT"):
        if value := environment.get(name):
            if not value.isdecimal() or not 1 <= int(value) <= 65535:
                raise SettingsError(f"{name} is not a port", given=repr(value), allowed="1 to 65535")
            return host, int(value)
    return host, settings.port


def open_port(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address.

    Raises:
        SettingsError: if the port is taken, or the address is none of this machine's.
    """
    bare = host.strip("[]")
    try:
        family, _, _, _, where = socket.getaddrinfo(
            bare or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, _port_option(), 1)
            listener.bind(where)
            listener.listen()
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise SettingsError(
            "The page cannot be served at this address",
            given=f"{host}:{port} ({error})",
            fix="Stop the program that uses the port, or choose another with GRADIO_SERVER_PORT",
        ) from error
    return listener


def _port_option() -> int:
    """Return the option with which a port is ours alone, and free at once after a restart.

    On Windows SO_REUSEADDR lets a second program take a port that is in use.
    """
    return int(getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR))


def url_of(settings: Settings, host: str, port: int) -> str:
    """Return the address that a person opens in a browser on this machine."""
    name = "localhost" if host in _ANY else f"[{host}]" if ":" in host and host[0] != "[" else host
    return f"{'https' if settings.ssl_certfile else 'http'}://{name}:{port}/"


def check_certificate(settings: Settings) -> None:
    """Check the files for HTTPS.

    Raises:
        SettingsError: if one is given without the other, or they cannot be used.
    """
    given = (settings.ssl_certfile, settings.ssl_keyfile)
    if given == (None, None):
        return
    if None in given:
        raise SettingsError(
            "HTTPS needs a certificate and its key",
            given=f"ssl_certfile={given[0]}, ssl_keyfile={given[1]}",
            fix="Set both TRIO_SSL_CERTFILE and TRIO_SSL_KEYFILE",
        )
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(str(given[0]), str(given[1]))
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            "The HTTPS certificate cannot be used",
            given=f"{given[0]} and {given[1]} ({error})",
            allowed="a PEM certificate and its unencrypted PEM key",
        ) from error
