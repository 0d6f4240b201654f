"""Requests to one server: streaming, retries before the first byte; a cancel closes the connection."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from concurrent.futures import CancelledError
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError
from pipelines.core.hosts import is_this_machine
from pipelines.core.http_thread import HttpThread
from pipelines.core.openai_client import errors
from pipelines.core.openai_client.options import EndpointOptions
from pipelines.core.openai_client.retry import NEVER, RETRIED, Backoff, retry_after
from pipelines.core.openai_client.sse import event_data
from pipelines.core.streams import Put, stream_from_future

if TYPE_CHECKING:
    from concurrent.futures import Future

CONNECT_SECONDS = 5.0
CHECK_SECONDS = 3.0
_DONE = "[DONE]"
_LOST = (httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError)


@dataclass(frozen=True)
class Ask:
    """One request.

    Attributes:
        path: After the base address, or with `at_root` after the server's own, without /v1.
        body: JSON, or the fields of a form where there are `files`; None for GET.
        files: Files of a form: name to (file name, bytes, media type).
        instead: What takes the place of a field of `body` that this server turns out not to take.
    """

    path: str
    body: Mapping[str, Any] | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    instead: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    at_root: bool = False


@dataclass(frozen=True)
class Head:
    """The beginning of an answer. `kind`: its media type, without parameters."""

    kind: str


class OpenAIClient:
    """Talks to one server. Thread-safe between `open` and `close`.

    Args:
        options: Where the server is.
        backoff: How long to wait before retries.
    """

    def __init__(self, options: EndpointOptions, backoff: Backoff | None = None) -> None:
        self._options, self._backoff = options, backoff or Backoff()
        self._refused: set[str] = set()
        self.models: tuple[str, ...] = ()
        key, timeout = options.key, options.timeout
        http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout)),
            trust_env=not is_this_machine(options.url),
        )
        self._thread = HttpThread(http, "trio-http")

    def open(self) -> None:
        """Start the thread; nothing is sent."""
        self._thread.open()

    def close(self) -> None:
        """End what is running, the connections and the thread."""
        self._thread.close()

    def list_models(self, cancel: CancelToken | None = None) -> list[dict[str, Any]]:
        """Return the server's models, as it describes them. Raises BackendError."""
        found = self.json(Ask("/models"), cancel).get("data")
        cards = [card for card in found or () if isinstance(card, dict) and isinstance(card.get("id"), str)]
        self.models = tuple(card["id"] for card in cards)
        return cards

    def json(self, ask: Ask, cancel: CancelToken | None = None) -> dict[str, Any]:
        """Return the JSON object that the server answers.

        Raises:
            BackendError: if it does not answer, refuses, or answers something else.
            Cancelled: when the token is cancelled; the connection is closed.
        """
        with closing(self.exchange(ask, cancel)) as items:
            head = next(items)
            body = b"".join(item for item in items if isinstance(item, bytes))
        assert isinstance(head, Head)
        return self._object(body, head.kind)

    def events(self, ask: Ask, cancel: CancelToken | None = None) -> Generator[dict[str, Any], None, bool]:
        """Yield the objects of a stream of server-sent events; return whether it ended with [DONE].

        Raises:
            BackendError, Cancelled: as `json` does; what was yielded before stays valid.
        """
        with closing(self.exchange(ask, cancel)) as items:
            head = next(items)
            assert isinstance(head, Head)
            if head.kind != "text/event-stream":
                raise errors.unreadable(self._options, f"{head.kind or 'no media type'} instead of a stream")
            for data in event_data(item for item in items if isinstance(item, bytes)):
                if data == _DONE:
                    return True
                found = self._object(data.encode(), head.kind)
                if found.get("error"):
                    raise errors.refused(self._options, 200, data.encode(), ask.path)
                yield found
        return False

    def exchange(self, ask: Ask, cancel: CancelToken | None = None) -> Generator[Head | bytes, None, None]:
        """Yield the answer's head, then its bytes as they come. Raises what `json` raises.

        Closing this iterator closes the connection.
        """

        def start(put: Put[Head | bytes], _: CancelToken) -> Future[None]:
            return self._thread.start(self._run, ask, put)

        try:
            yield from stream_from_future(start, cancel)
        except CancelledError:
            raise errors.cut(self._options) from None

    async def _run(self, ask: Ask, put: Put[Head | bytes]) -> None:
        """Hand the answer over; runs in the event loop."""
        begun = False
        try:
            response = await self._open(ask)
            try:
                put(Head(response.headers.get("content-type", "").partition(";")[0].strip().lower()))
                begun = True
                async for chunk in response.aiter_bytes():
                    put(chunk)
            finally:
                await response.aclose()
        except httpx.TimeoutException:
            raise errors.silent(self._options) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise errors.cut(self._options) if begun else errors.unreachable(self._options, error) from None

    async def _open(self, ask: Ask) -> httpx.Response:
        """Return a good answer of which only the head was read; sends again where that may help."""
        attempt = 0
        while True:
            asked: float | None = None
            body = self._body(ask)
            try:
                response = await self._send(ask, body)
            except _LOST as error:
                fault: BackendError = errors.unreachable(self._options, error)
            else:
                if response.is_success:
                    return response
                refusal = await self._refusal(ask, response)
                if refusal.param in body and refusal.param in ask.instead:
                    self._refused.add(refusal.param)
                    continue
                if refusal.status not in RETRIED or refusal.code in NEVER:
                    raise refusal
                fault, asked = refusal, retry_after(response.headers.get("retry-after"))
            wait = self._backoff.wait(attempt, asked)
            if attempt >= self._options.retries or wait is None:
                raise fault
            attempt += 1
            await anyio.sleep(wait)

    async def _send(self, ask: Ask, body: dict[str, Any]) -> httpx.Response:
        http, base = self._thread.client, self._options.url
        url = (base.removesuffix("/v1") if ask.at_root else base) + ask.path
        if ask.body is None:
            request = http.build_request("GET", url)
        elif ask.files is not None:
            request = http.build_request("POST", url, data=body, files=ask.files)
        else:
            request = http.build_request("POST", url, json=body)
        return await http.send(request, stream=True)

    def _body(self, ask: Ask) -> dict[str, Any]:
        """Return the fields to send, without those that this server has refused."""
        body = dict(ask.body or {})
        for name in self._refused & set(ask.instead) & set(body):
            del body[name]
            body.update(ask.instead[name])
        return body

    async def _refusal(self, ask: Ask, response: httpx.Response) -> errors.RefusedError:
        try:
            body = await response.aread()
        finally:
            await response.aclose()
        return errors.refused(self._options, response.status_code, body, ask.path, self.models)

    def _object(self, body: bytes, kind: str) -> dict[str, Any]:
        try:
            found = json.loads(body)
        except ValueError:
            begin = body[:80].decode("utf-8", "replace")
            raise errors.unreadable(self._options, f"{kind or 'no media type'}: {begin}") from None
        if not isinstance(found, dict):
            raise errors.unreadable(self._options, f"JSON that is no object: {str(found)[:80]}")
        return found
