"""Headers of reverse proxies: believed where the proxy is trusted, removed where it is not."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_NAMES = (b"x-forwarded-", b"forwarded", b"x-real-ip")
_KEY = "trio.proxy"


@dataclass(frozen=True)
class Peer:
    """A trusted proxy that passed a connection on.

    Attributes:
        address: The proxy's.
        listed: Whether the settings name it; False where they trust everybody ("*").
    """

    address: str
    listed: bool


class Forwarded:
    """ASGI middleware; outermost, because everything after it believes the headers.

    Args:
        app: What is behind.
        trusted: Addresses and networks of the proxies, comma-separated; "*" for all.
    """

    def __init__(self, app: ASGIApp, trusted: str) -> None:
        self.app = app
        self._proxy = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type]
        self._listed = "*" not in trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on with its true client and scheme."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        if client and client[0] in self._proxy.trusted_hosts:
            if any(name.startswith(_NAMES) for name, _ in scope["headers"]):
                scope[_KEY] = Peer(client[0], self._listed)
            await self._proxy(scope, receive, send)  # type: ignore[arg-type]
            return
        scope["headers"] = [(name, value) for name, value in scope["headers"] if not name.startswith(_NAMES)]
        await self.app(scope, receive, send)


def peer_of(scope: Scope) -> Peer | None:
    """Return the trusted proxy that a connection came through; None where it came through none."""
    peer: Peer | None = scope.get(_KEY)
    return peer
