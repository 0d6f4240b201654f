"""Who is asking: the one question that every route, handler and web socket may put."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import Scope

LOCAL = "local"
_KEY = "trio.user"


def current_user(connection: HTTPConnection) -> str | None:
    """Return the name of the person behind a request or web socket; None where nobody is logged in.

    Without accounts (`TRIO_AUTH`) everybody is `LOCAL`.
    """
    user: str | None = connection.scope.get(_KEY)
    return user


def set_user(scope: Scope, user: str | None) -> None:
    """Note who is behind a connection; only the gate does this."""
    scope[_KEY] = user
