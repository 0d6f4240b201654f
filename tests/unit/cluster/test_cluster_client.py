"""The client of the cluster against a server that answers as a replica does, without Ray."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pipelines.cluster.client import ClusterClient, Place
from pipelines.cluster.wire import Wire, frame
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, Cancelled
from pipelines.core.types import Stage

WAIT = 30


class Replica(ThreadingHTTPServer):
    """Sends two pieces; then the end, or nothing until it is let go. `asked` is released for every call."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hangs, self.leave, self.asked = False, threading.Event(), threading.Semaphore(0)


class _Handler(BaseHTTPRequestHandler):
    server: Replica

    def log_message(self, *_: Any) -> None: ...

    def do_GET(self) -> None:
        self._begin(json.dumps({"/trio/generate": "x"}).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._begin(frame(Wire().encode(("piece", "one"))), frame(Wire().encode(("piece", "two"))))
        self.server.asked.release()
        if self.server.hangs:
            assert self.server.leave.wait(WAIT)
            return
        self.wfile.write(frame(Wire().encode(("end", "all"))))

    def _begin(self, *parts: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        for part in parts:
            self.wfile.write(part)


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica() as replica:
        threading.Thread(target=replica.serve_forever, daemon=True).start()
        yield replica
        replica.leave.set()
        replica.shutdown()


@pytest.fixture
def client(replica: Replica) -> Iterator[ClusterClient]:
    client = ClusterClient(Stage.GENERATE, Place(f"http://127.0.0.1:{replica.server_port}"), Wire())
    client.open()
    yield client
    client.close()


def when_asked(replica: Replica, action: Any) -> threading.Thread:
    thread = threading.Thread(target=lambda: (replica.asked.acquire(timeout=WAIT), action()))
    thread.start()
    return thread


def test_pieces_and_the_end_come_over(client: ClusterClient) -> None:
    token = CancelToken()
    stream = client.stream("stream", cancel=token)
    assert [next(stream), next(stream)] == ["one", "two"]
    with pytest.raises(StopIteration) as ended:
        next(stream)
    assert ended.value.value == "all"
    assert client.call("stream", cancel=token) == "all"


def test_a_call_that_waits_is_cancelled(replica: Replica, client: ClusterClient) -> None:
    replica.hangs, token = True, CancelToken()
    thread = when_asked(replica, token.cancel)
    with pytest.raises(Cancelled):
        client.call("stream", cancel=token)
    thread.join(WAIT)
    replica.hangs = False
    assert client.call("stream") == "all"


def test_a_stream_that_waits_is_cancelled(replica: Replica, client: ClusterClient) -> None:
    replica.hangs, token, idle = True, CancelToken(), threading.Event()
    stream = client.stream("stream", cancel=token)
    assert [next(stream), next(stream)] == ["one", "two"]
    thread = when_asked(replica, token.cancel)
    with pytest.raises(Cancelled):
        next(stream)
    thread.join(WAIT)
    token.on_idle(idle.set)
    assert idle.wait(WAIT)


@pytest.mark.parametrize("way", ["call", "stream"])
def test_unloading_ends_what_waits(replica: Replica, client: ClusterClient, way: str) -> None:
    replica.hangs = True
    thread = when_asked(replica, client.close)
    with pytest.raises(BackendError, match="unloaded while in use"):
        client.call("stream") if way == "call" else list(client.stream("stream"))
    thread.join(WAIT)
