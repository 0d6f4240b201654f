"""/v1/responses: the same replies as /v1/chat/completions, in the form of OpenAI's newer API."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.responses import Response as HttpResponse

from chatbot.api.chat_run import ChatRun
from chatbot.api.errors import ApiError
from chatbot.api.event_stream import STREAM_HEADERS
from chatbot.api.jobs import begun
from chatbot.api.large_bodies import LargeBodyRoute
from chatbot.api.responses_read import answer_messages, as_chat, messages_of
from chatbot.api.responses_write import Json, Response, response_events
from chatbot.api.schemas_replies import ERRORS
from chatbot.api.schemas_responses import ResponseRequest
from chatbot.api.service import RecentValues, Service, key_of
from chatbot.turn.events import Done, TextDelta, TurnEvent
from chatbot.turn.state import collect_async
from chatbot.web.auth.identity import current_user

_OBJECT = {"application/json": {"schema": {"type": "object"}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The response, or its events.",
        "content": {**_OBJECT, "text/event-stream": {"schema": {"type": "string"}}},
    },
    **ERRORS,
}
_KEPT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The response.", "content": _OBJECT},
    404: ERRORS[404],
}
MOST_KEPT = 256


@dataclass(frozen=True)
class _Kept:
    """A response that another may go on from: itself, and the conversation up to it."""

    body: Json
    messages: list[Json]


def responses_router(service: Service) -> APIRouter:
    """Return the routes. The newest responses are remembered, in memory, for who asked for them alone."""
    router, kept = APIRouter(prefix="/responses", route_class=LargeBodyRoute), RecentValues[_Kept](MOST_KEPT)

    def find(request: Request, name: str, param: str | None = None) -> _Kept:
        found = kept.get(key_of(current_user(request), name))
        if found is None:
            why = "There is no such response, or it is not remembered any more."
            raise ApiError(404, why, "response_not_found", param)
        return found

    @router.post("", response_model=None, responses=_ANSWERS)
    async def create(request: Request, asked: ResponseRequest) -> HttpResponse:
        """Continue a conversation of words, pictures and recordings, with tools and in JSON if wanted."""
        user, last = current_user(request), asked.previous_response_id
        before = find(request, last, "previous_response_id").messages if last else []
        response = Response(asked, ChatRun(service, user, as_chat(asked, before)))

        def keep(reply_body: Json) -> None:
            if asked.store is not False:
                said = [*before, *messages_of(asked), *answer_messages(response.text, response.calls)]
                kept.put(key_of(user, response.id), _Kept(reply_body, said))

        events: AsyncGenerator[TurnEvent, None] = service.jobs.run(
            "/v1/responses", response.answering.work, request
        )
        if asked.stream:
            items = await begun(events, lambda event: isinstance(event, TextDelta | Done))
            return StreamingResponse(
                _written(response_events(response, items), keep),
                media_type="text/event-stream",
                headers=STREAM_HEADERS,
            )
        reply = (await collect_async(events)).reply
        assert reply is not None
        body = response.finished(reply)
        keep(body)
        return JSONResponse(body)

    @router.get("/{response_id}", response_model=None, responses=_KEPT)
    def show(request: Request, response_id: str) -> HttpResponse:
        """Tell about a response that is remembered."""
        return JSONResponse(find(request, response_id).body)

    @router.delete("/{response_id}", response_model=None, responses=_KEPT)
    def delete(request: Request, response_id: str) -> HttpResponse:
        """Forget a response."""
        find(request, response_id)
        kept.drop(key_of(current_user(request), response_id))
        return JSONResponse({"id": response_id, "object": "response", "deleted": True})

    return router


async def _written(items: AsyncIterator[Json | str], keep: Any) -> AsyncIterator[str]:
    """Yield named events, as the clients of this API read them."""
    async for item in items:
        if isinstance(item, str):
            yield f": {item}\n\n"
            continue
        if item["type"] in ("response.completed", "response.incomplete"):
            keep(item["response"])
        yield f"event: {item['type']}\ndata: {json.dumps(item)}\n\n"
