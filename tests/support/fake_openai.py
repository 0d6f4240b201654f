"""A server with the OpenAI API that answers as it is told, faults included."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

KEY = "sk-secret-of-the-test"
Answer = Callable[["Handler"], None]


@dataclass(frozen=True)
class Seen:
    """One request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Handler(BaseHTTPRequestHandler):
    """Answers from the script of its server."""

    protocol_version = "HTTP/1.1"
    server: FakeServer
    asked: Seen

    def log_message(self, format: str, *args: Any) -> None: ...

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked = Seen(self.path, headers, body)
        self.server.next_answer(self.asked)(self)

    def begin(self, status: int, kind: str, **headers: str) -> None:
        """Send the head of an answer that comes in chunks."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def wait_until_gone(self) -> None:
        """Return once the client has closed the connection, and tell the test."""
        while True:
            readable, _, _ = select.select([self.connection], [], [], 30)
            if not readable or self.connection.recv(1, socket.MSG_PEEK) == b"":
                break
        if readable:
            self.server.gone.set()
        self.close_connection = True


class FakeServer(ThreadingHTTPServer):
    """Answers `script[path]` in order, the last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: dict[str, list[Answer]] = defaultdict(list)
        self.seen: list[Seen] = []
        self.gone = threading.Event()
        self._guard = threading.Lock()
        self.script["/v1/models"] = [models("tiny")]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def next_answer(self, seen: Seen) -> Answer:
        with self._guard:
            self.seen.append(seen)
            answers = self.script.get(seen.path)
            if not answers:
                return error(404, "Not Found")
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def asked(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    def handle_error(self, request: Any, client_address: Any) -> None: ...


@contextlib.contextmanager
def fake_server() -> Iterator[FakeServer]:
    """Run a server at a free port."""
    server = FakeServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def data(content: bytes, kind: str, status: int = 200, **headers: str) -> Answer:
    """Answer with these bytes."""

    def answer(handler: Handler) -> None:
        handler.begin(status, kind, **headers)
        if content:
            handler.chunk(content)
        handler.chunk(b"")

    return answer


def reply(value: Any, status: int = 200, **headers: str) -> Answer:
    """Answer with JSON."""
    return data(json.dumps(value).encode(), "application/json", status, **headers)


def error(status: int, message: str, *, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    """Answer with an error of the API."""
    return reply({"error": {"message": message, **more}}, status, **(headers or {}))


def models(*names: str, **facts: Any) -> Answer:
    return reply({"object": "list", "data": [{"id": name, "object": "model", **facts} for name in names]})


def delta(text: str | None = None, **more: Any) -> dict[str, Any]:
    """Return one event of a streamed reply."""
    return {"choices": [{"index": 0, "delta": {"content": text}, **more}]}


HELLO = (
    delta("Hello "),
    delta("there."),
    delta(None, finish_reason="stop"),
    {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}},
)


def stream(*events: Any, done: bool = True, then: Answer | None = None) -> Answer:
    """Answer with server-sent events; with `then`, the stream goes on as that says."""

    def answer(handler: Handler) -> None:
        handler.begin(200, "text/event-stream; charset=utf-8")
        for event in events:
            text = event if isinstance(event, str) else f"data: {json.dumps(event)}\n\n"
            handler.chunk(text.encode())
        if then is not None:
            then(handler)
            return
        if done:
            handler.chunk(b"data: [DONE]\n\n")
        handler.chunk(b"")

    return answer


def hang(handler: Handler) -> None:
    """Send nothing until the client goes away."""
    handler.wait_until_gone()


def break_off(handler: Handler) -> None:
    """Close the connection in the middle of an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def pcm(seconds: float = 1.0, rate: int = 24_000) -> bytes:
    """Return a tone as raw 16-bit sound."""
    times = np.arange(int(seconds * rate)) / rate
    return (np.sin(2 * np.pi * 220 * times) * 12_000).astype("<i2").tobytes()
