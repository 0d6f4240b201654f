"""When what a person has said so far is written down, while they speak."""

from __future__ import annotations


class PartialTimes:
    """At most once in `every` samples of sound, never two at once, and at most half of the time."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._begun: int | None = None
        self._next = 0

    @property
    def running(self) -> bool:
        """Whether one is being made."""
        return self._begun is not None

    def due(self, now: int) -> bool:
        """Whether another one may begin at sample `now`."""
        return not self.running and now >= self._next

    def put_off(self, now: int) -> None:
        """Let the next one be due later: something was shown at sample `now`, or a turn has begun there."""
        self._next = now + self._every

    def begin(self, now: int) -> None:
        """Note that one is being made from sample `now` on."""
        self._begun = now

    def end(self, now: int) -> None:
        """Note that it is over: it took as many samples of time as have been heard meanwhile."""
        begun, self._begun = self._begun, None
        if begun is not None:
            self._next = now + max(self._every, 2 * (now - begun))
