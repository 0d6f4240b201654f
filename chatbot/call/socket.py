"""A call over a WebSocket: sound and messages in, sound and messages out.

Up: binary, 16-bit PCM, mono, 16 kHz; text, JSON (`messages.Control`).
Down: binary, `sound.to_frame`; text, JSON.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from starlette.websockets import WebSocket

from chatbot.call.call_limits import same_origin
from chatbot.call.call_settings import CallSettings
from chatbot.call.connection import CallResources, Connection
from chatbot.history.call_conversations import CallConversations
from chatbot.turn.service import TurnService
from chatbot.web.auth.identity import current_user
from pipelines.core.said import Text

PATH = "/call"
NOT_ALLOWED, WRONG_ORIGIN, BUSY = 4401, 4403, 4429


def call_router(
    turns: TurnService,
    conversations: CallConversations,
    settings: CallSettings | None = None,
    say: Callable[[Text, str], str] = lambda problem, _: str(problem),
) -> APIRouter:
    """Return the route of calls.

    Args:
        turns: Answers.
        conversations: Where they are kept.
        settings: Times and limits.
        say: Returns the text of an error in a language, or as it is where there are no words for it.
    """
    calls = Calls(turns, conversations, settings or CallSettings(), say)
    router = APIRouter()
    router.add_api_websocket_route(PATH, calls.serve, name="call")
    return router


class Calls(CallResources):
    """All the calls of a server."""

    async def serve(self, websocket: WebSocket) -> None:
        """Run one call from its beginning to its end."""
        await websocket.accept()
        if not same_origin(websocket):
            await websocket.close(WRONG_ORIGIN, "This page belongs to another site")
            return
        user = current_user(websocket)
        if user is None:
            await websocket.close(NOT_ALLOWED, "Log in first")
            return
        if not self.slots.take():
            await websocket.close(BUSY, "All call lines are busy; try again in a moment")
            return
        try:
            await Connection(self, websocket, user).run()
        finally:
            self.slots.give_back()
