"""The gate in front of everything that the server answers."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.server.identity import LOCAL, set_user


class Gate:
    """ASGI middleware that names the person behind each connection."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the person, then pass the connection on."""
        if scope["type"] in {"http", "websocket"}:
            set_user(scope, LOCAL)
        await self.app(scope, receive, send)
