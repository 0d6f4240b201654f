"""/v1/chat/completions."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from chatbot.api.answering import Answering, failure
from chatbot.api.chat_stream import chunks
from chatbot.api.ending import completion
from chatbot.api.errors import api_error
from chatbot.api.jobs import begun
from chatbot.api.schemas_chat import ChatRequest
from chatbot.api.schemas_replies import ERRORS, ChatCompletion
from chatbot.api.service import Service
from chatbot.events import Done, Failed, Reply, ReplyEvent, SpeechChunk, TextDelta
from chatbot.server.identity import current_user
from pipelines.core.types import Audio

STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": ChatCompletion, "content": {"text/event-stream": {"schema": {"type": "string"}}}},
    **ERRORS,
}


def chat_router(service: Service) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.post("/chat/completions", response_model=None, responses=_ANSWERS)
    async def complete(request: Request, asked: ChatRequest) -> Response:
        """Continue a conversation of words, pictures and recordings, in text or aloud."""
        answering = Answering(service, current_user(request), asked)
        events: AsyncGenerator[ReplyEvent, None] = service.jobs.run(answering.work, request)
        if asked.stream:
            items = await begun(events, _says_something)
            return StreamingResponse(
                sse(chunks(answering, items)), media_type="text/event-stream", headers=STREAM_HEADERS
            )
        speech: list[Audio] = []
        reply: Reply | None = None
        async for event in events:
            if isinstance(event, SpeechChunk):
                speech.append(event.audio)
            elif isinstance(event, Failed):
                raise failure(event)
            elif isinstance(event, Done):
                reply = event.reply
        assert reply is not None
        return JSONResponse(completion(answering, reply, speech))

    return router


def _says_something(event: ReplyEvent) -> bool:
    """Whether a stream may begin. Raises ApiError for a turn that failed before its first word."""
    if isinstance(event, Failed):
        raise failure(event)
    return isinstance(event, TextDelta | SpeechChunk | Done)


async def sse(items: AsyncIterator[dict[str, Any] | str]) -> AsyncIterator[str]:
    """Write objects as server-sent events, and texts as comments; an error is the last event."""
    try:
        async for item in items:
            yield f": {item}\n\n" if isinstance(item, str) else f"data: {json.dumps(item)}\n\n"
    except Exception as error:
        yield f"data: {json.dumps(api_error(error).body())}\n\n"
    else:
        yield "data: [DONE]\n\n"
