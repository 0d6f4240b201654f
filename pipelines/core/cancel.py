"""One token a turn: whoever runs long asks it whether to go on."""

from __future__ import annotations

import threading

from pipelines.core.errors import Cancelled


class CancelToken:
    """A thread-safe flag that can be set once and never cleared."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask every holder of the token to stop at its next check."""
        self._event.set()

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
