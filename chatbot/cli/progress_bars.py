"""Progress bars of downloads."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

from pipelines.core.pace import Pace

if TYPE_CHECKING:
    from tqdm import tqdm

_LINES = 20
"""So many lines are written for the whole, where no bar can be drawn."""


class Bars:
    """One progress bar for whatever is being done now; plain lines now and then where no terminal is.

    Args:
        out: Where to; None for standard error.
        clock: Seconds, for the speed of the lines; tests give another.
    """

    def __init__(self, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._out, self._clock = out or sys.stderr, clock
        self._what = ""
        self._bar: tqdm[Any] | None = None
        self._lines: _Lines | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that `done` of `total` bytes of `what` are done; the first call says what was there."""
        if what != self._what:
            self.close()
            self._what = what
            self._open(what, done, total)
        if self._lines is not None:
            self._lines.show(done, total)
        if self._bar is not None:
            self._bar.total = total
            self._bar.update(done - self._bar.n)

    def _open(self, what: str, done: int, total: int) -> None:
        if not self._out.isatty():
            self._lines = _Lines(what, self._out, self._clock, done)
            return
        from tqdm import tqdm

        self._bar = tqdm(
            total=total,
            initial=done,
            desc=what,
            unit="B",
            unit_scale=True,
            file=self._out,
            dynamic_ncols=True,
        )

    def say(self, text: str) -> None:
        """Write a sentence above the bar."""
        if self._bar is not None:
            self._bar.clear()
        print(text, file=self._out, flush=True)
        if self._bar is not None:
            self._bar.refresh()

    def close(self) -> None:
        """Finish the bar."""
        if self._bar is not None:
            self._bar.refresh()
            self._bar.close()
        self._bar = self._lines = None
        self._what = ""


class _Lines:
    """Writes a line for every twentieth of the whole: size, speed since the start, time left."""

    def __init__(self, what: str, out: TextIO, clock: Callable[[], float], first: int) -> None:
        self._what, self._out, self._pace = what, out, Pace(clock, first)
        self._last = -1

    def show(self, done: int, total: int) -> None:
        """Write a line if it is time for one."""
        step = done * _LINES // total if total else _LINES
        if step <= self._last:
            return
        self._last = step
        line = (
            f"{self._what}: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB ({done / total if total else 1:.0%})"
        )
        if (estimate := self._pace.estimate(done, total)) is not None:
            speed, left = estimate
            line += f", {speed / 1e6:.1f} MB/s, {_spoken(left)} left"
        print(line, file=self._out, flush=True)


def _spoken(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
