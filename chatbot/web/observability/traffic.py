"""Counting requests and open pages."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.web.observability.metrics import Metrics

_HEARTBEAT = "/gradio_api/heartbeat/"
_FAMILY = re.compile(
    r"/(assets|static|svelte|gradio_api/(file|call|run|api|stream|heartbeat|custom_component))[/=]"
)
_OWN = {
    "/",
    "/config",
    "/theme.css",
    "/login",
    "/logout",
    "/healthz",
    "/readyz",
    "/metrics",
    "/export",
    "/mcp",
}
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Traffic:
    """ASGI middleware that counts what is answered."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, status = scope["path"], 500
        opens = path.startswith(_HEARTBEAT)

        async def noting(message: Message) -> None:
            nonlocal status, opens
            if message["type"] == "http.response.start":
                status = message["status"]
                if opens and status == 200:
                    self._metrics.sessions.inc()
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            if opens and status == 200:
                self._metrics.sessions.dec()
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.requests.labels(method, route_of(scope, status), status).inc()


def route_of(scope: Scope, status: int) -> str:
    """Return a name for a request's route that holds no id, path or word of a person."""
    route = getattr(scope.get("route"), "path", None)
    if isinstance(route, str) and route:
        return route
    if match := _FAMILY.match(scope["path"]):
        return f"/{match[1]}"
    return scope["path"] if scope["path"] in _OWN and status != 404 else "other"
