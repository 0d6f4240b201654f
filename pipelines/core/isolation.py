"""Decoding of strangers' files in processes of their own: a crash in native code costs one file.

Off by default: a command that reads its owner's files decodes them itself, without waiting for another
process to start. A server switches it on for as long as it runs, with `isolation()`. The processes are
started when they are first needed, by `subprocess` and not by a fork, and import the decoders only.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import DecodeError, LimitError
from pipelines.core.isolation_worker import (
    PACKED_ERROR,
    UNEXPECTED,
    Worker,
    WorkerDiedError,
    WorkerStartError,
)
from pipelines.core.packed_errors import unpack_error
from pipelines.core.said import said

Arrays = list[NDArray[Any]]
Decoder = Callable[..., tuple[dict[str, Any], Arrays]]
"""Takes the bytes and then plain JSON values; returns plain JSON fields and arrays."""

MOST_WORKERS = 2
MOST_SECONDS = 60.0
MOST_FILES = 500
"""After so many files a process is ended and another takes its place: native code may leak."""
_FIX = said("Send another file, or save this one in another format")
_log = logging.getLogger(__name__)


class Workers:
    """Processes that decode, at most `most` at a time; more calls wait.

    Args:
        most: Processes.
        seconds: Longest that one file may take.
    """

    def __init__(self, most: int = MOST_WORKERS, seconds: float = MOST_SECONDS) -> None:
        self._slots, self._seconds = threading.BoundedSemaphore(most), seconds
        self._idle: list[Worker] = []
        self._lock = threading.Lock()
        self._closed = False

    def warm_up(self) -> None:
        """Start one process, so that the first file does not wait for it."""
        with self._slots:
            try:
                self._give_back(self._take())
            except WorkerStartError as error:
                _log.warning("no process for decoding could be started: %s", error)

    def call(self, function: Decoder, data: bytes, name: str, *args: Any) -> tuple[dict[str, Any], Arrays]:
        """Return `function(data, name, *args)`, run in another process.

        Raises:
            TrioError: those of the function.
            DecodeError: if the process died of the file.
            LimitError: if the file took too long.
        """
        with self._slots:
            try:
                worker = self._take()
            except WorkerStartError as error:
                _log.warning("a file is decoded without isolation, no process could be started: %s", error)
                return function(data, name, *args)
            try:
                fields, arrays = worker.ask(function, data, (name, *args), self._seconds)
            except WorkerDiedError as error:
                raise _failure(name, self._seconds if error.late else None) from error
            finally:
                self._give_back(worker)
        if (packed := fields.get(PACKED_ERROR)) is not None:
            raise unpack_error(packed)
        if (unexpected := fields.get(UNEXPECTED)) is not None:
            raise RuntimeError(unexpected)
        return fields, arrays

    def _take(self) -> Worker:
        with self._lock:
            while self._idle:
                if (worker := self._idle.pop()).alive:
                    return worker
                worker.close()
        return Worker()

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            if worker.alive and worker.files < MOST_FILES and not self._closed:
                self._idle.append(worker)
                return
        worker.close()

    def close(self) -> None:
        """End the idle processes; one at work ends with its file."""
        with self._lock:
            self._closed = True
            workers, self._idle = self._idle, []
        for worker in workers:
            worker.close()


def _failure(name: str, seconds: float | None) -> DecodeError | LimitError:
    if seconds is not None:
        return LimitError(
            said("The file takes too long to read"),
            given=name,
            allowed=said("{seconds} s", seconds=format(seconds, ".0f")),
            fix=_FIX,
        )
    _log.warning("the process that decoded %r died and is started again", name)
    return DecodeError(
        said("The file could not be read because it made the decoder crash"), given=name, fix=_FIX
    )


class _State:
    """The processes of this program, shared by everything that has switched the isolation on."""

    lock = threading.Lock()
    users = 0
    workers: Workers | None = None


@contextmanager
def isolation(*, warm: bool = False) -> Iterator[None]:
    """Decode in other processes until the block is left. May be entered more than once.

    Args:
        warm: Whether to start a process at once, in the background.
    """
    with _State.lock:
        _State.users += 1
        workers = _State.workers = _State.workers or Workers()
    if warm:
        threading.Thread(target=workers.warm_up, name="trio-decoding", daemon=True).start()
    try:
        yield
    finally:
        with _State.lock:
            _State.users -= 1
            last = _State.users == 0
            if last:
                _State.workers = None
        if last:
            workers.close()


def decoded(function: Decoder, data: bytes, name: str, *args: Any) -> tuple[dict[str, Any], Arrays]:
    """Return `function(data, name, *args)`: in another process where the isolation is on, else here.

    Raises:
        TrioError: those of the function and of `Workers.call`.
    """
    if (workers := _State.workers) is not None:
        return workers.call(function, data, name, *args)
    fields, arrays = function(data, name, *args)
    return fields, [np.asarray(array) for array in arrays]
