"""The gate in front of everything that the server answers."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import anyio
import anyio.to_thread
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.web.admission.limits import Kind, TooMuchError
from chatbot.web.auth.identity import LOCAL, set_user
from chatbot.web.auth.login_sessions import Sessions
from chatbot.web.error_responses import refusal, too_much
from chatbot.web.hosting import Hosting, rate_limit_key
from pipelines.core.programs import TRIO

OPEN = frozenset({"/healthz", "/readyz", "/metrics", "/login", "/logout"})
INSTALLED = frozenset({"/manifest.json", "/pwa_icon"})
"""What a browser fetches without cookies to install the page as an app."""
FOR_PROGRAMS = ("/v1/", "/mcp")
NO_KEY = (
    "The API key is missing or invalid. Send the header Authorization: Bearer KEY; "
    f"{TRIO} user token NAME prints the key of a user"
)
_UNCOUNTED = ("/assets/", "/static/", "/svelte/", "/healthz", "/readyz", "/metrics")
_SAFE = {"GET", "HEAD", "OPTIONS"}
_ELSEWHERE = {"cross-site", "same-site"}
_UNKNOWN_PERSON = 4401
_MEGA = 1_000_000
_LOOKERS = 4


class Gate:
    """ASGI middleware: names the person, and refuses strangers, foreign pages, too much and too large.

    Args:
        app: What is behind the gate.
        hosting: Logins and limits.
        body_mb: Largest body of a request, in megabytes.
        root_path: Path under which a reverse proxy shows the page.
    """

    def __init__(self, app: ASGIApp, hosting: Hosting, body_mb: int, root_path: str = "") -> None:
        self.app, self.hosting = app, hosting
        self._most, self._root = body_mb * _MEGA, root_path
        self._lookers = anyio.CapacityLimiter(_LOOKERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a connection in, or answer it here."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        sessions = self.hosting.sessions
        user = LOCAL if sessions is None else await self._user(sessions, connection)
        set_user(scope, user)
        answer = self._refuse(connection, user)
        if answer is None and scope["type"] == "http":
            body = _Body(self, connection, receive, send)
            answer = await body.serve(scope)
        elif answer is None:
            await self.app(scope, receive, send)
        if answer is None:
            return
        if scope["type"] == "http":
            await answer(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": _UNKNOWN_PERSON, "reason": "refused"})

    async def _user(self, sessions: Sessions, connection: HTTPConnection) -> str | None:
        """Return who is logged in. A look at the users file may take long, so it has a thread of its own."""
        if not {"cookie", "authorization"} & set(connection.headers.keys()):
            return None
        return await anyio.to_thread.run_sync(sessions.user, connection, limiter=self._lookers)

    def _refuse(self, connection: HTTPConnection, user: str | None) -> Response | None:
        scope, path = connection.scope, connection.scope["path"]
        if from_another_site(connection, framed=self.hosting.framed):
            return refusal(403, "This request comes from another site's page")
        if user is None and path not in OPEN | INSTALLED:
            if scope["type"] == "http" and scope["method"] in _SAFE and _wants_page(connection):
                return self._to_login(connection)
            if path.startswith(FOR_PROGRAMS):
                return refusal(401, NO_KEY, {"WWW-Authenticate": "Bearer"})
            return refusal(401, "Log in first", {"WWW-Authenticate": "Cookie"})
        if not path.startswith(_UNCOUNTED):
            try:
                self.hosting.allowance.take(rate_limit_key(connection), Kind.REQUESTS)
            except TooMuchError as error:
                return too_much(error)
        return None

    def _to_login(self, connection: HTTPConnection) -> Response:
        query = connection.url.query
        after = quote(connection.scope["path"] + (f"?{query}" if query else ""), safe="/")
        return RedirectResponse(f"{self._root}/login?next={after}", 303, {"Cache-Control": "no-store"})


class _Body:
    """One request whose body is measured while it comes."""

    def __init__(self, gate: Gate, connection: HTTPConnection, receive: Receive, send: Send) -> None:
        self._gate, self._receive, self._send = gate, receive, send
        self._person = rate_limit_key(connection)
        length = connection.headers.get("content-length", "")
        self._declared = int(length) if length.isdecimal() else None
        self._seen = 0
        self._answer: Response | None = None

    async def serve(self, scope: Scope) -> Response | None:
        """Serve the request; return what to answer instead if its body is too much."""
        if self._declared and (answer := self._measure(self._declared, self._declared)):
            return answer
        try:
            await self._gate.app(scope, self._measured, self._unless_refused)
        except Exception:
            if self._answer is None:
                raise
        return self._answer

    def _measure(self, new: int, whole: int) -> Response | None:
        if whole > self._gate._most:
            return refusal(413, f"The request is larger than {self._gate._most // _MEGA} MB")
        try:
            self._gate.hosting.allowance.take(self._person, Kind.UPLOAD, new)
        except TooMuchError as error:
            return too_much(error)
        return None

    async def _measured(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request" and self._declared is None:
            new = len(message.get("body", b""))
            self._seen += new
            self._answer = self._answer or (self._measure(new, self._seen) if new else None)
            if self._answer is not None:
                return {"type": "http.disconnect"}
        return message

    async def _unless_refused(self, message: Message) -> None:
        if self._answer is None:
            await self._send(message)


def from_another_site(connection: HTTPConnection, *, framed: bool = False) -> bool:
    """Tell whether a page of another site makes a request that may change, open or read something.

    It may link to the page, and where pages are `framed` show it inside its own; nothing else. The browser
    says so itself in `Sec-Fetch-Site`; older ones only name the page's origin.
    """
    scope, headers = connection.scope, connection.headers
    site = headers.get("sec-fetch-site")
    if scope["type"] == "http" and scope["method"] in _SAFE:
        return site in _ELSEWHERE and not _only_a_link(connection, framed)
    if site:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return False
    forwarded = headers.get("x-forwarded-host", "").split(",")[0].strip()
    return urlsplit(origin).netloc not in {headers.get("host", ""), forwarded} - {""}


def _only_a_link(connection: HTTPConnection, framed: bool) -> bool:
    """Whether a browser follows a link to a page: what it shows is kept from the site that it comes from.

    In a frame the page could be clicked on by a person who sees something else.
    """
    headers = connection.headers
    inside = headers.get("sec-fetch-dest", "document") != "document"
    return (
        headers.get("sec-fetch-mode") == "navigate"
        and connection.scope["path"] != "/export"
        and (framed or not inside)
    )


def _wants_page(connection: HTTPConnection) -> bool:
    return "text/html" in connection.headers.get("accept", "")
