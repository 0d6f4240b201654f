"""By which names the server may be called: a website that points its own name at this machine is refused.

DNS rebinding: a page of `evil.example` lets its name mean 127.0.0.1 after it was loaded. The browser then
takes Trio for that page's own site and hands every answer to it. Only the header `Host` still says whose page
it is.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.config.settings import Settings
from chatbot.web.admission.limits import is_loopback
from chatbot.web.error_responses import refusal
from chatbot.web.forwarded_headers import Peer, peer_of

_HEADER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.~-]+)(?::\d{0,5})?", re.ASCII)
_WRONG_NAME = 4421


@dataclass(frozen=True)
class HostNames:
    """The names that count, in lower case, without a port.

    An address in digits counts always: a browser sends it only where the page itself was loaded from that
    address, so nobody else's name can stand behind it. So do `localhost` and what ends with `.localhost`,
    which browsers never look up.

    Attributes:
        names: The others.
        logins: Whether people log in. A page with another name has no login of anybody's, because browsers
            keep cookies by name; then any name is fine that a trusted proxy passes on.
    """

    names: frozenset[str] = frozenset()
    logins: bool = False

    def allows(self, header: str) -> bool:
        """Tell whether a `Host` header, with or without a port, names this server."""
        name = bare(header)
        return name is not None and (_is_here(name) or name in self.names)

    def allows_origin(self, origin: str) -> bool:
        """Tell whether an `Origin` header is that of a page of this server."""
        try:
            return self.allows(urlsplit(origin).netloc)
        except ValueError:
            return False

    def allows_request(self, hosts: list[str], peer: Peer | None) -> bool:
        """Tell whether a request may be answered.

        Args:
            hosts: Its `Host` headers.
            peer: The trusted proxy that it came through; None where it came through none.
        """
        if len(hosts) != 1:
            return False
        passed_on = peer is not None and (self.logins or (peer.listed and not is_loopback(peer.address)))
        return self.allows(hosts[0]) or (passed_on and bare(hosts[0]) is not None)


def host_names(settings: Settings, host: str, environment: Mapping[str, str] = os.environ) -> HostNames:
    """Return the names that count for a server that listens at `host`.

    They are the setting `allowed_hosts`, the name that it listens at, on a Hugging Face Space the Space's
    (`SPACE_HOST`), and where it listens beyond this machine, this machine's own name.
    """
    given = [*settings.allowed_hosts.split(","), host, *environment.get("SPACE_HOST", "").split(",")]
    if not is_loopback(host):
        given += _own_names()
    return HostNames(frozenset(_bare_all(given)), settings.auth is not None)


def bare(header: str) -> str | None:
    """Return the name in a `Host` header in lower case, without port and last dot; None for none."""
    match = _HEADER.fullmatch(header.strip())
    return (match[1].lower().rstrip(".") or None) if match else None


def _bare_all(names: Iterable[str]) -> list[str]:
    return [name for given in names if (name := bare(given)) is not None]


def _own_names() -> list[str]:
    whole = socket.gethostname()
    first = whole.partition(".")[0]
    return [whole, first, f"{first}.local"]


def _is_here(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name.strip("[]"))
    except ValueError:
        return False
    return isinstance(address, IPv6Address) == name.startswith("[")


class KnownHosts:
    """ASGI middleware that refuses what is called by a name that is not this server's.

    Args:
        app: What is behind.
        names: The names that count.
    """

    def __init__(self, app: ASGIApp, names: HostNames) -> None:
        self.app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on, or answer 400 (no name, or several) or 421 (a foreign one)."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        hosts = Headers(scope=scope).getlist("host")
        if self._names.allows_request(hosts, peer_of(scope)):
            await self.app(scope, receive, send)
            return
        answer = _refusal(hosts)
        if scope["type"] == "http":
            await answer(scope, receive, send)
            return
        await receive()
        if "websocket.http.response" in scope.get("extensions", {}):
            await answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": _WRONG_NAME, "reason": "unknown host"})


def _refusal(hosts: list[str]) -> Response:
    name = bare(hosts[0]) if len(hosts) == 1 else None
    if name is None:
        return refusal(400, "The request needs one header Host with the name or the address of this server")
    return refusal(
        421,
        f"This server does not answer to the name {name[:100]}. Allowed: localhost, addresses in digits and "
        "the names in its setting allowed_hosts. If the name is its own, whoever runs the server adds it: "
        f"TRIO_ALLOWED_HOSTS={name[:100]}",
    )
