"""An HTTP client in an event loop of its own thread, while those who call it stay synchronous.

Only in an event loop can a request that waits for its first byte be ended at once.
"""

from __future__ import annotations

import weakref
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from anyio.from_thread import start_blocking_portal

from pipelines.core.errors import BackendError
from pipelines.core.said import said

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

T = TypeVar("T")


class HttpThread:
    """Runs coroutines that use one client. Thread-safe between `open` and `close`.

    Args:
        client: The client; it belongs to the thread from `open` on, and `close` closes it.
        name: Of the thread.
    """

    def __init__(self, client: httpx.AsyncClient, name: str) -> None:
        self.client, self._name = client, name
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None
        self._running: weakref.WeakSet[Future[Any]] = weakref.WeakSet()

    def open(self) -> None:
        """Start the thread; nothing is sent."""
        with ExitStack() as stack:
            portal = stack.enter_context(start_blocking_portal(name=self._name))
            stack.enter_context(portal.wrap_async_context_manager(self.client))
            self._portal, self._stack = portal, stack.pop_all()

    def close(self) -> None:
        """Cancel what runs, close the connections and end the thread; a second call does nothing."""
        for task in list(self._running):
            task.cancel()
        self._portal = None
        self._stack.close()

    def start(self, work: Callable[..., Awaitable[T]], *args: Any) -> Future[T]:
        """Run `work(*args)` in the thread; cancelling its future ends it at its next await.

        Raises:
            BackendError: where the thread is not open.
        """
        portal = self._portal
        if portal is not None:
            with suppress(RuntimeError):  # closed by another thread meanwhile
                task = portal.start_task_soon(work, *args)
                self._running.add(task)
                return task
        raise BackendError(said("There is no connection to the server"), fix=said("Reload the backend"))
