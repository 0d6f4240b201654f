"""Logging in and out: a plain form that needs no script, in English and Chinese."""

from __future__ import annotations

import asyncio
import functools
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chatbot.locale import LANGUAGES
from chatbot.web.accept_language import preferred_language
from chatbot.web.auth.identity import current_user
from chatbot.web.auth.login_sessions import Sessions
from chatbot.web.auth.login_throttle import LoginThrottle
from chatbot.web.auth.login_words import login_words

_PAGE = Path(__file__).with_name("login.html")
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
}


def login_router(sessions: Sessions, root_path: str = "", throttle: LoginThrottle | None = None) -> APIRouter:
    """Return the routes /login and /logout.

    Args:
        sessions: Makes and ends logins.
        root_path: Path under which a reverse proxy shows the page.
        throttle: Makes failed tries wait; None for a new one.
    """
    router, attempts = APIRouter(), throttle or LoginThrottle()

    @router.get("/login")
    def show(request: Request, next: str = "/") -> Response:
        language = preferred_language(request.headers.get("accept-language"), LANGUAGES)
        if user := current_user(request):
            return _page(language, _inside(language, user, root_path))
        return _page(language, _form(language, root_path, after(next)))

    @router.post("/login")
    async def enter(request: Request) -> Response:
        language = preferred_language(request.headers.get("accept-language"), LANGUAGES)
        async with request.form(max_files=0, max_fields=10, max_part_size=10_000) as form:
            name, password, target = (str(form.get(key, "")) for key in ("name", "password", "next"))
        name, target = name[:64], after(target)
        address = request.client.host if request.client else "unknown"
        if seconds := attempts.seconds(name, address):
            said = login_words(language).waiting(seconds)
            return _page(language, _form(language, root_path, target, name, said), 429, seconds)
        attempts.tried(name, address)
        if not await asyncio.to_thread(sessions.accounts.verify, name, password):
            return _page(language, _form(language, root_path, target, name, login_words(language).wrong), 401)
        attempts.succeeded(name, address)
        response = RedirectResponse(root_path + target, 303, {"Cache-Control": "no-store"})
        sessions.start(name, response, secure=request.url.scheme == "https")
        return response

    @router.post("/logout")
    def leave(request: Request) -> Response:
        response = RedirectResponse(f"{root_path}/login", 303, {"Cache-Control": "no-store"})
        sessions.end(request, response)
        return response

    return router


def after(target: str) -> str:
    """Return where to go after the login: a path of this server, whatever was asked for."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return quote(target, safe="/?&=%~.-_") if plain and not target.startswith("/login") else "/"


@functools.cache
def _template() -> Template:
    return Template(_PAGE.read_text("utf-8"))


def _page(language: str, body: str, status: int = 200, retry: int = 0) -> Response:
    page = _template().substitute(
        lang="zh-Hans" if language == "zh" else "en", title=login_words(language).title, body=body
    )
    headers = {**_HEADERS, "Content-Language": language, "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(page, status, {**headers, **({"Retry-After": str(retry)} if retry else {})})


def _form(language: str, root: str, target: str, name: str = "", error: str = "") -> str:
    words = login_words(language)
    shown = f'<p class="error" id="error" role="alert">{escape(error)}</p>' if error else ""
    described = ' aria-invalid="true" aria-describedby="error"' if error else ""
    first, second = ("", " autofocus") if name else (" autofocus", "")
    return (
        f"<p>{words.lead}</p>{shown}"
        f'<form method="post" action="{escape(root)}/login">'
        f'<input type="hidden" name="next" value="{escape(target)}">'
        f'<label for="name">{words.name}</label>'
        f'<input id="name" name="name" value="{escape(name)}" autocomplete="username" autocapitalize="none" '
        f'spellcheck="false" maxlength="64" required{described}{first}>'
        f'<label for="password">{words.password}</label>'
        f'<input id="password" name="password" type="password" autocomplete="current-password" '
        f'maxlength="1024" required{described}{second}>'
        f"<button>{words.enter}</button></form>"
    )


def _inside(language: str, user: str, root: str) -> str:
    words = login_words(language)
    return (
        f"<p>{escape(words.logged_in(user))}</p>"
        f'<a href="{escape(root)}/">{words.go}</a>'
        f'<form method="post" action="{escape(root)}/logout"><button>{words.leave}</button></form>'
    )
