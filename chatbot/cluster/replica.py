"""One replica: some stages' back-ends in a process of Ray Serve, called over HTTP."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chatbot.generators.protocol import Finish
from pipelines.cluster.calls import CALLS, DESCRIBE
from pipelines.cluster.wire import Wire, frame, pack_error
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, TrioError
from pipelines.core.memory import return_freed_memory
from pipelines.core.registry import Registry, Table
from pipelines.core.said import said
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import StreamingResponse

BATCH_SECONDS = 0.004
_log = logging.getLogger(__name__)
Embed = Callable[[Sequence[str]], NDArray[np.float32]]


def read_table(name: str) -> Table:
    """Return the table of back-ends that "module:NAME" names."""
    module, _, attribute = name.partition(":")
    rows: Table = getattr(importlib.import_module(module), attribute)
    return rows


class StageReplica:
    """Loads and warms its back-ends before it is ready; frees them when Serve lets it go.

    Args:
        stages: What it serves.
        table: The table of back-ends, as "module:NAME".
        backends: Back-end of each stage, where not the default of the table.
        options: Keyword options of the back-ends, by stage.
        threads: Calls that run at the same time.
        batch: Most texts of different requests in one pass of the sentence encoder.

    Raises:
        TrioError: if a back-end cannot be loaded; Serve shows it as the deployment's message.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        table: str,
        backends: Mapping[Stage, str],
        options: Mapping[Stage, Mapping[str, Any]],
        threads: int,
        batch: int,
    ) -> None:
        return_freed_memory()
        self._registry = Registry(read_table(table), WeightStore(), backends, options)
        self._stages = frozenset(stages)
        self._wire = Wire(Finish)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="trio-stage")
        self._registry.warm_up(stages)
        self._embed: Callable[[list[str]], Awaitable[Any]] | None = None
        if Stage.EMBED in self._stages and batch > 1:
            self._embed = _batched(self._pool, self._registry.get(Stage.EMBED).embed, batch)

    def __del__(self) -> None:
        """Free the models, whose native threads must not outlive the interpreter. Serve calls this."""
        self._registry.unload()

    async def __call__(self, request: Request) -> StreamingResponse:
        """Answer one call with a stream of frames: pieces, then an end or an error."""
        from starlette.responses import StreamingResponse

        return StreamingResponse(self._frames(await request.body()), media_type="application/octet-stream")

    async def _frames(self, body: bytes) -> AsyncIterator[bytes]:
        token = CancelToken()
        try:
            async with aclosing(self._messages(body, token)) as messages:
                async for message in messages:
                    yield frame(self._wire.encode(message))
        except TrioError as error:
            yield frame(self._wire.encode(("error", pack_error(error))))
        except Exception as error:
            _log.exception("a call failed")
            failure = BackendError(
                said("This stage failed unexpectedly in the cluster"),
                given=f"{type(error).__name__}: {error}"[:200],
            )
            yield frame(self._wire.encode(("error", pack_error(failure))))
        finally:
            token.cancel()  # a client that went away stops the model too

    async def _messages(self, body: bytes, token: CancelToken) -> AsyncGenerator[tuple[str, Any]]:
        asked = self._wire.decode(body)
        stage, name = self._checked(asked["stage"], asked["method"])
        backend = self._registry.get(stage)
        if name == DESCRIBE:
            names = (name for name in CALLS[stage].attributes if hasattr(backend, name))
            yield "end", {name: getattr(backend, name) for name in names}
            return
        method = getattr(backend, name)
        given = {"cancel": token} if "cancel" in inspect.signature(method).parameters else {}
        work = partial(method, *asked["args"], **asked["kwargs"], **given)
        if name in CALLS[stage].streams:
            pieces = _Pieces(work())
            try:
                kind = "piece"
                while kind == "piece":
                    kind, value = await self._in_thread(pieces.next)
                    yield kind, value
            finally:
                token.cancel()  # which ends the step that may be running
                self._pool.submit(pieces.close)
        elif name == "embed" and self._embed is not None:
            yield "end", await self._embed(*asked["args"])
        else:
            yield "end", await self._in_thread(work)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _checked(self, stage: str, method: str) -> tuple[Stage, str]:
        """Return what may be called. Raises BackendError for everything else."""
        calls = CALLS[Stage(stage)] if stage in self._stages else None
        if calls is None or method not in (DESCRIBE, *calls.methods, *calls.streams):
            raise BackendError(
                said("This replica does not support this call"),
                given=f"{stage}.{method}",
                allowed=f"the protocols of {', '.join(sorted(self._stages))}",
            )
        return Stage(stage), method


class _Pieces:
    """A generator that is asked in one thread and may be closed in another."""

    def __init__(self, pieces: Generator[Any, None, Any]) -> None:
        self._pieces, self._lock = pieces, threading.Lock()

    def next(self) -> tuple[str, Any]:
        """Return the next piece, or the end with what the generator returned."""
        with self._lock:
            try:
                return "piece", next(self._pieces)
            except StopIteration as ended:
                return "end", ended.value

    def close(self) -> None:
        """Close it once its step has ended: nobody knows when the last reference to it goes."""
        with self._lock:
            self._pieces.close()


def _batched(pool: ThreadPoolExecutor, embed: Embed, batch: int) -> Callable[[list[str]], Awaitable[Any]]:
    """Return `embed` as a coroutine function that puts the texts of waiting requests into one pass."""
    from ray import serve

    async def embed_together(requests: list[list[str]]) -> list[NDArray[np.float32]]:
        texts = [text for request in requests for text in request]
        rows = await asyncio.get_running_loop().run_in_executor(pool, embed, texts)
        ends = np.cumsum([len(request) for request in requests])
        return np.split(rows, ends[:-1])

    together: Callable[[list[str]], Awaitable[Any]] = serve.batch(
        embed_together, max_batch_size=batch, batch_wait_timeout_s=BATCH_SECONDS
    )
    return together
