"""Bodies of JSON, read in a thread where they are large: meanwhile the server answers others."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

LARGE = 65_536
"""Bytes that are read faster than a thread is found."""


class _Request(Request):
    async def json(self) -> Any:
        """Return the body. Raises ValueError."""
        if not hasattr(self, "_json"):
            body = await self.body()
            self._json = json.loads(body) if len(body) < LARGE else await run_in_threadpool(json.loads, body)
        return self._json


class LargeBodyRoute(APIRoute):
    """A route whose bodies may be large, with pictures and recordings in base64."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(_Request(request.scope, request.receive))

        return handle
