"""The server's own short answers."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from chatbot.web.admission.limits import TooMuchError

_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_CODES = {401: "invalid_api_key", 403: "forbidden", 404: "not_found", 413: "request_too_large"}


def error_object(status: int, message: str, code: str, param: str | None = None) -> dict[str, Any]:
    """Return an error in the form of the OpenAI API, with text that UTF-8 can hold."""
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    error = {"message": clean(message), "type": kind, "param": clean(param) if param else None, "code": code}
    return {"error": error}


def clean(text: str) -> str:
    """Return `text` with a replacement for what UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return an error in the form that FastAPI and Gradio use, and beside it that of the OpenAI API."""
    code = "rate_limit_exceeded" if status == 429 else _CODES.get(status, "invalid_request")
    body = {"detail": message, **error_object(status, message, code)}
    return JSONResponse(body, status, {"Cache-Control": "no-store", **(headers or {})})


def too_much(error: TooMuchError) -> Response:
    """Return 429 with the time to try again, or 413 where no waiting helps."""
    if error.seconds is None:
        return refusal(413, str(error))
    return refusal(429, str(error), {"Retry-After": str(error.seconds)})
