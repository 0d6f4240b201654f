"""Calls to the cluster over HTTP, from any thread; cancelling closes the connection.

The app is no Ray driver on purpose. A driver ends with the cluster: while the control service is away its
calls hang and cannot be interrupted, and after a minute Ray ends the whole process. Over HTTP an absent
cluster is an error like any other, and this side needs no Ray.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.cluster.wire import Wire, messages, unpack_error
from pipelines.core.cancel import CancelToken, attach
from pipelines.core.errors import BackendError
from pipelines.core.streams import stream_from_future
from pipelines.core.types import Stage

if TYPE_CHECKING:
    import httpx

APP = "trio"
SECONDS = 120.0
CONNECT_SECONDS = 5.0
ATTEMPTS = 3
START_COMMAND = "python -m chatbot cluster start"
_PAUSE = 0.3
_Message = tuple[str, Any]
"""("piece", value), ("end", value) or ("error", fields)."""


@dataclass(frozen=True)
class Place:
    """Where the cluster is.

    Attributes:
        address: Of Serve's HTTP proxy on any node, or of a load balancer before them.
        app: First part of the routes.
        seconds: Longest wait for the next bytes of an answer.
    """

    address: str
    app: str = APP
    seconds: float = SECONDS


class ClusterClient:
    """One stage's connection. Thread-safe.

    Args:
        stage: What is called.
        place: Where the cluster is.
        wire: How values travel.
    """

    def __init__(self, stage: Stage, place: Place, wire: Wire) -> None:
        self._stage, self._place, self._wire = stage, place, wire
        self._http: httpx.AsyncClient | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="trio-cluster")
        self._route: str | None = None

    def open(self) -> None:
        """Start the thread that owns the connections; nothing is sent yet."""
        import httpx

        timeout = httpx.Timeout(self._place.seconds, connect=CONNECT_SECONDS)
        limits = httpx.Limits(max_connections=None)
        self._http = httpx.AsyncClient(
            base_url=self._place.address, timeout=timeout, limits=limits, trust_env=False
        )
        self._thread.start()

    def close(self) -> None:
        """End what runs, close every connection and end the thread; a second call does nothing."""
        if self._http is None:
            return
        http, self._http = self._http, None
        self._submit(_end(http)).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, method: str, *args: Any, cancel: CancelToken | None = None, **kwargs: Any) -> Any:
        """Return what the stage's method returns there.

        Raises:
            Cancelled: once `cancel` is set; the request is cancelled in the replica.
            BackendError: where the cluster is away, too slow or broken.
            TrioError: what the back-end raised there.
        """
        token = cancel or CancelToken()
        future = self._submit(self._pump(self._request(method, args, kwargs), lambda _: None))
        attach(future, token)
        with _unless_unloaded(token):
            return future.result()

    def stream(
        self, method: str, *args: Any, cancel: CancelToken | None = None, **kwargs: Any
    ) -> Generator[Any, None, Any]:
        """Yield what the stage's generator yields there, and return what it returns.

        Closing this iterator closes that one. Raises what `call` raises.
        """
        token, request = cancel or CancelToken(), self._request(method, args, kwargs)
        with _unless_unloaded(token):
            return (
                yield from stream_from_future(lambda put, _: self._submit(self._pump(request, put)), token)
            )

    def _submit(self, work: Coroutine[Any, Any, Any]) -> concurrent.futures.Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _request(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
        return self._wire.encode(
            {"stage": str(self._stage), "method": method, "args": args, "kwargs": kwargs}
        )

    async def _pump(self, request: bytes, put: Callable[[Any], None]) -> Any:
        """Hand over every piece; return the end's value. A replica that dies before the first is replaced.

        The answer is read to its last byte, so that the connection can be used again.
        """
        problem, begun, attempt = "", False, 0
        while attempt < ATTEMPTS and not begun:
            await asyncio.sleep(_PAUSE * attempt)
            attempt += 1
            last: _Message | None = None
            try:
                async with contextlib.aclosing(self._answers(request)) as answers:
                    async for kind, value in answers:
                        begun = True
                        if kind == "piece":
                            put(value)
                        else:
                            last = kind, value
            except _Broken as broken:
                problem, self._route = str(broken), None
            if last is not None:
                return _value(*last)
        raise BackendError(
            f"The cluster could not run {self._stage!s}",
            given=problem or "the answer has no end",
            fix="Check: python -m chatbot cluster status",
        )

    async def _answers(self, request: bytes) -> AsyncGenerator[_Message]:
        import httpx

        http = self._opened()
        try:
            self._route = self._route or await self._find()
            async with http.stream("POST", self._route, content=request) as response:
                if response.status_code != httpx.codes.OK:
                    raise _Broken(f"HTTP {response.status_code}")
                async for message in messages(response.aiter_bytes()):
                    kind, value = self._wire.decode(message)
                    yield kind, value
        except httpx.ConnectError as error:
            raise self._away(str(error)) from error
        except httpx.TimeoutException as error:
            raise BackendError(
                f"The cluster took too long to run {self._stage!s}",
                given=type(error).__name__,
                allowed=f"{self._place.seconds:g} s without an answer",
                fix="Add replicas (see docs/cluster.md)",
            ) from error
        except httpx.HTTPError as error:
            raise _Broken(f"{type(error).__name__}: {error}") from error

    async def _find(self) -> str:
        """Return the route of the deployment that has the stage; a route's last part lists its stages."""
        response = await self._opened().get("/-/routes")
        try:
            routes = list(response.raise_for_status().json())
        except ValueError:
            raise self._away("what answers there is not Ray Serve") from None
        served = {
            stage: route
            for route in routes
            if route.startswith(f"/{self._place.app}/")
            for stage in route.rpartition("/")[2].split("+")
        }
        if str(self._stage) not in served:
            raise BackendError(
                f"The cluster does not serve {self._stage!s}",
                given=self._place.address,
                allowed=", ".join(sorted(served)) or "no stage",
                fix=f"Deploy it with: {START_COMMAND}",
            )
        return served[str(self._stage)]

    def _opened(self) -> httpx.AsyncClient:
        if self._http is None:
            raise BackendError("The cluster backend is not loaded", fix="Load it through the registry")
        return self._http

    def _away(self, why: str) -> BackendError:
        return BackendError(
            "The cluster is not responding",
            given=f"{self._place.address}: {why}",
            fix=f"Start it with: {START_COMMAND}",
        )


def _value(kind: str, value: Any) -> Any:
    if kind == "error":
        raise unpack_error(value)
    return value


@contextlib.contextmanager
def _unless_unloaded(token: CancelToken) -> Iterator[None]:
    """Turn the end of a call that nobody has cancelled into an error."""
    try:
        yield
    except concurrent.futures.CancelledError:
        token.raise_if_cancelled()
        raise BackendError("The cluster backend was unloaded while in use") from None


async def _end(http: httpx.AsyncClient) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await http.aclose()


class _Broken(Exception):
    """An answer that another replica may give better."""
