"""The settings of a Trio that other people use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings

_HOSTS = r"^\s*([\w.:-]+(\s*,\s*[\w.:-]+)*)?\s*$"
_Limit = Annotated[int | None, Field(ge=0)]


def _default_proxies() -> str:
    """Return whose forwarded headers count: this machine's; on a Space everybody's, who come by its proxy."""
    return "*" if os.environ.get("SPACE_ID") else "127.0.0.1"


def _joined(names: object) -> object:
    """Return a list of names, as a TOML file may hold it, as one text."""
    return ",".join(map(str, names)) if isinstance(names, list | tuple) else names


class ServerOptions(BaseSettings):
    """How Trio is served. Limits that are not set: `chatbot.web.admission.limits`; 0 lifts one.

    Attributes:
        auth: File with users (`python -m chatbot user add`); None for no login: everybody is "local".
        session_days: How long a login lasts.
        ssl_certfile: Certificate (PEM) for HTTPS.
        ssl_keyfile: Its private key.
        root_path: Path under which a reverse proxy shows the page, such as "/trio".
        allowed_hosts: Names, comma-separated, by which the page may be called, beside localhost, addresses in
            digits and this machine's own name where it listens beyond this machine.
        trusted_proxies: Addresses, comma-separated, whose `X-Forwarded-*` headers count; "*" for all.
        requests_per_minute: HTTP requests and web sockets that a person may open.
        turns_per_minute: Messages that a person may send.
        upload_mb_per_hour: Megabytes of files that a person may upload.
        body_mb: Largest body of one request, in megabytes.
        turns_at_once: Turns that are answered at the same time.
        turns_each: Turns that one person may have running and waiting.
        files_each: Files that one person may keep by /v1/files.
        files_mb_each: Megabytes of all of them together.
        file_days: After how many days they are removed.
        metrics_token: Bearer token that opens /metrics to other machines.
        log_format: "plain", or "json" for one object a line.
        log_level: Least level that is logged.
        log_words: Whether logs may hold what people say.
    """

    auth: Path | None = None
    session_days: Annotated[int, Field(ge=1, le=365)] = 14
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    root_path: Annotated[str, Field(pattern=r"^(/[\w.~-]+)*$")] = ""
    allowed_hosts: Annotated[str, Field(pattern=_HOSTS), BeforeValidator(_joined)] = ""
    trusted_proxies: str = Field(default_factory=_default_proxies)
    requests_per_minute: _Limit = None
    turns_per_minute: _Limit = None
    upload_mb_per_hour: _Limit = None
    body_mb: Annotated[int, Field(ge=1, le=10_000)] = 100
    turns_at_once: Annotated[int, Field(ge=1, le=64)] = 2
    turns_each: Annotated[int, Field(ge=1, le=64)] = 3
    files_each: Annotated[int, Field(ge=0, le=10_000)] = 100
    files_mb_each: Annotated[int, Field(ge=0, le=100_000)] = 500
    file_days: Annotated[int, Field(ge=1, le=365)] = 30
    metrics_token: SecretStr | None = None
    log_format: Literal["plain", "json"] = "plain"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_words: bool = False
