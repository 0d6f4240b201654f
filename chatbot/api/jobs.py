"""Work for a request: it waits in the fair queue, runs in a thread and stops when the client has gone."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from starlette.requests import HTTPConnection, Request

from chatbot.api.errors import outcome_of
from chatbot.turn.events import Waiting
from chatbot.turn.protocols import Admission
from chatbot.web.auth.identity import LOCAL
from chatbot.web.hosting import rate_limit_key
from chatbot.web.observability.metrics import Metrics
from pipelines.core.cancel import CancelToken

T = TypeVar("T")
Work = Callable[[CancelToken], Iterator[T]]


@dataclass(frozen=True)
class _End:
    error: Exception | None = None


@dataclass(frozen=True)
class Jobs:
    """Runs work.

    Attributes:
        admission: Who may begin now.
        metrics: Where requests are counted; None for nowhere.
    """

    admission: Admission
    metrics: Metrics | None = None

    async def run(
        self, endpoint: str, work: Work[T], connection: HTTPConnection | None = None
    ) -> AsyncGenerator[T | Waiting, None]:
        """Yield what `work` yields, after `Waiting` for each change of the position in the queue.

        The token of `work` is cancelled when this generator is closed or the client of a request, whose
        body has been read, has gone.

        Args:
            endpoint: What it is counted as.
            work: What to do.
            connection: The request or web socket that it comes from.

        Raises:
            LimitError: if the person asks for too much now.
            Exception: what `work` raised.
        """
        job: _Job[T] = _Job(self, endpoint, connection, work, asyncio.get_running_loop(), asyncio.Queue())
        watcher = asyncio.create_task(_watch(connection, job))
        threading.Thread(target=job.do, daemon=True, name="trio-api").start()
        try:
            while True:
                item = await job.out.get()
                if not isinstance(item, _End):
                    yield item
                elif item.error is not None:
                    raise item.error
                else:
                    return
        finally:
            job.leave()
            watcher.cancel()

    async def all(self, endpoint: str, work: Work[T], connection: HTTPConnection | None = None) -> list[T]:
        """Return all that `work` yields."""
        items = self.run(endpoint, work, connection)
        return [item async for item in items if not isinstance(item, Waiting)]


@dataclass(eq=False)
class _Job(Generic[T]):
    jobs: Jobs
    endpoint: str
    connection: HTTPConnection | None
    work: Work[T]
    loop: asyncio.AbstractEventLoop
    out: asyncio.Queue[T | Waiting | _End]

    def __post_init__(self) -> None:
        self.token = CancelToken()
        self.begun: float | None = None
        self.left = False

    def leave(self) -> None:
        """Stop the work: nobody waits for it any more."""
        self.left = True
        self.token.cancel()

    def do(self) -> None:
        error: Exception | None = None
        try:
            with self._admitted() as positions:
                for position in positions:
                    self._put(Waiting(position))
                self.begun = time.perf_counter()
                with contextlib.closing(_generator(self.work(self.token))) as items:
                    for item in items:
                        self._put(item)
        except Exception as raised:
            error = raised
        self._count(error)
        self._put(_End(error))

    def _count(self, error: Exception | None) -> None:
        if self.jobs.metrics is None:
            return
        outcome = "left" if self.left else outcome_of(error)
        seconds = None if self.begun is None else time.perf_counter() - self.begun
        self.jobs.metrics.api_request(self.endpoint, outcome, seconds)

    def _admitted(self) -> contextlib.AbstractContextManager[Iterator[int]]:
        person = LOCAL if self.connection is None else rate_limit_key(self.connection)
        return self.jobs.admission.enter(person, self.token)

    def _put(self, item: T | Waiting | _End) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended with the server
            self.loop.call_soon_threadsafe(self.out.put_nowait, item)


def _generator(items: Iterator[T]) -> Generator[T, None, None]:
    yield from items


async def _watch(connection: HTTPConnection | None, job: _Job[Any]) -> None:
    """Stop the work once the client has gone."""
    if not isinstance(connection, Request):
        return
    while (await connection.receive())["type"] != "http.disconnect":
        pass
    job.leave()


async def begun(items: AsyncGenerator[T, None], ready: Callable[[T], bool]) -> AsyncIterator[T]:
    """Return `items` once the first of them is there that `ready` accepts, or that is `Waiting`.

    So an error that comes first still has its own HTTP status.
    """
    first: list[T] = []
    try:
        async for item in items:
            first.append(item)
            if isinstance(item, Waiting) or ready(item):
                break
    except BaseException:
        await items.aclose()
        raise
    return _chained(first, items)


async def _chained(first: list[T], rest: AsyncGenerator[T, None]) -> AsyncIterator[T]:
    async with contextlib.aclosing(rest):
        for item in first:
            yield item
        async for item in rest:
            yield item
