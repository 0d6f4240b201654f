"""The outside: starts the server, waits until it has come to a place, and kills it."""

from __future__ import annotations

import json
import multiprocessing
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.hosted import Browser, box, handlers_of

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.support.killed.child"])


@dataclass(frozen=True)
class Pause:
    """Where the server goes no further: "module:Class.method", before it or `after`, at its `call`-th call."""

    place: str
    call: int = 1
    after: bool = False


@dataclass(frozen=True)
class Plan:
    """How a server is to run; see `Program`."""

    settings: dict[str, Any]
    scripts: Mapping[str, Mapping[str, Any]]
    pause: Pause | None
    as_others: bool
    environment: dict[str, str]
    log: Path


def _child(*given: Any) -> None:
    from tests.support.killed.child import serve

    serve(*given)


@dataclass
class Program:
    """A server on a data folder, with scripted models. A context manager; leaving it kills it.

    Attributes:
        folder: For what it writes beside its data, and for `data` where no other is given.
        data: Its data folder.
        scripts: Options of the scripted models, by stage.
        pause: Where it goes no further.
        as_others: Whether root obeys permissions.
        settings: More settings.
    """

    folder: Path
    data: Path = Path()
    scripts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pause: Pause | None = None
    as_others: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data = self.folder / "data" if self.data == Path() else self.data
        self.log = self.folder / f"server-{time.monotonic_ns()}.log"
        self.clock: Any = _PROCESSES.Value("d", 0.0)
        self._reached, self._go_on = _PROCESSES.Event(), _PROCESSES.Event()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        settings = {"data_dir": self.data, "host": "127.0.0.1", "port": self.port, **self.settings}
        environment = {"GRADIO_TEMP_DIR": str(self.folder / "cache")}
        plan = Plan(settings, self.scripts, self.pause, self.as_others, environment, self.log)
        self.process: Any = _PROCESSES.Process(
            target=_child, args=(plan, self._reached, self._go_on, self.clock)
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> Program:
        self.process.start()
        while True:
            try:
                httpx.get(self.url + "health", timeout=240)
                return self
            except httpx.ConnectError:
                assert self.process.is_alive(), f"the server did not start:\n{self.log.read_text()}"
                time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self.kill()

    def wait_until_ended(self) -> str:
        """Start it, wait until it has ended by itself, and return what it printed."""
        self.process.start()
        self.process.join(240)
        return self.log.read_text()

    def wait_for_pause(self) -> None:
        """Return once the server has come to its pause."""
        while not self._reached.wait(0.1):
            assert self.process.is_alive(), f"the server has ended:\n{self.log.read_text()}"

    def go_on(self) -> None:
        """Let it go on from its pause."""
        self._go_on.set()

    def kill(self) -> None:
        """`kill -9`."""
        if self.process.is_alive():
            self.process.kill()
        self.process.join()

    def end(self) -> None:
        """SIGTERM, and wait."""
        self.process.terminate()
        self.process.join(240)

    def browser(self) -> Browser:
        return Browser(self.url)

    def ask(self, text: str, paths: list[str] | None = None, browser: Browser | None = None) -> Asked:
        """Send a message as the page does; it goes on in a thread of its own."""
        return Asked(browser or self.browser(), text, paths or [])


class Asked:
    """A message that is on its way, and what came back so far."""

    def __init__(self, browser: Browser, text: str, paths: list[str]) -> None:
        self.browser, self._text, self._paths = browser, text, paths
        self.messages: list[dict[str, Any]] = []
        self.broken: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            send, answer = handlers_of(self.browser.config())
            self.messages += self.browser.call(send, [box(self._text, self._paths), None, None])
            self.messages += self.browser.call(answer, [None, None])
        except httpx.HTTPError as error:
            self.broken = error

    def wait(self) -> str:
        """Wait until the answer has ended, or the connection; return everything that the page got."""
        self._thread.join(240)
        assert not self._thread.is_alive()
        return "\n".join(self.browser.seen)

    def shown(self) -> str:
        """Return everything that the page was told to show, the changes as Gradio sends them."""
        return json.dumps(self.messages)
