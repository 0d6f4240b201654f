"""Who is logged in: a signed cookie that holds the name, and ends with the password or the time."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from chatbot.web.auth.accounts import Accounts, write_private
from pipelines.core.errors import InputError, SettingsError
from pipelines.core.said import said

COOKIE = "trio_session"
_KEY_BYTES = 32
_DAY = 86_400


def session_key(folder: Path) -> bytes:
    """Return the key that signs cookies; it is made once and kept, for its owner alone, in `folder`.

    Raises:
        SettingsError: if it cannot be kept, or what is there is no key.
    """
    file = folder / "session.key"
    with contextlib.suppress(FileNotFoundError):
        return _read_key(file)
    write_private(file, secrets.token_bytes(_KEY_BYTES))
    return _read_key(file)


def _read_key(file: Path) -> bytes:
    try:
        key = file.read_bytes()
        if file.stat().st_mode & 0o077:
            os.chmod(file, 0o600)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SettingsError(
            "The login key cannot be read",
            given=f"{file}: {error}",
            fix="Check who owns the data folder",
        ) from error
    if len(key) != _KEY_BYTES:
        raise SettingsError(
            "The login key is damaged",
            given=f"{file}, {len(key)} bytes",
            allowed=said("{count} bytes", count=_KEY_BYTES),
            fix="Delete the file; everyone will have to log in again",
        )
    return key


class Sessions:
    """Makes and reads cookies, and tokens for programs. Thread-safe.

    A cookie is refused once the user is gone, the password has changed, the time is over or the
    person has logged out of it. Logouts are kept in memory: after a restart a stolen copy of a cookie
    counts again until its time is over, unless the password is changed.

    Args:
        accounts: The users.
        key: What cookies are signed with.
        days: How long a login lasts.
        path: Path of the cookie.
    """

    def __init__(self, accounts: Accounts, key: bytes, days: int, path: str = "/") -> None:
        self.accounts, self._seconds, self._path = accounts, days * _DAY, path
        self._signer = URLSafeTimedSerializer(key, salt="trio login")
        self._tokens = URLSafeSerializer(key, salt="trio token")
        self._ended: dict[str, float] = {}
        self._lock = threading.Lock()

    def user(self, connection: HTTPConnection) -> str | None:
        """Return the name in a connection's cookie or token; None where neither is there and counts."""
        if (read := self._read(connection)) is not None:
            return read[0]
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        return self._of_token(token.strip()) if scheme.lower() == "bearer" else None

    def token(self, name: str) -> str:
        """Return a bearer token for programs; it counts until the user's password changes.

        Raises:
            InputError: if there is no such user.
        """
        mark = self.accounts.fingerprint(name)
        if mark is None:
            raise InputError("The user was not found", given=name, allowed=", ".join(self.accounts.names()))
        return self._tokens.dumps([name, mark])

    def start(self, name: str, response: Response, *, secure: bool) -> None:
        """Log a person in: put a cookie on the response. `secure`: the connection is HTTPS."""
        value = self._signer.dumps([name, self.accounts.fingerprint(name), secrets.token_urlsafe(12)])
        response.set_cookie(
            COOKIE,
            value,
            max_age=self._seconds,
            path=self._path,
            secure=secure,
            httponly=True,
            samesite="lax",
        )

    def end(self, connection: HTTPConnection, response: Response) -> None:
        """Log a person out: the cookie, and every copy of it, counts no more."""
        if read := self._read(connection):
            now = time.time()
            with self._lock:
                self._ended = {number: until for number, until in self._ended.items() if until > now}
                self._ended[read[1]] = now + self._seconds
        response.delete_cookie(COOKIE, path=self._path)

    def _read(self, connection: HTTPConnection) -> tuple[str, str] | None:
        try:
            name, mark, number = self._signer.loads(connection.cookies.get(COOKIE, ""), max_age=self._seconds)
        except (BadSignature, ValueError, TypeError):
            return None
        with self._lock:
            if number in self._ended:
                return None
        return (name, number) if mark is not None and mark == self.accounts.fingerprint(name) else None

    def _of_token(self, token: str) -> str | None:
        try:
            name, mark = self._tokens.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        return name if mark == self.accounts.fingerprint(name) else None
