"""The guard between the gate and Gradio: nobody reaches another person's sessions, events or files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.web.auth.identity import current_user
from chatbot.web.error_responses import refusal
from chatbot.web.gradio_guard.file_ownership import FileOwners
from chatbot.web.gradio_guard.page_routes import Named, files_in, is_address, named_in_body, named_in_url
from chatbot.web.gradio_guard.session_ownership import SessionOwnership

_T = TypeVar("_T")
_LARGE = 16_384
_ANSWERS = {"upload", "call", "events"}
_MISSING = "Not found"


class PageGuard:
    """ASGI middleware round Gradio.

    Gradio knows people by name only, serves any file of its folder to whoever knows the path, and any
    session to whoever knows its id. Here a session belongs to the first person who uses it, an event and a
    file to whoever was given it; others hear that there is no such thing. Routes that the page does not
    need are closed for everybody.

    Args:
        app: Gradio.
        files: Whose a file is.
    """

    def __init__(self, app: ASGIApp, files: FileOwners) -> None:
        self.app, self.files = app, files
        self._sessions = SessionOwnership()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer that there is no such thing."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        named = named_in_url(scope["method"], scope["path"], scope["query_string"].decode("latin-1"))
        if named is None or any(is_address(path) for path in named.files):
            await refusal(404, _MISSING)(scope, receive, send)
            return
        user = current_user(HTTPConnection(scope)) or ""
        answer = self._refuse(user, named)
        if answer is None and named.kind == "call":
            receive, answer = await self._read_call(user, receive)
        if answer is not None:
            await answer(scope, receive, send)
            return
        if self.files.enforced and named.kind in _ANSWERS:
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
            send = _Watched(self, user, named.kind, send).send
        await self.app(scope, receive, send)

    def give(self, user: str, kind: str, answer: Any) -> None:
        """Note what an answer to a request of some kind gives to a person: files and events."""
        if kind == "upload" and isinstance(answer, list):
            for path in (part for part in answer if isinstance(part, str)):
                self.files.give(user, path)
        if isinstance(answer, dict) and isinstance(event := answer.get("event_id"), str):
            self._sessions.claim(user, event)
        for path in files_in(answer):
            self.files.give(user, path)

    def _refuse(self, user: str, named: Named) -> Response | None:
        if not self.files.enforced:
            return None
        mine = (
            all(self._sessions.claim(user, name) for name in named.sessions)
            and all(self._sessions.holds(user, name) for name in named.events)
            and all(self.files.owns(user, path) for path in named.files)
        )
        return None if mine else refusal(404, _MISSING)

    async def _read_call(self, user: str, receive: Receive) -> tuple[Receive, Response | None]:
        """Read a call's JSON; return what gives it to Gradio again, and the answer if it is refused."""
        data = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return receive, refusal(400, "The request ended early")
            data += message.get("body", b"")
            if not message.get("more_body"):
                break
        try:
            named, body = await _aside(_read_body, bytes(data))
        except (ValueError, RecursionError):
            return receive, refusal(400, "The body is not JSON")
        if any(is_address(path) for path in named.files):
            return receive, refusal(400, "Files are uploaded, not fetched from an address")
        if (answer := self._refuse(user, named)) is not None:
            return receive, answer
        return _replay(body, receive), None


def _read_body(data: bytes) -> tuple[Named, bytes]:
    """Return what a call names, and the call as it was understood, for Gradio. Raises ValueError."""
    body = json.loads(data)
    return named_in_body(body), json.dumps(body).encode()


async def _aside(work: Callable[[bytes], _T], data: bytes) -> _T:
    """Do work on data; where they are large in a thread, so that nobody else has to wait for it."""
    return work(data) if len(data) < _LARGE else await run_in_threadpool(work, data)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that brings the body at first and then what really comes."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


class _Watched:
    """An answer on its way to a person; what it gives them is noted before it arrives."""

    def __init__(self, guard: PageGuard, user: str, kind: str, send: Send) -> None:
        self._guard, self._user, self._kind, self._send = guard, user, kind, send
        self._kept = bytearray()
        self._streams = False

    async def send(self, message: Message) -> None:
        """Note what a part of the answer gives, then pass it on."""
        if message["type"] == "http.response.start":
            kinds = [value for name, value in message.get("headers", []) if name.lower() == b"content-type"]
            self._streams = any(value.startswith(b"text/event-stream") for value in kinds)
        elif message["type"] == "http.response.body":
            self._kept += message.get("body", b"")
            if self._streams:
                await self._note_events()
            elif not message.get("more_body"):
                await _aside(self._note, bytes(self._kept))
        await self._send(message)

    async def _note_events(self) -> None:
        *whole, rest = self._kept.split(b"\n\n")
        self._kept = bytearray(rest)
        for event in whole:
            for line in event.split(b"\n"):
                if line.startswith(b"data:"):
                    await _aside(self._note, bytes(line[5:]))

    def _note(self, text: bytes) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return
        self._guard.give(self._user, self._kind, answer)
