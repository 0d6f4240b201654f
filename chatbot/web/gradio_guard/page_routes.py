"""Which of Gradio's routes the page needs, and what in a request names somebody's session, event or file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

API = "/gradio_api"
_ID = r"[^/]+"
_PATTERNS: tuple[tuple[str, str, str], ...] = (
    # what it is, methods, path
    (
        "static",
        "GET HEAD",
        r"/|/config/?|/theme\.css|/robots\.txt|/favicon\.ico|/manifest\.json|/pwa_icon(/\w+)?",
    ),
    ("static", "GET HEAD", r"/(static|assets|svelte)/.+"),
    ("static", "GET", rf"{API}/(user|app_id|login_check|info|startup-events|theme\.css|queue/status)/?"),
    ("static", "GET", rf"{API}/custom_component/.+"),
    ("file", "GET HEAD", rf"{API}/file[=/](?P<file>.+)"),
    ("upload", "POST", rf"{API}/upload"),
    ("progress", "GET", rf"{API}/upload_progress"),
    ("call", "POST", rf"{API}/(queue/join|cancel|reset|component_server|((run|api|call|call/v2)/{_ID}))/?"),
    ("events", "GET", rf"{API}/queue/data"),
    ("events", "GET", rf"{API}/call/(v2/)?{_ID}/(?P<event>{_ID})"),
    ("session", "GET", rf"{API}/heartbeat/(?P<session>{_ID})"),
    ("session", "GET", rf"{API}/stream/(?P<session>{_ID})/{_ID}/\d+/[\w.-]+"),
    ("call", "POST", rf"{API}/stream/(?P<event>{_ID})(/close)?"),
)
_ROUTES = tuple((kind, frozenset(methods.split()), re.compile(path)) for kind, methods, path in _PATTERNS)


@dataclass(frozen=True)
class Named:
    """What a request names.

    Attributes:
        kind: The kind of its route.
        sessions: Ids that the browser makes up: sessions and uploads.
        events: Ids that the server has given out.
        files: Paths of files.
    """

    kind: str
    sessions: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def named_in_url(method: str, path: str, query: str) -> Named | None:
    """Return what a request's address names; None for a route that the page does not need."""
    for kind, methods, pattern in _ROUTES:
        if method in methods and (match := pattern.fullmatch(path)):
            found = match.groupdict()
            asked = parse_qsl(query, keep_blank_values=True)
            if any(key == "deep_link" for key, _ in asked):
                return None
            sessions = [value for key, value in asked if key in {"session_hash", "upload_id"}]
            sessions += [found["session"]] if "session" in found else []
            events = [found["event"]] if "event" in found else []
            files = [found["file"]] if "file" in found else []
            return Named(kind, tuple(sessions), tuple(events), tuple(files))
    return None


def named_in_body(body: Any) -> Named:
    """Return what the JSON of a call names."""
    if not isinstance(body, dict):
        return Named("call")
    session, event = body.get("session_hash"), body.get("event_id")
    return Named(
        "call",
        (str(session),) if session is not None else (),
        (str(event),) if event is not None else (),
        tuple(files_in(body)),
    )


def files_in(value: Any) -> Iterator[str]:
    """Yield every path of a file in JSON: what stands under "path", and what a change of it brings."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "path" and isinstance(inner, str):
                yield inner
            else:
                yield from files_in(inner)
    elif isinstance(value, list):
        if len(value) == 3 and isinstance(value[1], list) and value[1][-1:] == ["path"]:
            yield from (part for part in value[2:] if isinstance(part, str))
        for inner in value:
            yield from files_in(inner)


def is_address(path: str) -> bool:
    """Tell whether a path is the address of something elsewhere."""
    return bool(urlsplit(path).scheme) or path.startswith("//")
