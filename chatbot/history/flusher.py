"""Puts what was written since the last time on disk, for every running turn in one commit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from pipelines.core.errors import TrioError

INTERVAL = 0.3
"""Seconds between two commits of the same turn's growing text; what a killed process may lose of it."""
Changes = Mapping[int, Mapping[str, Any]]
_log = logging.getLogger(__name__)


class Flusher:
    """One thread that saves the newest state of each turn, soon after it changed.

    What cannot be saved waits for the next time, as long as the program runs.

    Args:
        save: Writes the changed columns of each turn (by row) in one commit.
        interval: Seconds between commits.
    """

    def __init__(self, save: Callable[[Changes], None], interval: float = INTERVAL) -> None:
        self._save, self._interval = save, interval
        self._wake = threading.Condition()
        self._saving = threading.Lock()
        self._pending: dict[int, dict[str, Any]] = {}
        self._due = 0.0
        self._last = 0.0
        self._thread: threading.Thread | None = None
        self._closed = self._failing = False

    def put(self, row: int, columns: Mapping[str, Any], *, soon: bool = False) -> None:
        """Note new values; they are saved within the interval, or at once if `soon`."""
        with self._wake:
            if self._closed:
                return
            due = time.monotonic() if soon else max(time.monotonic(), self._last + self._interval)
            self._due = min(self._due, due) if self._pending else due
            self._pending.setdefault(row, {}).update(columns)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="trio-history", daemon=True)
                self._thread.start()
            self._wake.notify()

    def flush(self) -> None:
        """Save what waits, now, or else at the next time."""
        with self._saving:
            with self._wake:
                pending, self._pending = self._pending, {}
                self._last = time.monotonic()
            if not pending:
                return
            try:
                self._save(pending)
            except TrioError as error:
                if not self._failing:
                    _log.error("%d replies cannot be saved; it is tried again", len(pending), exc_info=error)
                self._failing = True
                with self._wake:
                    self._pending = {
                        row: {**pending.get(row, {}), **self._pending.get(row, {})}
                        for row in {**pending, **self._pending}
                    }
                    self._due = time.monotonic() + self._interval
                    self._wake.notify()
            else:
                self._failing = False

    def close(self) -> None:
        """Save what waits and end the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _run(self) -> None:
        while self._wait():
            self.flush()

    def _wait(self) -> bool:
        """Wait until something is due; return False at the end."""
        with self._wake:
            while not self._closed:
                if not self._pending:
                    self._wake.wait()
                elif (left := self._due - time.monotonic()) > 0:
                    self._wake.wait(left)
                else:
                    return True
            return False
