"""Calls to the cluster over HTTP, from any thread; cancelling closes the connection.

The app is no Ray driver on purpose. A driver ends with the cluster: while the control service is away its
calls hang and cannot be interrupted, and after a minute Ray ends the whole process. Over HTTP an absent
cluster is an error like any other, and this side needs no Ray.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from pipelines.cluster.wire import Wire, messages, unpack_error
from pipelines.core.cancel import CancelToken, attach
from pipelines.core.errors import BackendError
from pipelines.core.http_thread import HttpThread
from pipelines.core.programs import TRIO
from pipelines.core.said import said
from pipelines.core.streams import stream_from_future
from pipelines.core.types import Stage

APP = "trio"
SECONDS = 120.0
CONNECT_SECONDS = 5.0
ATTEMPTS = 3
START_COMMAND = f"{TRIO} cluster start"
_STATUS_COMMAND = f"{TRIO} cluster status"
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
        self._route: str | None = None
        http = httpx.AsyncClient(
            base_url=place.address,
            timeout=httpx.Timeout(place.seconds, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=None),
            trust_env=False,
        )
        self._thread = HttpThread(http, "trio-cluster")

    def open(self) -> None:
        """Start the thread that owns the connections; nothing is sent yet."""
        self._thread.open()

    def close(self) -> None:
        """End what runs, close every connection and end the thread; a second call does nothing."""
        self._thread.close()

    def call(self, method: str, *args: Any, cancel: CancelToken | None = None, **kwargs: Any) -> Any:
        """Return what the stage's method returns there.

        Raises:
            Cancelled: once `cancel` is set; the request is cancelled in the replica.
            BackendError: where the cluster is away, too slow or broken.
            TrioError: what the back-end raised there.
        """
        token = cancel or CancelToken()
        future = self._thread.start(self._pump, self._request(method, args, kwargs), lambda _: None)
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
                yield from stream_from_future(
                    lambda put, _: self._thread.start(self._pump, request, put), token
                )
            )

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
            said("The cluster could not run {stage}", stage=self._stage),
            given=problem or said("the answer has no end"),
            fix=said("Check: {command}", command=_STATUS_COMMAND),
        )

    async def _answers(self, request: bytes) -> AsyncGenerator[_Message]:
        try:
            self._route = self._route or await self._find()
            async with self._thread.client.stream("POST", self._route, content=request) as response:
                if response.status_code != httpx.codes.OK:
                    raise _Broken(f"HTTP {response.status_code}")
                async for message in messages(response.aiter_bytes()):
                    kind, value = self._wire.decode(message)
                    yield kind, value
        except httpx.ConnectError as error:
            raise self._away(str(error)) from error
        except httpx.TimeoutException as error:
            raise BackendError(
                said("The cluster took too long to run {stage}", stage=self._stage),
                given=type(error).__name__,
                allowed=said("{seconds} s without an answer", seconds=format(self._place.seconds, "g")),
                fix=said("Add replicas (see docs/cluster.md)"),
            ) from error
        except httpx.HTTPError as error:
            raise _Broken(f"{type(error).__name__}: {error}") from error

    async def _find(self) -> str:
        """Return the route of the deployment that has the stage; a route's last part lists its stages."""
        response = await self._thread.client.get("/-/routes")
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
                said("The cluster does not serve {stage}", stage=self._stage),
                given=self._place.address,
                allowed=", ".join(sorted(served)) or said("no stage"),
                fix=said("Deploy it with: {command}", command=START_COMMAND),
            )
        return served[str(self._stage)]

    def _away(self, why: str) -> BackendError:
        return BackendError(
            said("The cluster is not responding"),
            given=f"{self._place.address}: {why}",
            fix=said("Start it with: {command}", command=START_COMMAND),
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
        raise BackendError(said("The cluster backend was unloaded while in use")) from None


class _Broken(Exception):
    """An answer that another replica may give better."""
