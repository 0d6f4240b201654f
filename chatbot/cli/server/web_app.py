"""The web application: the page, and beside it everything else that Trio answers over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI

from chatbot.cli.server.routers import side_routers
from chatbot.history import History
from chatbot.history.call_conversations import CallConversations
from chatbot.history.conversation_stores import ConversationStores
from chatbot.history.quiet_work import QuietWork
from chatbot.turn.engine import Chatbot
from chatbot.turn.service import TurnService
from chatbot.ui.page import build
from chatbot.ui.running_turns import RunningTurns
from chatbot.web.auth.login import login_router
from chatbot.web.forwarded_headers import Forwarded
from chatbot.web.gate import Gate
from chatbot.web.gradio_guard.page import end_streams, page_app, publish_own_files
from chatbot.web.gradio_guard.page_guard import PageGuard
from chatbot.web.hosting import hosting_of
from chatbot.web.known_hosts import KnownHosts
from chatbot.web.listening import address
from chatbot.web.media_routes import media_router
from chatbot.web.observability.health import health_router
from chatbot.web.observability.metrics import Metrics, metrics_router
from chatbot.web.observability.traffic import Traffic
from chatbot.web.observability.turn_observer import TurnObserver
from pipelines.core.isolation import isolation

if TYPE_CHECKING:
    from chatbot.config.settings import Settings


def create_app(chatbot: Chatbot, settings: Settings, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """Return the application. No model is loaded and no port is opened.

    `app.state.hosting` is its `Hosting`, `app.state.stores` its conversations.
    `app.state.end_streams()` ends what streams for ever; call it before the server waits for its connections.

    Args:
        chatbot: The engine.
        settings: How to serve.
        routers: More of what is served beside the page, after that of `side_routers`.

    Raises:
        SettingsError: if the users file or the key for logins cannot be used.
        HistoryError: if the conversations cannot be opened.
    """
    hosting = hosting_of(settings, address(settings)[0])
    metrics = Metrics(hosting.queue, chatbot.status)
    turns = TurnService(chatbot, hosting, TurnObserver(metrics))
    stores = ConversationStores(settings.data_dir if settings.history else None)
    quiet = QuietWork(chatbot.registry, chatbot.idle) if isinstance(chatbot, Chatbot) else None
    calls = CallConversations(stores, _after_calls(chatbot, quiet))
    running = RunningTurns()
    page = build(turns, settings, stores, calls, running, quiet)
    inner = page_app(page, settings.root_path)
    publish_own_files(page, hosting.files)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with stores, running, isolation(warm=True):
            async with inner.router.lifespan_context(inner):
                yield

    app = FastAPI(title="Trio", openapi_url=None, lifespan=lifespan)
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    app.include_router(health_router(chatbot.status))
    app.include_router(metrics_router(metrics, token))
    if hosting.sessions is not None:
        app.include_router(login_router(hosting.sessions, settings.root_path))
    app.include_router(media_router(stores))
    for router in (*side_routers(turns, settings, hosting, calls, metrics), *routers):
        app.include_router(router)
    app.mount("/", PageGuard(inner, hosting.files))
    app.add_middleware(Gate, hosting=hosting, body_mb=settings.body_mb, root_path=settings.root_path)
    app.add_middleware(KnownHosts, names=hosting.names)
    app.add_middleware(Traffic, metrics=metrics)
    app.add_middleware(Forwarded, trusted=settings.trusted_proxies)
    app.state.hosting, app.state.stores = hosting, stores
    end: Callable[[], None] = lambda: end_streams(page, inner)  # noqa: E731
    app.state.end_streams = end
    return app


def _after_calls(chatbot: Chatbot, quiet: QuietWork | None) -> Callable[[History, str, str], None] | None:
    """Return what is done once a turn of a call has ended."""
    if quiet is None:
        return None
    return lambda history, user, conversation: quiet.after_turn(
        history, user, conversation, chatbot.turn_options(follow_ups=False)
    )
