"""Whose a random id is: it belongs to the first person who uses it."""

from __future__ import annotations

import threading
from collections import OrderedDict

_EACH = 5000


class SessionOwnership:
    """Ids of sessions, events and uploads, by person. Thread-safe; kept in memory.

    A person's ids beyond the newest few thousand are forgotten, so that nobody can push out another's.
    """

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._ids: dict[str, OrderedDict[str, None]] = {}
        self._lock = threading.Lock()

    def claim(self, user: str, name: str) -> bool:
        """Claim an id; return False where it is another person's."""
        with self._lock:
            owner = self._owners.setdefault(name, user)
            if owner != user:
                return False
            mine = self._ids.setdefault(user, OrderedDict())
            mine[name] = None
            mine.move_to_end(name)
            if len(mine) > _EACH:
                oldest, _ = mine.popitem(last=False)
                del self._owners[oldest]
            return True

    def holds(self, user: str, name: str) -> bool:
        """Tell whether an id is a person's, without claiming it."""
        with self._lock:
            return self._owners.get(name) == user
