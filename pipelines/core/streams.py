"""What a thread or an event loop makes, item by item, for one reader who never has to poll.

The reader is never held up by a producer that is not wanted any more: a cancelled token raises `Cancelled`
in it at once, even where it waits, and closing the stream returns at once. The producer is asked to end by
the token that it was given. Until it has, the reader's token is held (`CancelToken.on_idle`), so that Stop
shows at once and yet no place is given back too early. A producer that never looks at its token, or hangs,
keeps those waiting who asked for its end, and nobody else.

The queue between them has no bound. A producer that waited for a slow reader would have to be woken from
that too, and would hold up others meanwhile: the conversations that share a llama.cpp server, the text that
runs ahead of its voice. What is queued is never more than one reply or one answer of a server.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Generator, MutableSet
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Generic, Self, TypeVar

from pipelines.core.cancel import CancelToken, attach

T = TypeVar("T")
R = TypeVar("R")
Put = Callable[[T], None]
"""Hands an item over; never waits, from any thread."""
Running = MutableSet[Future[Any]]
_WAKE = object()
_LONGEST_WAIT = 0.2 if sys.platform == "win32" else None
"""In seconds: on Windows, Ctrl-C does not interrupt a wait without an end."""


class Inbox(Generic[T]):
    """A queue with one reader, who is woken when a token is cancelled. A context manager.

    Args:
        cancel: The reader's token.
    """

    def __init__(self, cancel: CancelToken) -> None:
        self._cancel = cancel
        self._items: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.put: Put[T] = self._items.put
        self._forget = cancel.on_cancel(lambda: self._items.put(_WAKE))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()

    def get(self) -> T:
        """Wait for the next item. Raises Cancelled once the token is cancelled, items or not."""
        self._cancel.raise_if_cancelled()
        while True:
            with suppress(queue.Empty):
                item: T = self._items.get(timeout=_LONGEST_WAIT)
                self._cancel.raise_if_cancelled()
                return item


def stream_from_thread(
    work: Callable[[Put[T], CancelToken], R],
    cancel: CancelToken | None = None,
    *,
    name: str,
    running: Running | None = None,
) -> Generator[T, None, R]:
    """Run `work` in a thread of its own, from now on; yield what it puts and return what it returns.

    Args:
        work: Takes what hands an item over, and a token that is cancelled with `cancel` and when the stream
            is closed.
        cancel: The reader's token, which is held until `work` has ended.
        name: Of the thread.
        running: Where the thread's future is added, for whoever waits until `work` has ended.

    Raises:
        Cancelled: once `cancel` is cancelled; nothing is begun where it is already.
        BaseException: what `work` raised, after all that it had put.
    """

    def start(put: Put[T], token: CancelToken) -> Future[R]:
        future: Future[R] = Future()
        future.set_running_or_notify_cancel()
        threading.Thread(target=_run, args=(future, work, put, token), name=name, daemon=True).start()
        if running is not None:
            running.add(future)
        return future

    return stream_from_future(start, cancel)


def stream_from_future(
    start: Callable[[Put[T], CancelToken], Future[R]], cancel: CancelToken | None = None
) -> Generator[T, None, R]:
    """Do the same with work that `start` begins elsewhere, in an executor or in an event loop.

    Its future is cancelled with the token. Raises what `stream_from_thread` raises.
    """
    stream = _stream(start, (cancel or CancelToken()).child())
    next(stream)  # begins: from here on, closing it or dropping it ends the work
    return stream


def _stream(start: Callable[[Put[T], CancelToken], Future[R]], token: CancelToken) -> Generator[Any, None, R]:
    with Inbox[Any](token) as inbox:
        token.raise_if_cancelled()
        future = start(inbox.put, token)
        attach(future, token)
        future.add_done_callback(inbox.put)  # the last item is the future itself
        try:
            yield
            while (item := inbox.get()) is not future:
                yield item
            return future.result()
        finally:
            token.cancel()


def _run(
    future: Future[R], work: Callable[[Put[T], CancelToken], R], put: Put[T], token: CancelToken
) -> None:
    try:
        result = work(put, token)
    except BaseException as error:
        future.set_exception(error)
        del future  # which the error's traceback would keep, and it the error
    else:
        future.set_result(result)
