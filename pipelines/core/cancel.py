"""One token a turn: whoever runs long asks it whether to go on."""

from __future__ import annotations

import threading
import weakref

from pipelines.core.errors import Cancelled


class CancelToken:
    """A thread-safe flag that can be set once and never cleared."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._children: weakref.WeakSet[CancelToken] = weakref.WeakSet()

    def cancel(self) -> None:
        """Ask every holder of the token, and of its children, to stop at its next check."""
        with self._lock:
            self._event.set()
            children = list(self._children)
        for child in children:
            child.cancel()

    def child(self) -> CancelToken:
        """Return a token that is cancelled with this one, or alone."""
        token = CancelToken()
        with self._lock:
            self._children.add(token)
            cancelled = self._event.is_set()
        if cancelled:
            token.cancel()
        return token

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` has been called."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` if `cancel` has been called."""
        if self._event.is_set():
            raise Cancelled()

    def wait(self, seconds: float) -> bool:
        """Sleep up to `seconds`; return early with True when cancelled."""
        return self._event.wait(seconds)
