"""What goes wrong with a server, as errors for people. No message holds the key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pipelines.core.errors import BackendError
from pipelines.core.openai_client.options import EndpointOptions

_LONGEST = 300
_MOST_MODELS = 12


class RefusedError(BackendError):
    """The server answered with an error.

    Attributes:
        status: Of HTTP; 200 for an error inside a stream.
        param: The field of the request that it names, or "".
        code: Its name of the error, or "".
    """

    def __init__(self, what: str, *, status: int, param: str = "", code: str = "", **more: str) -> None:
        super().__init__(what, **more)
        self.status, self.param, self.code = status, param, code


def unreachable(options: EndpointOptions, error: Exception) -> BackendError:
    """Return the error for a server to which no connection can be made or kept."""
    return BackendError(
        f"The server {options.host} is not responding",
        given=_clean(options, str(error) or type(error).__name__),
        fix=f"Start it, or check url under [options.{options.stage}]",
    )


def silent(options: EndpointOptions) -> BackendError:
    """Return the error for a server that takes too long."""
    return BackendError(
        f"The server {options.host} sent nothing for {options.timeout:g} s",
        fix=f"Wait until it is less busy, or increase timeout under [options.{options.stage}]",
    )


def cut(options: EndpointOptions) -> BackendError:
    """Return the error for an answer that broke off."""
    return BackendError(f"The connection to {options.host} was lost in the middle of the response")


def unreadable(options: EndpointOptions, what: str) -> BackendError:
    """Return the error for an answer that is not what the API promises; `what` says what came."""
    return BackendError(
        f"The server {options.host} sent a response that could not be read",
        given=_clean(options, what),
        fix=f"Check url under [options.{options.stage}]: it usually ends in /v1",
    )


def refused(
    options: EndpointOptions, status: int, body: bytes, path: str, models: Sequence[str] = ()
) -> RefusedError:
    """Return the error for an answer with an error's status.

    Args:
        options: Of the server.
        status: Of HTTP.
        body: What came with it.
        path: What was asked for.
        models: Those that the server has, where it said so.
    """
    detail = error_detail(body)
    said = _clean(options, str(detail.get("message") or body.decode("utf-8", "replace")))
    facts: dict[str, Any] = {
        "status": status,
        "param": str(detail.get("param") or ""),
        "code": str(detail.get("code") or ""),
    }
    server = f"The server {options.host}"
    if status in (401, 403):
        place = f"api_key under [options.{options.stage}] or in the variable {options.api_key_env}"
        had = "one was given" if options.key else "none was given"
        return RefusedError(f"{server} rejected the API key ({had})", fix=f"Set {place}", **facts)
    if status == 404 and ("model" in facts["code"] or "model" in said.lower()):
        return RefusedError(
            f"{server} does not have the model",
            given=options.model or said,
            allowed=", ".join(models[:_MOST_MODELS]),
            fix=f"Change model under [options.{options.stage}]",
            **facts,
        )
    if status == 404:
        fix = f"Check url under [options.{options.stage}], or choose another backend for {options.stage}"
        return RefusedError(f"{server} has no {path}", fix=fix, **facts)
    if status == 429:
        return RefusedError(
            f"{server} is not accepting requests right now", given=said, fix="Try again later", **facts
        )
    if status >= 500:
        return RefusedError(f"{server} failed ({status})", given=said, fix="Check its log", **facts)
    return RefusedError(f"{server} rejected the request ({status})", given=said, **facts)


def error_detail(body: bytes) -> dict[str, Any]:
    """Return the object that describes an error; {} where the body holds none."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    error = found.get("error", found) if isinstance(found, dict) else {}
    return error if isinstance(error, dict) else {"message": error}


def _clean(options: EndpointOptions, text: str) -> str:
    """Return a server's words on one line, shortened, without the key."""
    flat = " ".join(text.split())
    if options.key:
        flat = flat.replace(options.key, "***")
    return (flat[:_LONGEST] + "…" if len(flat) > _LONGEST else flat).rstrip(".")
