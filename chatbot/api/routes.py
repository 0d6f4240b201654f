"""The API as an application under /v1, and its documentation at /docs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import FileResponse, HTMLResponse, Response

from chatbot.api.chat import chat_router
from chatbot.api.embeddings import embeddings_router
from chatbot.api.errors import install_error_answers
from chatbot.api.file_routes import files_router
from chatbot.api.file_store import FileLimits, FileStore
from chatbot.api.jobs import Jobs
from chatbot.api.model_list import models_router
from chatbot.api.perceive import perceiving_router
from chatbot.api.responses import responses_router
from chatbot.api.service import Service
from chatbot.api.speech import speech_router
from chatbot.api.transcriptions import transcriptions_router
from chatbot.turn.service import AdmitEverybody, TurnService
from chatbot.web.observability.turn_observer import TurnObserver

if TYPE_CHECKING:
    from chatbot.config.settings import Settings
    from chatbot.turn.engine import Chatbot
    from chatbot.turn.protocols import Admission
    from chatbot.web.observability.metrics import Metrics

_ABOUT = "What Trio can do, for programs. The clients of the OpenAI API work with it unchanged."


def service_of(
    chatbot: Chatbot, settings: Settings, admission: Admission | None, metrics: Metrics | None = None
) -> Service:
    """Return what the routes need; nothing is loaded."""
    files = None
    if settings.history:
        limits = FileLimits(settings.files_each, settings.files_mb_each * 1_000_000, settings.file_days)
        files = FileStore(settings.data_dir / "files", limits)
    turns = TurnService(chatbot, observer=TurnObserver(metrics) if metrics is not None else None)
    return Service(turns, settings, Jobs(admission or AdmitEverybody(), metrics), files)


def api_router(service: Service) -> APIRouter:
    """Return a router with /v1 and /docs."""
    router = APIRouter()
    router.mount("/v1", api_app(service))
    router.include_router(_docs_router(service.settings.root_path))
    return router


def api_app(service: Service) -> FastAPI:
    """Return the application that is mounted at /v1."""
    app = FastAPI(
        title="Trio",
        description=_ABOUT,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        servers=[{"url": f"{service.settings.root_path}/v1"}],
        root_path_in_servers=False,
    )
    install_error_answers(app)
    for router in (
        chat_router(service),
        responses_router(service),
        transcriptions_router(service),
        speech_router(service),
        embeddings_router(service),
        perceiving_router(service),
        files_router(service),
        models_router(service),
    ):
        app.include_router(router)
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        """Return the schema without the answer 422, in place of which there is 400."""
        schema = generate()
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _docs_router(root_path: str) -> APIRouter:
    """Return /docs: Swagger UI from the package fastapi-offline, which needs no network."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=f"{root_path}/v1/openapi.json",
            title="Trio's API",
            swagger_js_url=f"{root_path}/docs/swagger-ui-bundle.js",
            swagger_css_url=f"{root_path}/docs/swagger-ui.css",
            swagger_favicon_url=f"{root_path}/docs/favicon.png",
        )

    @router.get("/docs/{name}")
    def asset(name: str) -> Response:
        if name not in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
            return Response(status_code=404)
        return FileResponse(_assets() / name)

    return router


def _assets() -> Path:
    import fastapi_offline

    return Path(fastapi_offline.__file__).parent / "static"
