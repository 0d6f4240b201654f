"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from chatbot.turn.warm_up import WarmUpStatus
from pipelines.core.types import Stage

NEEDED = frozenset({str(Stage.GENERATE)})


def health_router(status: Callable[[], WarmUpStatus]) -> APIRouter:
    """Return the routes /healthz and /readyz.

    /healthz: 200 while the server lives, 503 once a model without which no turn can be answered has failed.
    /readyz: 200 once that model is loaded, 503 before.
    """
    router = APIRouter()

    @router.get("/healthz")
    def health() -> Response:
        report = report_of(status())
        return JSONResponse(report, 503 if report["status"] == "failed" else 200, _HEADERS)

    @router.get("/readyz")
    def ready() -> Response:
        now = status()
        return JSONResponse(report_of(now), 200 if set(now.done) >= NEEDED else 503, _HEADERS)

    return router


_HEADERS = {"Cache-Control": "no-store"}


def report_of(status: WarmUpStatus) -> dict[str, Any]:
    """Return the state in a word, and each stage's."""
    failed = sorted(status.errors)
    if NEEDED & set(failed):
        word = "failed"
    elif status.pending:
        word = "warming"
    else:
        word = "degraded" if failed else "ok"
    return {
        "status": word,
        "models": {"ready": list(status.done), "loading": list(status.pending), "failed": failed},
    }
