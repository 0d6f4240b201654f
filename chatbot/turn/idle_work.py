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
        self._turns = 0
        self._quiet_since = 0.0
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, key: str, job: Job) -> None:
        """Let a job run in the next quiet moment, in place of an older one of the same key."""
        with self._changed:
            if self._closed:
                return
            self._jobs[key] = job
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="trio-idle", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    @contextlib.contextmanager
    def turn(self, cancel: CancelToken) -> Iterator[None]:
        """Say that a turn is being answered: nothing else runs until what works under its token has ended."""
        with self._changed:
            self._turns += 1
            if self._token is not None:
                self._token.cancel()
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
            if self._token is not None:
                self._token.cancel()
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
                if token.cancelled and not self._closed:
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
                    token = self._token = CancelToken()
                    return key, job, token
            return None
