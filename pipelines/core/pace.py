"""How fast long work goes, and how long it will still take."""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """The mean speed since the beginning, from what was done by then.

    Args:
        clock: Seconds, from any moment on.
        first: What was done at the beginning, in any unit: bytes that an earlier download left, say.
    """

    def __init__(self, clock: Callable[[], float], first: int = 0) -> None:
        self._clock, self._first, self._began = clock, first, clock()

    def estimate(self, done: int, total: int) -> tuple[float, float] | None:
        """Return units a second, and the seconds that the rest takes at that; None before there is one."""
        seconds, new = self._clock() - self._began, done - self._first
        if new <= 0 or seconds <= 0:
            return None
        speed = new / seconds
        return speed, (total - done) / speed
