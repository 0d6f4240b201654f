"""One count of bytes over many downloads."""

from __future__ import annotations

import threading

from pipelines.core.resume import Progress


class Tally:
    """Adds up what downloads that run at once report; thread-safe.

    Args:
        title: What is pulled, as the bar names it.
        progress: Told the title and the bytes of all downloads, done and in all.
    """

    def __init__(self, title: str, progress: Progress) -> None:
        self._title, self._progress = title, progress
        self._rows: dict[str, tuple[int, int]] = {}
        self._guard = threading.Lock()

    def expect(self, key: str, total: int, done: int = 0) -> None:
        """Count a download in, of which `done` bytes are there already; tells nobody yet."""
        with self._guard:
            self._rows[key] = (done, total)

    def forget(self, key: str) -> None:
        """Count a download out; tells nobody yet."""
        with self._guard:
            self._rows.pop(key, None)

    def __call__(self, key: str, done: int, total: int) -> None:
        """Take the state of one download; ignored for one that was not counted in."""
        with self._guard:
            if key in self._rows:
                self._rows[key] = (done, max(done, total or self._rows[key][1]))
        self.show()

    def show(self) -> None:
        """Tell the sums."""
        with self._guard:
            done, total = (sum(row[i] for row in self._rows.values()) for i in (0, 1))
            self._progress(self._title, done, total)
