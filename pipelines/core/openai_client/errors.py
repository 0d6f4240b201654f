"""What goes wrong with a server, as errors for people. No message holds the key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.core.errors import BackendError
from pipelines.core.openai_client.options import EndpointOptions
from pipelines.core.said import Said, Text, changed, phrase, said, unpack_text

_LONGEST = 300
_LONGEST_SAID = 1000
_MOST_MODELS = 12


class RefusedError(BackendError):
    """The server answered with an error.

    Attributes:
        status: Of HTTP; 200 for an error inside a stream.
        param: The field of the request that it names, or "".
        code: Its name of the error, or "".
    """

    def __init__(self, what: Text, *, status: int, param: str = "", code: str = "", **more: Text) -> None:
        super().__init__(what, **more)
        self.status, self.param, self.code = status, param, code


def unreachable(options: EndpointOptions, error: Exception) -> BackendError:
    """Return the error for a server to which no connection can be made or kept."""
    return BackendError(
        said("The server {host} is not responding", host=options.host),
        given=_clean(options, str(error) or type(error).__name__),
        fix=said("Start it, or check url under [options.{stage}]", stage=options.stage),
    )


def silent(options: EndpointOptions) -> BackendError:
    """Return the error for a server that takes too long."""
    return BackendError(
        said(
            "The server {host} sent nothing for {seconds} s",
            host=options.host,
            seconds=format(options.timeout, "g"),
        ),
        fix=said(
            "Wait until it is less busy, or increase timeout under [options.{stage}]", stage=options.stage
        ),
    )


def cut(options: EndpointOptions) -> BackendError:
    """Return the error for an answer that broke off."""
    return BackendError(
        said("The connection to {host} was lost in the middle of the response", host=options.host)
    )


def unreadable(options: EndpointOptions, what: str) -> BackendError:
    """Return the error for an answer that is not what the API promises; `what` says what came."""
    return BackendError(
        said("The server {host} sent a response that could not be read", host=options.host),
        given=_clean(options, what),
        fix=said("Check url under [options.{stage}]: it usually ends in /v1", stage=options.stage),
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
    answer = _told(options, detail) or _clean(
        options, str(detail.get("message") or body.decode("utf-8", "replace"))
    )
    facts: dict[str, Any] = {
        "status": status,
        "param": str(detail.get("param") or ""),
        "code": str(detail.get("code") or ""),
    }
    host, stage = options.host, options.stage
    if status in (401, 403):
        what = said("The server {host} rejected the API key (none was given)", host=host)
        if options.key:
            what = said("The server {host} rejected the API key (one was given)", host=host)
        fix = said(
            "Set api_key under [options.{stage}] or in the variable {variable}",
            stage=stage,
            variable=options.api_key_env,
        )
        return RefusedError(what, fix=fix, **facts)
    if status == 404 and ("model" in facts["code"] or "model" in str(answer).lower()):
        return RefusedError(
            said("The server {host} does not have the model", host=host),
            given=options.model or answer,
            allowed=", ".join(models[:_MOST_MODELS]),
            fix=said("Change model under [options.{stage}]", stage=stage),
            **facts,
        )
    if status == 404:
        fix = said(
            "Check url under [options.{stage}], or choose another backend for {of}",
            stage=stage,
            of=stage,
        )
        return RefusedError(said("The server {host} has no {path}", host=host, path=path), fix=fix, **facts)
    if status == 429:
        what = said("The server {host} is not accepting requests right now", host=host)
        return RefusedError(what, given=answer, fix=said("Try again later"), **facts)
    if status >= 500:
        what = said("The server {host} failed ({status})", host=host, status=status)
        return RefusedError(what, given=answer, fix=said("Check its log"), **facts)
    what = said("The server {host} rejected the request ({status})", host=host, status=status)
    return RefusedError(what, given=answer, **facts)


def error_detail(body: bytes) -> dict[str, Any]:
    """Return the object that describes an error; {} where the body holds none."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    error = found.get("error", found) if isinstance(found, dict) else {}
    return error if isinstance(error, dict) else {"message": error}


def _told(options: EndpointOptions, detail: Mapping[str, Any]) -> Text:
    """Return what a server that is a Trio too says, with its id; "" for one that is none."""
    try:
        told = changed(unpack_text(detail["said"]), lambda value: _clean(options, value))
        return phrase(told) if isinstance(told, Said) and len(str(told)) <= _LONGEST_SAID else ""
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return ""


def _clean(options: EndpointOptions, text: str) -> str:
    """Return a server's words on one line, shortened, without the key."""
    flat = " ".join(text.split())
    if options.key:
        flat = flat.replace(options.key, "***")
    return (flat[:_LONGEST] + "…" if len(flat) > _LONGEST else flat).rstrip(".")
