"""Failed logins cost time: the more of them, the longer the next one must wait."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_FORGET_SECONDS = 3600.0
_KEPT = 10_000


@dataclass(frozen=True)
class ThrottlePolicy:
    """Failures that cost nothing, and the longest wait after more of them, in seconds."""

    free: int
    longest: float


class LoginThrottle:
    """Counts failures. Thread-safe; kept in memory.

    Each name from each address has its own count; so have a whole address, which stops one machine
    that tries many names, and a whole name, which slows many machines down without locking its owner out.

    Args:
        clock: Seconds from anywhere, never going back.
    """

    BOTH = ThrottlePolicy(5, 900.0)
    ADDRESS = ThrottlePolicy(30, 900.0)
    NAME = ThrottlePolicy(30, 10.0)

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[tuple[str, str], tuple[int, float]] = {}

    def seconds(self, name: str, address: str) -> int:
        """Return how long the next try has to wait; 0 for not at all."""
        now = self._clock()
        with self._lock:
            return max(math.ceil(self._wait(key, policy, now)) for key, policy in _keys(name, address))

    def tried(self, name: str, address: str) -> None:
        """Note a try before it is checked, so that many at the same time count too."""
        now = self._clock()
        with self._lock:
            for key, _ in _keys(name, address):
                self._failures[key] = (self._count(key, now) + 1, now)
            if len(self._failures) > _KEPT:
                self._failures = {
                    key: entry for key, entry in self._failures.items() if now - entry[1] < _FORGET_SECONDS
                }

    def succeeded(self, name: str, address: str) -> None:
        """Take a try back that was right, and forget what this name failed at this address."""
        with self._lock:
            for key, _ in _keys(name, address):
                count, at = self._failures.get(key, (0, 0.0))
                self._failures[key] = (max(0, count - 1), at)
            self._failures.pop((name, address), None)

    def _count(self, key: tuple[str, str], now: float) -> int:
        count, at = self._failures.get(key, (0, now))
        return count if now - at < _FORGET_SECONDS else 0

    def _wait(self, key: tuple[str, str], policy: ThrottlePolicy, now: float) -> float:
        over = self._count(key, now) - policy.free
        if over < 0:
            return 0.0
        until = self._failures[key][1] + min(policy.longest, 2.0 ** min(over, 20))
        return max(0.0, until - now)


def _keys(name: str, address: str) -> tuple[tuple[tuple[str, str], ThrottlePolicy], ...]:
    return (
        ((name, address), LoginThrottle.BOTH),
        (("", address), LoginThrottle.ADDRESS),
        ((name, ""), LoginThrottle.NAME),
    )
