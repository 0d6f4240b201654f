"""The MCP server over HTTP ("streamable HTTP") at /mcp; its package is imported at the first request."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from chatbot.api.service import Service
from chatbot.web.error_responses import refusal
from chatbot.web.known_hosts import HostNames

PACKAGE, INSTALL = "mcp", "pip install mcp==2.3.0"
_MEGA = 1_000_000


def mcp_router(service: Service, names: HostNames) -> APIRouter:
    """Return a router with /mcp.

    Args:
        service: The API's side of Trio.
        names: The names that the server answers to.
    """
    endpoint = McpEndpoint(service, names)

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await endpoint.close()

    router = APIRouter(lifespan=lifespan)
    router.add_route("/mcp", endpoint, methods=["GET", "POST", "DELETE"], include_in_schema=False)  # type: ignore[arg-type]
    return router


class _Those(list[str]):
    """An endless list, which the SDK asks for a header's value: all that `allowed` accepts are in it."""

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        super().__init__()
        self._allowed = allowed

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and self._allowed(value)


class McpEndpoint:
    """An ASGI application that starts the MCP server when it is first asked.

    It keeps no session: a request stands alone, with the person that the gate has named. The SDK checks
    hosts and origins once more, by the same names as the server.

    Args:
        service: The API's side of Trio.
        names: The names that the server answers to.
    """

    def __init__(self, service: Service, names: HostNames) -> None:
        self._service, self._names = service, names
        self._start = asyncio.Lock()
        self._stop = asyncio.Event()
        self._manager: Any = None
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; 501 where the package is missing."""
        if importlib.util.find_spec(PACKAGE) is None:
            answer = refusal(501, f"The MCP server needs the package {PACKAGE}. Install it with: {INSTALL}.")
            await answer(scope, receive, send)
            return
        async with self._start:
            if self._task is None:
                self._manager = await run_in_threadpool(self._new_manager)
                ready = asyncio.Event()
                self._task = asyncio.create_task(self._serve(ready))
                await ready.wait()
        await self._manager.handle_request(self._as_known(scope), receive, send)

    def _as_known(self, scope: Scope) -> Scope:
        """Return the request as the SDK knows it: it knows no proxies, whose names the server let pass."""
        if self._names.allows(Headers(scope=scope).get("host", "")):
            return scope
        kept = [(name, value) for name, value in scope["headers"] if name not in {b"host", b"origin"}]
        return {**scope, "headers": [*kept, (b"host", b"localhost")]}

    def _new_manager(self) -> Any:
        from mcp.server.transport_security import TransportSecuritySettings

        from chatbot.api.mcp_server import mcp_server

        security = TransportSecuritySettings.model_construct(
            enable_dns_rebinding_protection=True,
            allowed_hosts=_Those(self._names.allows),
            allowed_origins=_Those(self._names.allows_origin),
        )

        server = mcp_server(self._service)
        server.streamable_http_app(
            stateless_http=True,
            transport_security=security,
            max_request_body_size=self._service.settings.body_mb * _MEGA,
        )
        return server.session_manager

    async def _serve(self, ready: asyncio.Event) -> None:
        async with self._manager.run():
            ready.set()
            await self._stop.wait()

    async def close(self) -> None:
        """End the server."""
        self._stop.set()
        if self._task is not None:
            await self._task
