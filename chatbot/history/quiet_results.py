"""What is being written of conversations in quiet moments, and what came of it, for those who wait for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Generic, TypeVar

from pipelines.core.cancel import CancelToken

T = TypeVar("T")
KEPT = 256
"""Conversations that are remembered, in memory alone."""


class QuietResults(Generic[T]):
    """One result for each conversation. Thread-safe.

    Args:
        nothing: The result of what is given up.
    """

    def __init__(self, nothing: T) -> None:
        self._nothing = nothing
        self._found: OrderedDict[str, Future[T]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            return len(self._found)

    def begin(self, conversation: str) -> Future[T]:
        """Return what will hold a conversation's new result; whoever waits for an older one gets nothing."""
        self.drop(conversation)
        found: Future[T] = Future()
        with self._lock:
            self._found[conversation] = found
            while len(self._found) > KEPT:
                self._found.popitem(last=False)
        return found

    def drop(self, conversation: str) -> None:
        """Forget a conversation; whoever waits for its result gets nothing."""
        with self._lock:
            found = self._found.pop(conversation, None)
        if found is not None:
            self.settle(found, self._nothing)

    def settle(self, found: Future[T], result: T) -> None:
        """Give a result to those who wait for it, unless they have one."""
        with self._lock:
            if not found.done():
                found.set_result(result)

    @contextmanager
    def writing(self, found: Future[T], cancel: CancelToken) -> Iterator[list[T]]:
        """Take results: the last one is given to those who wait, nothing where there is none.

        They go on waiting where the token is cancelled: the work comes again.
        """
        results = [self._nothing]
        try:
            yield results
        finally:
            if not cancel.cancelled:
                self.settle(found, results[-1])

    def coming(self, conversation: str) -> Future[T] | None:
        """Return what holds a conversation's result, or will; None where nobody writes one."""
        with self._lock:
            return self._found.get(conversation)

    def of(self, conversation: str) -> T:
        """Return a conversation's result; nothing where there is none, or none yet."""
        found = self.coming(conversation)
        return found.result() if found is not None and found.done() else self._nothing
