"""Which processes are answering right now, so that only turns of dead ones count as interrupted.

Each process that answers holds a lock on a file of its own; the system lets go of it when the process
ends, however it ends.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from chatbot.history.tables import new_id


class ProcessLock:
    """This process's lock in a folder. Thread-safe; it is taken when its name is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._name: str | None = None
        self._lock: BaseFileLock | None = None

    def name(self) -> str:
        """Return the name under which this process answers."""
        with self._guard:
            if self._name is None:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._name = new_id()
                self._lock = self._file_lock(self._name)
                self._lock.acquire(timeout=0)
            return self._name

    @property
    def held_name(self) -> str | None:
        """The name under which this process answers, or None while it has not answered anything."""
        return self._name

    def is_alive(self, name: str) -> bool:
        """Whether a process still answers under `name`."""
        with self._guard:
            if name == self._name:
                return True
        if not self._path(name).exists():
            return False
        try:
            with self._file_lock(name).acquire(timeout=0):
                pass
        except Timeout:
            return True
        with contextlib.suppress(OSError):  # another process may be looking too
            self._path(name).unlink(missing_ok=True)
        return False

    def release(self) -> None:
        """Release the lock."""
        with self._guard:
            if self._lock is not None and self._name is not None:
                self._lock.release()
                with contextlib.suppress(OSError):
                    self._path(self._name).unlink(missing_ok=True)
            self._lock = self._name = None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"

    def _file_lock(self, name: str) -> BaseFileLock:
        return FileLock(self._path(name), thread_local=False)
