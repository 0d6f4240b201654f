"""Progress bars of downloads."""

from __future__ import annotations

import sys


class Bars:
    """One progress bar for whatever is being done now."""

    def __init__(self) -> None:
        self._what = ""
        self._bar: object | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that `done` of `total` bytes of `what` are done."""
        from tqdm import tqdm

        if what != self._what:
            self.close()
            self._what = what
            self._bar = tqdm(
                total=total, desc=what, unit="B", unit_scale=True, unit_divisor=1024, file=sys.stderr
            )
        assert isinstance(self._bar, tqdm)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Finish the bar."""
        if self._bar is not None:
            self._bar.close()  # type: ignore[attr-defined]
        self._bar = None
