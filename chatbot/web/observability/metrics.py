"""What Prometheus can read: turns, stages, the queue, the models, requests to the page and to the API."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable

from fastapi import APIRouter, Request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.responses import Response

from chatbot.turn.events import Reply
from chatbot.turn.warm_up import WarmUpStatus
from chatbot.web.admission.limits import is_loopback
from chatbot.web.admission.turn_queue import TurnQueue
from chatbot.web.error_responses import refusal
from pipelines.core.types import Evidence

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The numbers of one application; seconds throughout.

    Args:
        queue: The queue of turns.
        status: Tells how far the models are.
    """

    def __init__(self, queue: TurnQueue, status: Callable[[], WarmUpStatus]) -> None:
        self.registry = registry = CollectorRegistry()
        self._status, self._lock = status, threading.Lock()
        ProcessCollector(registry=registry)
        self.turns = Counter("trio_turns", "Turns that ended, by how.", ["outcome"], registry=registry)
        self.stages = Histogram(
            "trio_stage_seconds", "Time of a stage.", ["stage"], buckets=_SECONDS, registry=registry
        )
        self.errors = Counter("trio_stage_errors", "Stages that failed.", ["stage"], registry=registry)
        self.first_text = self._histogram("trio_first_text_seconds", "From start to first word.")
        self.first_audio = self._histogram("trio_first_audio_seconds", "From start to first sound.")
        self.total = self._histogram("trio_turn_seconds", "From start to end.")
        self.requests = Counter(
            "trio_http_requests", "Answered requests.", ["method", "route", "status"], registry=registry
        )
        self.api_requests = Counter(
            "trio_api_requests",
            "Requests to the API that ended, by how; tools of MCP count too.",
            ["endpoint", "outcome"],
            registry=registry,
        )
        self.api_seconds = Histogram(
            "trio_api_seconds",
            "From the end of the wait in line to the end of a request to the API.",
            ["endpoint"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.sessions = Gauge("trio_sessions", "Pages that are open.", registry=registry)
        self.models = Gauge(
            "trio_model_state",
            "1 for the state of a stage's model.",
            ["stage", "state"],
            registry=registry,
        )
        waiting = Gauge("trio_queue_waiting", "Turns that wait.", registry=registry)
        waiting.set_function(lambda: queue.length().waiting)
        running = Gauge("trio_queue_running", "Turns that are being answered.", registry=registry)
        running.set_function(lambda: queue.length().running)

    def stage(self, evidence: Evidence) -> None:
        """Count one finished stage."""
        self.stages.labels(evidence.kind).observe(evidence.seconds)
        if evidence.error:
            self.errors.labels(evidence.kind).inc()

    def turn(self, outcome: str, reply: Reply | None) -> None:
        """Count one ended turn."""
        self.turns.labels(outcome).inc()
        if reply is None:
            return
        for stage in ("generate", "speak"):
            if (seconds := reply.timings.stages.get(stage)) is not None:
                self.stages.labels(stage).observe(seconds)
        if reply.timings.first_text is not None:
            self.first_text.observe(reply.timings.first_text)
        if reply.timings.first_audio is not None:
            self.first_audio.observe(reply.timings.first_audio)
        self.total.observe(reply.timings.total)

    def api_request(self, endpoint: str, outcome: str, seconds: float | None) -> None:
        """Count one ended request to the API; `seconds` of its work, None where it never began."""
        self.api_requests.labels(endpoint, outcome).inc()
        if seconds is not None:
            self.api_seconds.labels(endpoint).observe(seconds)

    def text(self) -> bytes:
        """Return everything in Prometheus's text format."""
        with self._lock:  # else one scrape clears what another is about to tell
            status = self._status()
            self.models.clear()
            told = (("ready", status.done), ("loading", status.pending), ("failed", status.errors))
            for state, stages in told:
                for stage in stages:
                    self.models.labels(stage, state).set(1)
            return generate_latest(self.registry)

    def _histogram(self, name: str, about: str) -> Histogram:
        return Histogram(name, about, buckets=_SECONDS, registry=self.registry)


def metrics_router(metrics: Metrics, token: str | None) -> APIRouter:
    """Return the route /metrics, open to this machine, and to others with the bearer token."""
    router = APIRouter()

    @router.get("/metrics")
    def show(request: Request) -> Response:
        given = request.headers.get("authorization", "").partition(" ")
        knows = token is not None and hmac.compare_digest(given[2].strip().encode(), token.encode())
        if not (knows and given[0].lower() == "bearer") and not _from_here(request):
            return refusal(404, "Not found")
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


def _from_here(request: Request) -> bool:
    """Tell whether a request is this machine's own: by address, and by the name that it calls the server."""
    return (
        request.client is not None
        and is_loopback(request.client.host)
        and is_loopback(request.url.hostname or "")
        and "x-forwarded-for" not in request.headers
    )
