"""The web application: the page, and beside it everything else that Trio answers over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI

from chatbot.server.gate import Gate
from chatbot.server.page import end_streams, page_app
from chatbot.ui.app import build

if TYPE_CHECKING:
    from chatbot.settings import Settings
    from chatbot.ui.handlers import Chatting


def create_app(chatbot: Chatting, settings: Settings, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """Return the application. No model is loaded and no port is opened.

    `app.state.end_streams()` ends what streams for ever; call it before the server waits for its connections.

    Args:
        chatbot: The engine.
        settings: How to serve.
        routers: What is served beside the page; their paths come before the page's.
    """
    page = build(chatbot, settings)
    inner = page_app(page, settings.root_path)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with inner.router.lifespan_context(inner):
            yield

    app = FastAPI(title="Trio", openapi_url=None, lifespan=lifespan)
    for router in routers:
        app.include_router(router)
    app.mount("/", inner)
    app.add_middleware(Gate)
    end: Callable[[], None] = lambda: end_streams(page, inner)  # noqa: E731
    app.state.end_streams = end
    return app
