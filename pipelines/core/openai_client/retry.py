"""When a request is sent again: exponential back-off with jitter, and what the server asks for.

Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
"""

from __future__ import annotations

import email.utils
import random
import time
from dataclasses import dataclass

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
NEVER = frozenset({"insufficient_quota"})
"""Codes of errors that waiting does not heal."""


@dataclass(frozen=True)
class Backoff:
    """How long to wait, in seconds.

    Attributes:
        first: Before the first retry, at most; each later wait may be twice as long.
        longest: Bound of every wait; a server that asks for a longer one is not waited for.
    """

    first: float = 0.5
    longest: float = 30.0

    def wait(self, attempt: int, asked: float | None = None) -> float | None:
        """Return how long to wait after `attempt` (0 is the first try); None for too long.

        Args:
            attempt: How many times the request was sent before this one.
            asked: What the server asks for, in seconds.
        """
        if asked is not None:
            return asked if asked <= self.longest else None
        return min(self.longest, self.first * 2.0**attempt) * random.uniform(0.5, 1.0)


def retry_after(header: str | None) -> float | None:
    """Return the seconds that a Retry-After header, a number or a date, asks for; None without one."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None
