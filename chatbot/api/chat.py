"""/v1/chat/completions."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from chatbot.api.chat_run import ChatRun
from chatbot.api.chat_stream import chunks
from chatbot.api.completions import completion
from chatbot.api.event_stream import event_stream
from chatbot.api.jobs import begun
from chatbot.api.large_bodies import LargeBodyRoute
from chatbot.api.schemas_chat import ChatRequest
from chatbot.api.schemas_replies import ERRORS, ChatCompletion
from chatbot.api.service import Service
from chatbot.turn.events import Done, SpeechChunk, TextDelta, TurnEvent
from chatbot.turn.state import collect_async
from chatbot.web.auth.identity import current_user

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": ChatCompletion, "content": {"text/event-stream": {"schema": {"type": "string"}}}},
    **ERRORS,
}


def chat_router(service: Service) -> APIRouter:
    """Return the route."""
    router = APIRouter(route_class=LargeBodyRoute)

    @router.post("/chat/completions", response_model=None, responses=_ANSWERS)
    async def complete(request: Request, asked: ChatRequest) -> Response:
        """Continue a conversation of words, pictures and recordings, in text or aloud."""
        answering = ChatRun(service, current_user(request), asked)
        events: AsyncGenerator[TurnEvent, None] = service.jobs.run(
            "/v1/chat/completions", answering.work, request
        )
        if asked.stream:
            items = await begun(events, _says_something)
            return event_stream(chunks(answering, items))
        state = await collect_async(events)
        assert state.reply is not None
        return JSONResponse(completion(answering, state.reply, state.sound))

    return router


def _says_something(event: TurnEvent) -> bool:
    """Whether a stream may begin: before that, a turn that fails has its own HTTP status."""
    return isinstance(event, TextDelta | SpeechChunk | Done)
