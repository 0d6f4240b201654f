"""What cannot be written now is tried again: a disk may be full, or a database locked, for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from chatbot.history.errors import HistoryError, NotFoundError

T = TypeVar("T")
TRIES = 3
PAUSE_SECONDS = 0.2


def retried(act: Callable[[], T]) -> T:
    """Return what `act` returns, at the latest at its third try. Raises the HistoryError of the last."""
    for _ in range(TRIES - 1):
        try:
            return act()
        except NotFoundError:
            raise
        except HistoryError:
            time.sleep(PAUSE_SECONDS)
    return act()
