"""Work that is done while nobody waits for an answer, and is dropped at once when somebody does."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled, TrioError

REST_SECONDS = 1.0
"""How long it must have been quiet."""
Job = Callable[[CancelToken], None]
_log = logging.getLogger(__name__)


class IdleWork:
    """Does jobs one after another in one thread, while no turn is being answered. Thread-safe.

    A turn that begins cancels the job that runs; it begins anew in the next quiet moment. So a job must be
    able to run twice, and should keep for itself what it has got.

    Args:
        rest: Seconds of quiet before a job begins.
    """

    def __init__(self, rest: float = REST_SECONDS) -> None:
        self._rest = rest
        self._changed = threading.Condition()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._token: CancelToken | None = None
        self._key: str | None = None
        self._turns = 0
        self._quiet_since = 0.0
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, key: str, job: Job, *, first: bool = False) -> None:
        """Let a job run in the next quiet moment, in place of an older one of the same key.

        Args:
            key: Names it.
            job: Takes a token that ends it.
            first: Whether somebody will soon need it: it goes before the others, and what runs makes way.
        """
        with self._changed:
            if self._closed:
                return
            self._jobs[key] = job
            if first:
                self._jobs.move_to_end(key, last=False)
                self._interrupt()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="trio-idle", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def drop(self, key: str) -> None:
        """Forget a job; one that runs is cancelled and does not begin anew."""
        with self._changed:
            self._jobs.pop(key, None)
            if self._key == key:
                self._key = None
                self._interrupt()

    def _interrupt(self) -> None:
        if self._token is not None:
            self._token.cancel()

    @contextlib.contextmanager
    def turn(self, cancel: CancelToken) -> Iterator[None]:
        """Say that a turn is being answered: nothing else runs until what works under its token has ended."""
        with self._changed:
            self._turns += 1
            self._interrupt()
        try:
            yield
        finally:
            cancel.on_idle(self._end_turn)

    def _end_turn(self) -> None:
        with self._changed:
            self._turns -= 1
            self._quiet_since = time.monotonic()
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until every job is done; return False where that takes longer. For tests and scripts."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._jobs and self._token is None, seconds)

    def close(self) -> None:
        """Cancel the job that runs, forget the others and end the thread."""
        with self._changed:
            self._closed = True
            self._jobs.clear()
            self._interrupt()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while (found := self._next()) is not None:
            key, job, token = found
            try:
                job(token)
            except Cancelled:
                pass
            except TrioError as error:
                _log.info("work of a quiet moment was given up: %s", error)
            except Exception:
                _log.exception("work of a quiet moment failed")
            with self._changed:
                self._token = None
                if token.cancelled and self._key == key and not self._closed:
                    self._jobs.setdefault(key, job)
                self._changed.notify_all()

    def _next(self) -> tuple[str, Job, CancelToken] | None:
        """Wait for a quiet moment; return None at the end."""
        with self._changed:
            while not self._closed:
                left = self._quiet_since + self._rest - time.monotonic()
                if not self._jobs or self._turns:
                    self._changed.wait()
                elif left > 0:
                    self._changed.wait(left)
                else:
                    key, job = self._jobs.popitem(last=False)
                    self._key, token = key, CancelToken()
                    self._token = token
                    return key, job, token
            return None
