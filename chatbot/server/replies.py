"""The server's own short answers."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from chatbot.server.limits import TooMuchError


def refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return an error in the form that FastAPI and Gradio use."""
    return JSONResponse({"detail": message}, status, {"Cache-Control": "no-store", **(headers or {})})


def too_much(error: TooMuchError) -> Response:
    """Return 429 with the time to try again, or 413 where no waiting helps."""
    if error.seconds is None:
        return refusal(413, str(error))
    return refusal(429, str(error), {"Retry-After": str(error.seconds)})
