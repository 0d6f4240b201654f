"""Whose a file is: whoever uploaded it or was given it, and nobody else."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path

_PRUNE_EVERY = 1000


class FileOwners:
    """The owners of the files in the page's folders. Thread-safe; kept in memory.

    Gradio names files after their content, so one file can have several owners. After a restart a page
    is loaded anew, and what it shows is given again.

    Args:
        enforced: Whether people are kept apart; without accounts everybody owns everything.
        public: Folders and files that everybody may use.
    """

    def __init__(self, enforced: bool, public: Iterable[Path] = ()) -> None:
        self.enforced = enforced
        self._public = {os.path.realpath(path) for path in public}
        self._owners: dict[str, set[str]] = {}
        self._given = 0
        self._lock = threading.Lock()

    def give(self, user: str, path: str | Path) -> None:
        """Note that a person uploaded a file or was given it."""
        if not self.enforced:
            return
        with self._lock:
            self._owners.setdefault(os.path.realpath(path), set()).add(user)
            self._given += 1
            if self._given % _PRUNE_EVERY == 0:
                self._owners = {path: who for path, who in self._owners.items() if os.path.exists(path)}

    def publish(self, path: str | Path) -> None:
        """Let everybody use a file or folder."""
        with self._lock:
            self._public.add(os.path.realpath(path))

    def owns(self, user: str | None, path: str | Path) -> bool:
        """Tell whether a person may read a file."""
        if not self.enforced:
            return True
        real = os.path.realpath(path)
        with self._lock:
            if user is not None and user in self._owners.get(real, ()):
                return True
            return any(str(folder) in self._public for folder in (real, *Path(real).parents))
