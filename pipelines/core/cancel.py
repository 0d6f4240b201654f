"""One token a turn: whoever runs long asks it whether to go on, and says by it that something still runs."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from pipelines.core.errors import Cancelled

Callback = Callable[[], object]
_log = logging.getLogger(__name__)


class CancelToken:
    """A thread-safe flag that can be set once and never cleared, and a count of what works under it.

    Being cancelled is not having ended: a model sees the flag at its next token, or never. Who waits for an
    answer is told by `on_cancel`, at once; who gives back what the work takes, a place in the queue for
    example, is told by `on_idle`, when the last of it has ended.

    Callbacks run once, outside the token's lock, in the thread that cancels or that ends the last work. One
    that raises is logged, and the others run.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.RLock()  # a child may be collected, and forgotten, inside any line of here
        self._parent: CancelToken | None = None
        self._on_cancel: dict[object, Callback] = {}
        self._on_idle: list[Callback] = []
        self._held = 0

    def cancel(self) -> None:
        """Ask every holder of the token, and of its children, to stop."""
        with self._lock:
            self._event.set()
            callbacks, self._on_cancel = self._on_cancel, {}
        _call(callbacks.values())

    def on_cancel(self, callback: Callback) -> Callable[[], None]:
        """Call `callback` when the token is cancelled, at once if it is already.

        Returns what takes it back; that does not wait for a call that is under way.
        """
        key = object()
        with self._lock:
            if not (cancelled := self._event.is_set()):
                self._on_cancel[key] = callback
        if cancelled:
            _call([callback])

        def forget() -> None:
            with self._lock:
                self._on_cancel.pop(key, None)

        return forget

    def child(self) -> CancelToken:
        """Return a token that is cancelled with this one, or alone; what works under it works under this."""
        token = CancelToken()
        token._parent = self
        here = weakref.ref(token, lambda _: forget())

        def cancel() -> None:
            if (found := here()) is not None:
                found.cancel()

        forget = self.on_cancel(cancel)
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

    def hold(self) -> Callable[[], None]:
        """Say that something works under the token; return what says that it has ended, to be called once."""
        above = self._parent.hold() if self._parent is not None else None
        with self._lock:
            self._held += 1

        def release() -> None:
            with self._lock:
                self._held -= 1
                callbacks: list[Callback] = []
                if not self._held:
                    callbacks, self._on_idle = self._on_idle, callbacks
            _call(callbacks)
            if above is not None:
                above()

        return release

    def on_idle(self, callback: Callback) -> None:
        """Call `callback` when nothing works under the token, at once if nothing does."""
        with self._lock:
            if busy := self._held > 0:
                self._on_idle.append(callback)
        if not busy:
            _call([callback])


def attach(future: Future[Any], token: CancelToken) -> None:
    """Cancel a future with a token, and hold the token until the future is done.

    Most futures can be cancelled until they begin, those of an event loop at any time.
    """
    release, forget = token.hold(), token.on_cancel(future.cancel)
    future.add_done_callback(lambda _: (forget(), release()))


def _call(callbacks: Iterable[Callback]) -> None:
    for callback in callbacks:
        try:
            callback()
        except Exception:
            _log.exception("a callback of a cancel token failed")
