"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.responses import StreamingResponse

from chatbot.api.errors import api_error

STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def event_stream(
    items: AsyncIterator[dict[str, Any] | str], headers: Mapping[str, str] | None = None
) -> StreamingResponse:
    """Return an answer that sends objects as events, and texts as comments; an error is the last event."""
    return StreamingResponse(
        _written(items), media_type="text/event-stream", headers={**STREAM_HEADERS, **(headers or {})}
    )


async def _written(items: AsyncIterator[dict[str, Any] | str]) -> AsyncIterator[str]:
    try:
        async for item in items:
            yield f": {item}\n\n" if isinstance(item, str) else f"data: {json.dumps(item)}\n\n"
    except Exception as error:
        yield f"data: {json.dumps(api_error(error).body())}\n\n"
    else:
        yield "data: [DONE]\n\n"
