"""What is served beside the page: routers for HTTP and web sockets, each from its own package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter

from chatbot.call.call_settings import call_settings
from chatbot.call.socket import call_router
from chatbot.ui.call.panel import files_router

if TYPE_CHECKING:
    from chatbot.call.host import CallHost
    from chatbot.config.settings import Settings
    from chatbot.turn.protocols import ConversationEngine
    from chatbot.web.hosting import Hosting
    from chatbot.web.observability.metrics import Metrics


def side_routers(
    chatbot: ConversationEngine, settings: Settings, hosting: Hosting, calls: CallHost, metrics: Metrics
) -> Sequence[APIRouter]:
    """Return the routers; a new one is added here.

    They come before the page, behind the same gate: `current_user(request)` names the person, and
    `hosting` has the limits, the queue of turns and the owners of files; `metrics` counts.
    """
    from chatbot.api.mcp_http import mcp_router
    from chatbot.api.routes import api_router, service_of

    service = service_of(chatbot, settings, hosting, metrics)
    call = call_router(chatbot, calls, call_settings(settings))
    return api_router(service), mcp_router(service, hosting.names), call, files_router()
