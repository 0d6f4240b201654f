"""How much one person may ask for: token buckets that fill again as time passes."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Literal

from chatbot.config.server_options import ServerOptions
from pipelines.core.errors import LimitError
from pipelines.core.said import Said, Text, said

_MEGA = 1_000_000
_KEPT = 10_000


class Kind(StrEnum):
    """What is counted."""

    REQUESTS = "requests"
    TURNS = "messages"
    UPLOAD = "bytes"


_COUNTED = {
    Kind.REQUESTS: said("requests"),
    Kind.TURNS: said("messages"),
    Kind.UPLOAD: said("bytes"),
}


class TooMuchError(LimitError):
    """A person asks for more than their share. `seconds`: when to try again; None for never."""

    def __init__(self, kind: Kind, allowed: Text, seconds: int | None) -> None:
        self.seconds = seconds
        fix = (
            said("Send less at a time")
            if seconds is None
            else said("Try again in {time}", time=in_words(seconds))
        )
        super().__init__(
            said("You are sending too many {kind}", kind=_COUNTED[kind]), allowed=allowed, fix=fix
        )


def in_words(seconds: int) -> Said:
    """Return seconds as a person says them."""
    count, unit = duration(seconds)
    if unit == "second":
        return said("{count} second", count=count) if count == 1 else said("{count} seconds", count=count)
    return said("{count} minute", count=count) if count == 1 else said("{count} minutes", count=count)


def duration(seconds: int) -> tuple[int, Literal["second", "minute"]]:
    """Return seconds as a number of what a person counts them in."""
    return (seconds, "second") if seconds < 120 else (math.ceil(seconds / 60), "minute")


@dataclass(frozen=True)
class Rate:
    """`amount` a `seconds`; a person who was quiet may use all of it at once."""

    amount: int
    seconds: int

    @property
    def words(self) -> Said:
        """The rate, for a message."""
        return said("{amount} per {time}", amount=self.amount, time=in_words(self.seconds))


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_shared(options: ServerOptions, host: str) -> bool:
    """Tell whether others than the one at this machine may use a server that listens at `host`."""
    return options.auth is not None or not is_loopback(host)


def rates_of(options: ServerOptions, host: str) -> dict[Kind, Rate]:
    """Return the rates for a server at `host`.

    Without accounts and at a loopback address only those hold that were set on purpose.
    """
    shared = is_shared(options, host)
    megabytes = options.upload_mb_per_hour
    wanted: dict[Kind, tuple[int | None, int, int]] = {
        Kind.REQUESTS: (options.requests_per_minute, 600, 60),
        Kind.TURNS: (options.turns_per_minute, 12, 60),
        Kind.UPLOAD: (None if megabytes is None else megabytes * _MEGA, 500 * _MEGA, 3600),
    }
    rates = {}
    for kind, (given, default, seconds) in wanted.items():
        amount = given if given is not None else default if shared else 0
        if amount:
            rates[kind] = Rate(amount, seconds)
    return rates


class Allowance:
    """What each person has left. Thread-safe.

    Args:
        rates: The limits; a kind that is missing has none.
        clock: Seconds from anywhere, never going back.
    """

    def __init__(self, rates: dict[Kind, Rate], clock: Callable[[], float] = time.monotonic) -> None:
        self._rates, self._clock = rates, clock
        self._lock = threading.Lock()
        self._left: dict[tuple[str, Kind], tuple[float, float]] = {}

    def take(self, user: str, kind: Kind = Kind.TURNS, amount: int = 1) -> None:
        """Take a share, or raise and take nothing.

        Args:
            user: Who asks, as `rate_limit_key` names them.
            kind: What for.
            amount: How much.

        Raises:
            TooMuchError: if not so much is left; it says when it will be.
        """
        rate = self._rates.get(kind)
        if rate is None or amount <= 0:
            return
        if amount > rate.amount:
            raise TooMuchError(kind, rate.words, None)
        now = self._clock()
        with self._lock:
            left = self._now_left(user, kind, rate, now)
            if left < amount:
                missing = (amount - left) * rate.seconds / rate.amount
                raise TooMuchError(kind, rate.words, max(1, math.ceil(missing)))
            self._left[user, kind] = (left - amount, now)
            if len(self._left) > _KEPT:
                self._forget_the_quiet(now)

    def _now_left(self, user: str, kind: Kind, rate: Rate, now: float) -> float:
        left, since = self._left.get((user, kind), (float(rate.amount), now))
        return min(float(rate.amount), left + (now - since) * rate.amount / rate.seconds)

    def _forget_the_quiet(self, now: float) -> None:
        """Drop the buckets that are full again."""
        for (user, kind), _ in list(self._left.items()):
            rate = self._rates[kind]
            if self._now_left(user, kind, rate, now) >= rate.amount:
                del self._left[user, kind]
