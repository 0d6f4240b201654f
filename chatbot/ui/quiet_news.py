"""Waits for what a model writes of a conversation in quiet moments, so that the page shows it at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import Future
from typing import Any

LONGEST_WAIT = 120.0
"""Seconds; what is written later is shown when the page is drawn the next time."""


async def written(coming: Iterable[Future[Any]]) -> AsyncIterator[None]:
    """Yield whenever something that is coming has something new to show; holds no thread meanwhile."""
    waiting = {asyncio.wrap_future(found) for found in coming}
    while waiting:
        done, waiting = await asyncio.wait(waiting, timeout=LONGEST_WAIT, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return
        if any(found.result() for found in done):
            yield
