"""Errors as the OpenAI API words them: {"error": {"message", "type", "param", "code"}}, and our `said`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from chatbot.api.file_store import FileTooLargeError, NoFileError, NotStoredError, TooManyFilesError
from chatbot.web.admission.limits import TooMuchError
from chatbot.web.admission.turn_queue import QueueFullError
from chatbot.web.error_responses import clean, error_object
from pipelines.core.errors import (
    BackendError,
    Cancelled,
    InputError,
    LimitError,
    MissingPackageError,
    ModelError,
    SettingsError,
    TrioError,
    UnknownBackendError,
    crash_message,
)
from pipelines.core.said import Said, Text, changed, pack_text

_log = logging.getLogger(__name__)
_NO_RETRY = {"x-should-retry": "false"}  # the official clients try again after a 5xx unless told not to


class ApiError(Exception):
    """A request that is answered with an error.

    Args:
        status: HTTP status.
        message: For the person. It is told in English; another Trio has its id and values too.
        code: For programs.
        param: The field that is wrong.
        headers: More headers of the answer.
    """

    def __init__(
        self,
        status: int,
        message: Text,
        code: str,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(str(message))
        self.status, self.message, self.code, self.param = status, str(message), code, param
        self.said = message if isinstance(message, Said) else None
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """Return the error as JSON."""
        body = error_object(self.status, self.message, self.code, self.param)
        if self.said is not None:
            body["error"]["said"] = pack_text(changed(self.said, clean))
        return body

    def response(self) -> Response:
        """Return the error as an answer."""
        return JSONResponse(self.body(), self.status, {"Cache-Control": "no-store", **self.headers})


def api_error(error: Exception, param: str | None = None) -> ApiError:
    """Return what a client hears of any exception; one that was not foreseen is logged."""
    if isinstance(error, ApiError):
        return error
    if not isinstance(error, TrioError):
        _log.error("a request to the API failed", exc_info=error)
        return ApiError(500, crash_message(error), "internal_error")
    if isinstance(error, TooMuchError) and error.seconds is not None:
        return ApiError(429, error.said, "rate_limit_exceeded", headers={"Retry-After": str(error.seconds)})
    status, code = _status_and_code(error)
    return ApiError(status, error.said, code, param, _NO_RETRY if status == 503 else None)


def outcome_of(error: Exception | None) -> str:
    """Return how a request ended, for the metrics: "answered", "refused" (the client's fault) or "failed"."""
    if error is None:
        return "answered"
    status = error.status if isinstance(error, ApiError) else _status_and_code(error)[0]
    return "refused" if status < 500 else "failed"


def _status_and_code(error: Exception) -> tuple[int, str]:
    return next((how for kind, how in _KINDS if isinstance(error, kind)), (500, "internal_error"))


_KINDS: Sequence[tuple[type[TrioError], tuple[int, str]]] = (
    (TooMuchError, (413, "request_too_large")),
    (QueueFullError, (429, "too_many_waiting")),
    (NoFileError, (404, "file_not_found")),
    (FileTooLargeError, (413, "too_large")),
    (NotStoredError, (507, "not_stored")),
    (TooManyFilesError, (400, "too_many_files")),
    (LimitError, (400, "too_long")),
    (InputError, (400, "invalid_input")),
    (SettingsError, (400, "invalid_value")),
    (UnknownBackendError, (404, "model_not_found")),
    (MissingPackageError, (503, "missing_package")),
    (ModelError, (503, "model_unavailable")),
    (BackendError, (503, "model_failed")),
    (Cancelled, (499, "cancelled")),
)


def invalid_request(error: RequestValidationError) -> ApiError:
    """Return the thing that is wrong with a request, and where; of a union, what came closest."""
    found = max(error.errors(), key=lambda one: len(one["loc"]))
    kind, param = found["type"], _field(found["loc"])
    if kind == "json_invalid":
        return ApiError(400, "The body is not JSON.", "invalid_json")
    code = "missing_required_parameter" if kind == "missing" else "invalid_value"
    if kind.startswith("union_tag"):
        code = "unsupported_content_part" if param and ".content." in param else "unsupported_value"
    message = f"{param}: {found['msg']}" if param else str(found["msg"])
    return ApiError(400, f"{message.rstrip('.')}.", code, param)


def _field(place: Sequence[str | int]) -> str | None:
    """Return where something is in a request, without the names that pydantic gives to a union's members."""
    parts: list[str] = []
    after_number = False
    for part in place:
        tag = isinstance(part, str) and (after_number or "[" in part or "-" in part)
        after_number = isinstance(part, int)
        if not tag and (parts or part not in ("body", "query", "path")):
            parts.append(str(part))
    return ".".join(parts) or None


def install_error_answers(app: FastAPI) -> None:
    """Answer every error of `app` in this form."""

    def answer(_: Request, error: Exception) -> Response:
        return api_error(error).response()

    def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return invalid_request(error).response()

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        message, code = str(error.detail), "invalid_request"
        if error.status_code == 404:
            message, code = f"There is no {request.method} {request.scope['path']} here.", "not_found"
        elif error.status_code == 405:
            message, code = f"{request.scope['path']} does not take {request.method}.", "method_not_allowed"
        return ApiError(error.status_code, message, code, headers=dict(error.headers or {})).response()

    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, refused)
    for kind in (ApiError, TrioError, Exception):
        app.add_exception_handler(kind, answer)
