"""Headers of reverse proxies: believed where the proxy is trusted, removed where it is not."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_NAMES = (b"x-forwarded-", b"forwarded", b"x-real-ip")


class Forwarded:
    """ASGI middleware; outermost, because everything after it believes the headers.

    Args:
        app: What is behind.
        trusted: Addresses and networks of the proxies, comma-separated; "*" for all.
    """

    def __init__(self, app: ASGIApp, trusted: str) -> None:
        self.app = app
        self._proxy = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on with its true client and scheme."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        if client and client[0] in self._proxy.trusted_hosts:
            await self._proxy(scope, receive, send)  # type: ignore[arg-type]
            return
        scope["headers"] = [(name, value) for name, value in scope["headers"] if not name.startswith(_NAMES)]
        await self.app(scope, receive, send)
