"""The users file: one `name:argon2id-hash` a line, read again whenever it changes."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from filelock import FileLock

from chatbot.web.auth.identity import LOCAL
from pipelines.core.errors import InputError, SettingsError
from pipelines.core.open_files import atomic_file
from pipelines.core.programs import TRIO
from pipelines.core.said import said

MIN_PASSWORD = 8
MAX_PASSWORD = 1024
_NAME = re.compile(r"[\w.@-]{1,64}")
_ALLOWED = "1 to 64 letters, digits, '.', '_', '-' and '@'"


class Accounts:
    """Who may log in. Thread-safe.

    Args:
        file: The users file; it need not exist yet.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._hasher = PasswordHasher()
        self._lock = threading.Lock()
        self._busy = threading.Semaphore(2)
        self._seen: tuple[int, int, int] | None = None
        self._hashes: dict[str, str] = {}
        self._nobody = self._hasher.hash(os.urandom(16).hex())

    def names(self) -> list[str]:
        """Return the users' names, sorted.

        Raises:
            SettingsError: if the file is there and cannot be read.
        """
        return sorted(self._users())

    def add(self, name: str, password: str) -> None:
        """Add a user.

        Raises:
            InputError: if the name is taken or not allowed, or the password is too short or long.
        """
        self._check(name, password)
        with self._writing() as users:
            if name in users:
                raise InputError("This username is already taken", given=name)
            users[name] = self._hasher.hash(password)

    def set_password(self, name: str, password: str) -> None:
        """Give a user another password; who is logged in with the old one is logged out.

        Raises:
            InputError: if there is no such user, or the password is too short or long.
        """
        self._check(name, password)
        with self._writing() as users:
            self._known(users, name)
            users[name] = self._hasher.hash(password)

    def remove(self, name: str) -> None:
        """Remove a user, who is logged out at once.

        Raises:
            InputError: if there is no such user.
        """
        with self._writing() as users:
            self._known(users, name)
            del users[name]

    def verify(self, name: str, password: str) -> bool:
        """Tell whether a password is right; it takes as long for a name that is not there."""
        stored = self._users().get(name)
        with self._busy:  # a check takes 64 MiB of memory
            try:
                right = self._hasher.verify(stored or self._nobody, password[: MAX_PASSWORD + 1])
            except (VerificationError, InvalidHashError):
                return False
        return right and stored is not None

    def fingerprint(self, name: str) -> str | None:
        """Return what changes with a user's password; None where there is no such user."""
        stored = self._users().get(name)
        return hashlib.sha256(stored.encode()).hexdigest()[:16] if stored else None

    def _check(self, name: str, password: str) -> None:
        if not _NAME.fullmatch(name) or name == LOCAL:
            raise InputError(
                "The username is invalid", given=repr(name), allowed=f"{_ALLOWED}, but not {LOCAL}"
            )
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            raise InputError(
                "The password is too short or too long",
                given=said("{count} characters", count=len(password)),
                allowed=f"{MIN_PASSWORD} to {MAX_PASSWORD} characters",
            )

    def _known(self, users: dict[str, str], name: str) -> None:
        if name not in users:
            raise InputError(
                "The user was not found", given=name, allowed=", ".join(sorted(users)) or "no users yet"
            )

    def _users(self) -> dict[str, str]:
        """Return name → hash, from memory while the file is as it was."""
        with self._lock:
            try:
                state = self.file.stat()
                seen = (state.st_mtime_ns, state.st_size, state.st_ino)
                if seen != self._seen:
                    self._hashes, self._seen = self._read(), seen
            except FileNotFoundError:
                self._hashes, self._seen = {}, None
            except OSError as error:
                raise SettingsError("The users file cannot be read", given=f"{self.file}: {error}") from error
            return self._hashes

    def _read(self) -> dict[str, str]:
        users: dict[str, str] = {}
        for number, line in enumerate(self.file.read_text("utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, _, hashed = line.strip().partition(":")
            if not _NAME.fullmatch(name) or not hashed.startswith("$argon2id$"):
                raise SettingsError(
                    "A line in the users file is invalid",
                    given=f"line {number} of {self.file}",
                    allowed="name:argon2id-hash",
                    fix=f"Add the user with: {TRIO} user add NAME",
                )
            users[name] = hashed
        return users

    def _writing(self) -> _Edit:
        return _Edit(self.file, self)


class _Edit:
    """The users, to be changed; written when the block ends without an error."""

    def __init__(self, file: Path, accounts: Accounts) -> None:
        self._file, self._accounts = file, accounts
        self._users: dict[str, str] = {}

    def __enter__(self) -> dict[str, str]:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(f"{self._file}.lock", mode=0o600)
            self._lock.acquire()
        except OSError as error:
            raise SettingsError("The users file cannot be written", given=f"{self._file}: {error}") from error
        try:
            self._users = dict(self._accounts._users())
        except BaseException:
            self._lock.release()
            raise
        return self._users

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                lines = "".join(f"{name}:{hashed}\n" for name, hashed in sorted(self._users.items()))
                write_private(self._file, lines.encode())
        finally:
            self._lock.release()


def write_private(file: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Raises:
        SettingsError: if it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(file, 0o600) as out:
            out.write(data)
    except OSError as error:
        raise SettingsError("The file cannot be written", given=f"{file}: {error}") from error
