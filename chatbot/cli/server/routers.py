"""What is served beside the page: routers for HTTP and web sockets, each from its own package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter

from chatbot.call.call_settings import call_settings
from chatbot.call.socket import call_router
from chatbot.ui.call.panel import files_router
from chatbot.ui.words import words_for
from pipelines.core.said import Text

if TYPE_CHECKING:
    from chatbot.config.settings import Settings
    from chatbot.history.call_conversations import CallConversations
    from chatbot.turn.service import TurnService
    from chatbot.web.hosting import Hosting
    from chatbot.web.observability.metrics import Metrics


def side_routers(
    turns: TurnService, settings: Settings, hosting: Hosting, calls: CallConversations, metrics: Metrics
) -> Sequence[APIRouter]:
    """Return the routers; a new one is added here.

    They come before the page, behind the same gate: `current_user(request)` names the person, and
    `hosting` has the limits, the queue of turns and the owners of files; `metrics` counts.
    """
    from chatbot.api.mcp_http import mcp_router
    from chatbot.api.routes import api_router, service_of

    service = service_of(turns.chatbot, settings, hosting, metrics)
    call = call_router(turns, calls, call_settings(settings), _said)
    return api_router(service), mcp_router(service, hosting.names), call, files_router()


def _said(problem: Text, language: str) -> str:
    """Return an error in the page's language."""
    return words_for(language).say(problem)
