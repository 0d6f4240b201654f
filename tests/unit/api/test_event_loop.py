"""What may take long leaves the event loop, and what nobody waits for any more ends."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from chatbot.api import large_bodies
from chatbot.api.jobs import Jobs
from chatbot.api.mcp_server import Tools
from chatbot.api.message_reader import Reader
from chatbot.api.schemas_chat import ChatRequest
from chatbot.api.service import Service
from chatbot.call.call_session import CallSession
from chatbot.config.settings import load_settings
from chatbot.turn.options import TurnOptions
from chatbot.turn.service import AdmitEverybody, TurnService
from chatbot.web.admission.turn_queue import TurnQueue
from chatbot.web.auth.login_sessions import Sessions
from chatbot.web.gradio_guard import page_guard
from chatbot.web.observability import metrics
from chatbot.web.observability.metrics import Metrics
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled
from pipelines.core.types import Stage
from tests.support.api_server import EndlessGenerator, served
from tests.support.call_sessions import silence
from tests.support.called import calls_app
from tests.unit.api.test_api_chat import PICTURE
from tests.unit.call.test_call_socket import START, Client, Noted
from tests.unit.web.test_server_gate import PASSWORD, client
from tests.unit.web.test_server_hosts import MCP


def on_the_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[bool]]]:
    """Give what watches a function: for each call, whether it was on the event loop."""

    def watch(owner: Any, name: str) -> list[bool]:
        calls: list[bool] = []
        whole = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            calls.append(on_the_loop())
            return whole(*args, **kwargs)

        monkeypatch.setattr(owner, name, watched)
        return calls

    yield watch


def test_the_users_file_is_looked_at_in_a_thread(tmp_path: Path, noted: Callable[..., list[bool]]) -> None:
    calls = noted(Sessions, "user")
    with client(tmp_path, accounts=True) as browser:
        assert browser.get("/who").status_code == 401
        assert not calls, "who shows nothing needs no look"
        browser.post("/login", data={"name": "ann", "password": PASSWORD})
        assert browser.get("/who").json()["user"] == "ann"
    assert calls and not any(calls)


def test_large_calls_and_events_of_the_page_are_parsed_in_a_thread(
    tmp_path: Path, noted: Callable[..., list[bool]]
) -> None:
    bodies_read, events_read = noted(page_guard, "_read_body"), noted(page_guard._Watched, "_note")
    padding = "x" * page_guard._LARGE
    with client(tmp_path, accounts=True) as browser:
        browser.post("/login", data={"name": "ann", "password": PASSWORD})
        body = {"data": [padding], "fn_index": 0, "session_hash": "abc"}
        browser.post("/gradio_api/queue/join", json=body)
    assert bodies_read == [False]
    large = page_guard._Watched(None, "ann", "events", None)  # type: ignore[arg-type]
    sent: list[Any] = []

    async def main() -> None:
        async def send(message: Any) -> None:
            sent.append(message)

        large._send = send
        large._guard = page_guard.PageGuard(None, None)  # type: ignore[arg-type]
        head = {"type": "http.response.start", "headers": [(b"content-type", b"text/event-stream")]}
        await large.send(head)
        event = b"data: " + json.dumps({"said": padding}).encode() + b"\n\n"
        await large.send({"type": "http.response.body", "body": event, "more_body": True})

    events_read.clear()
    asyncio.run(main())
    assert events_read == [False] and len(sent) == 2


def test_large_bodies_of_the_api_are_read_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[bool] = []

    class Json:
        @staticmethod
        def loads(data: bytes) -> Any:
            calls.append(on_the_loop())
            return json.loads(data)

    monkeypatch.setattr(large_bodies, "json", Json)
    system = {"role": "system", "content": "x" * large_bodies.LARGE}
    chat = {"messages": [system, {"role": "user", "content": "Hi"}], "max_tokens": 1}
    asked = {"input": "x" * large_bodies.LARGE}
    with client(tmp_path) as browser:
        for path, body in (("chat/completions", chat), ("responses", asked), ("embeddings", asked)):
            browser.post(f"/v1/{path}", json=body)
    assert calls == [False, False, False]


def test_files_of_mcp_are_read_in_a_thread(noted: Callable[..., list[bool]]) -> None:
    calls = noted(Tools, "_read")
    tools = Tools(None, local_files=False)  # type: ignore[arg-type]
    assert asyncio.run(tools._bytes("aGk=", "audio")) == b"hi"
    assert calls == [False]


def test_speech_is_looked_for_in_a_thread(noted: Callable[..., list[bool]]) -> None:
    calls = noted(CallSession, "hear")
    with TestClient(calls_app(Noted())) as http, http.websocket_connect("/call") as socket:
        caller = Client(socket)
        caller.say(**START)
        caller.until("ready")
        caller.speak(silence(0.2))
        caller.say(type="end")
        assert caller.closed() == 1000
    assert calls and not any(calls)


def test_two_scrapes_at_once_both_tell_of_every_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is about to write what the other has just cleared would tell of no model at all."""
    cleared = threading.Event()
    go_on = threading.Event()
    others: list[threading.Thread] = []
    whole = metrics.generate_latest

    class Status:
        pending: tuple[str, ...] = ()
        errors: dict[str, str] = {}  # noqa: RUF012

        @property
        def done(self) -> tuple[str, ...]:
            if threading.current_thread() in others:
                cleared.set()
                go_on.wait(30)
            return ("generate",)

    found = Metrics(TurnQueue(), Status)  # type: ignore[arg-type]

    def generate(registry: Any) -> bytes:
        if not others:
            others.append(threading.Thread(target=found.text))
            others[0].start()
            cleared.wait(1.0)  # with the lock the other one never gets there
        return whole(registry)

    monkeypatch.setattr(metrics, "generate_latest", generate)
    try:
        assert b'trio_model_state{stage="generate",state="ready"} 1.0' in found.text()
    finally:
        go_on.set()
        others[0].join(30)


def test_an_earlier_picture_is_not_understood_for_a_client_that_has_gone() -> None:
    given: list[CancelToken] = []
    request = CancelToken()

    class Engine:
        def understand(self, turn: Any, *, cancel: CancelToken, options: Any) -> Iterator[Any]:
            given.append(cancel)
            request.cancel()
            cancel.raise_if_cancelled()
            yield None

    turns = TurnService(Engine())  # type: ignore[arg-type]
    service = Service(turns, load_settings(), Jobs(AdmitEverybody()))
    messages = [
        {"role": "user", "content": [PICTURE]},
        {"role": "assistant", "content": "A cat."},
        {"role": "user", "content": "And?"},
    ]
    asked = ChatRequest.model_validate({"messages": messages})
    with pytest.raises(Cancelled):
        Reader(service, None, TurnOptions(), request).read(asked.messages)
    assert given[0] is not request, "a turn that ends cancels its token; the request goes on"


def test_a_tokens_children_end_with_it_and_not_the_other_way_round() -> None:
    parent = CancelToken()
    first, second = parent.child(), parent.child()
    first.cancel()
    assert first.cancelled and not parent.cancelled and not second.cancelled
    parent.cancel()
    assert second.cancelled and parent.child().cancelled


def test_a_client_of_mcp_that_leaves_stops_its_turn(tmp_path: Path) -> None:
    EndlessGenerator.ended.clear()
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "ask", "arguments": {"text": "Hi"}},
    }
    with served(tmp_path, choices={Stage.GENERATE: "endless"}) as trio:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{trio.url}/mcp", json=call, headers=MCP, timeout=httpx.Timeout(60, read=8))
        assert EndlessGenerator.ended.wait(30)
