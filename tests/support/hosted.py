"""A real server with two people, and a browser that keeps everything it saw."""

from __future__ import annotations

import contextlib
import json
import re
import ssl
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import APIRouter

from chatbot.cli.server.web_app import create_app
from chatbot.config.settings import load_settings
from chatbot.turn.engine import Chatbot
from chatbot.web.auth.accounts import Accounts
from pipelines.core.types import Stage
from tests.support.scripted import scripted_registry
from tests.support.serving import running

PASSWORDS = {"ann": "annie's long password", "bob": "bobby's long password"}


@dataclass
class Server:
    """A running server."""

    url: str
    app: Any
    data: Path


@contextlib.contextmanager
def served(
    folder: Path,
    options: dict[Stage, dict[str, Any]] | None = None,
    accounts: bool = True,
    routers: Sequence[APIRouter] = (),
    **settings: Any,
) -> Iterator[Server]:
    """Serve with scripted back-ends; with `accounts`, ann and bob may log in."""
    settings.setdefault("data_dir", folder / "data")
    if accounts:
        users = Accounts(folder / "users")
        for name, password in PASSWORDS.items():
            users.add(name, password)
        settings["auth"] = folder / "users"
    chosen = load_settings(**settings)
    with Chatbot(chosen, scripted_registry(options)) as chatbot:
        app = create_app(chatbot, chosen, routers)
        with running(app, chosen) as address:
            chatbot.wait_until_warm()
            yield Server(address, app, folder)


@dataclass
class Browser:
    """Does what the page does in a browser, and keeps what it sent and got."""

    url: str
    session: str = field(default_factory=lambda: uuid.uuid4().hex[:11])
    seen: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    verify: ssl.SSLContext | bool = True

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=60, verify=self.verify)

    def log_in(self, name: str, password: str | None = None) -> httpx.Response:
        """Fill in the form."""
        form = {"name": name, "password": PASSWORDS[name] if password is None else password, "next": "/"}
        return self.http.post("login", data=form)

    def config(self) -> Any:
        """Open the page."""
        return self._got(self.http.get("config")).json()

    def upload(self, name: str, data: bytes) -> str:
        """Upload a file; return its path on the server."""
        sent = self.http.post(
            "gradio_api/upload", params={"upload_id": f"up-{self.session}"}, files={"files": (name, data)}
        )
        path: str = self._got(sent).json()[0]
        return path

    def call(self, dependency: int, data: list[Any]) -> list[dict[str, Any]]:
        """Call a handler; return the messages of its stream, until it has ended."""
        joined = self.join(dependency, data)
        self._got(joined).raise_for_status()
        event = joined.json()["event_id"]
        self.events.append(event)
        messages = []
        with self.http.stream(
            "GET", "gradio_api/queue/data", params={"session_hash": self.session}
        ) as stream:
            stream.raise_for_status()
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    self.seen.append(line)
                    messages.append(json.loads(line[5:]))
        return messages

    def join(self, dependency: int, data: list[Any], **more: Any) -> httpx.Response:
        """Ask for a handler to be run."""
        body = {"fn_index": dependency, "data": data, "session_hash": self.session, "trigger_id": 1, **more}
        return self.http.post("gradio_api/queue/join", json=body)

    def say(self, text: str, paths: list[str]) -> list[dict[str, Any]]:
        """Send a message and read the answer."""
        send, answer = handlers_of(self.config())
        taken = self.call(send, [box(text, paths), None, None])
        assert taken[-2]["success"], taken
        return [*taken, *self.call(answer, [None, None])]

    def paths(self) -> set[str]:
        """Return every path of a cached file in what was seen."""
        return set(re.findall(r'"(/[^"\\]*/[0-9a-f]{64}/[^"\\]+)"', "\n".join(self.seen)))

    def _got(self, response: httpx.Response) -> httpx.Response:
        self.seen.append(response.text)
        return response


def box(text: str, paths: list[str]) -> dict[str, Any]:
    """Return the value of the box that people write in."""
    files = [
        {"path": path, "orig_name": Path(path).name, "meta": {"_type": "gradio.FileData"}} for path in paths
    ]
    return {"text": text, "files": files}


def handlers_of(config: Any) -> tuple[int, int]:
    """Return the numbers of the handlers that take a message and that answer it."""
    submit = next(d for d in config["dependencies"] if any(t[1] == "submit" for t in d["targets"]))
    after = [d for d in config["dependencies"] if d.get("trigger_after") == submit["id"]]
    answer = next(d for d in after if d["types"]["generator"])
    return submit["id"], answer["id"]
