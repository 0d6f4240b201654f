"""An app with voice calls, and the conversations that they fill, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from chatbot.call.call_settings import CallSettings
from chatbot.call.socket import call_router
from chatbot.history import TurnRecord
from chatbot.history.call_conversations import CallConversations, Past
from chatbot.history.conversation_stores import ConversationStores
from chatbot.turn.engine import Chatbot
from chatbot.turn.service import TurnService
from chatbot.web.auth.identity import set_user
from pipelines.core.errors import LimitError


class Kept(CallConversations):
    """Calls' conversations in a folder that goes with the test; `broken`: they cannot be read."""

    def __init__(self, folder: Path | None = None, *, broken: bool = False) -> None:
        self.stores, self.broken = ConversationStores(folder), broken
        super().__init__(self.stores)

    def past(self, user: str, name: str) -> Past:
        if self.broken:
            raise LimitError("This conversation is somebody else's")
        return super().past(user, name)

    def turns(self, user: str = "anna", name: str = "c1") -> list[TurnRecord]:
        found = self.found(user, name)
        return self.stores.of(temporary=found.temporary).path(user, found.conversation) if found else []


class KnownPerson:
    """Names everybody `user`, as the gate does."""

    def __init__(self, app: Any, user: str | None) -> None:
        self.app, self.user = app, user

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        set_user(scope, self.user)
        await self.app(scope, receive, send)


def calls_app(
    bot: Chatbot,
    kept: Kept | None = None,
    settings: CallSettings | None = None,
    *,
    user: str | None = "anna",
    **service: Any,
) -> FastAPI:
    """Return an app with calls, in which everybody is `user`."""
    app = FastAPI()
    app.include_router(call_router(TurnService(bot, **service), kept or Kept(), settings))
    app.add_middleware(KnownPerson, user=user)
    return app
