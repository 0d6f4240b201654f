"""What the gate lets in: origins, web sockets, sizes, rates, proxies; and what is told to machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Request, WebSocket
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from chatbot.cli.server.web_app import create_app
from chatbot.config.settings import load_settings
from chatbot.turn.engine import Chatbot
from chatbot.web.auth.accounts import Accounts
from chatbot.web.auth.identity import current_user
from chatbot.web.hosting import rate_limit_key
from tests.support.scripted import scripted_registry

PASSWORD = "correct horse battery"
WS = "ws://localhost:7860"
HERE = ("127.0.0.1", 5000)
THERE = ("203.0.113.9", 5000)


def extra() -> APIRouter:
    router = APIRouter()

    @router.get("/who")
    def who(request: Request) -> dict[str, Any]:
        return {
            "user": current_user(request),
            "limited": rate_limit_key(request),
            "url": str(request.url),
            "forwarded": request.headers.get("x-forwarded-host"),
        }

    @router.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @router.websocket("/who")
    async def call(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(str(current_user(socket)))
        await socket.close()

    return router


@contextmanager
def client(
    tmp_path: Path,
    *,
    accounts: bool = False,
    origin: tuple[str, int] = HERE,
    chatbot: Any = None,
    **settings: Any,
) -> Iterator[TestClient]:
    if accounts:
        Accounts(tmp_path / "users").add("ann", PASSWORD)
        settings["auth"] = tmp_path / "users"
    chosen = load_settings(data_dir=tmp_path / "data", **settings)
    app = create_app(chatbot or Chatbot(chosen, scripted_registry()), chosen, [extra()])
    with TestClient(app, "http://localhost:7860", client=origin, follow_redirects=False) as running:
        yield running


def test_web_sockets_need_the_login_too(tmp_path: Path) -> None:
    with client(tmp_path, accounts=True) as browser:
        with pytest.raises(WebSocketDisconnect) as refused, browser.websocket_connect(f"{WS}/who"):
            pass
        assert refused.value.code == 4401
        browser.post("/login", data={"name": "ann", "password": PASSWORD})
        with browser.websocket_connect(f"{WS}/who") as socket:
            assert socket.receive_text() == "ann"
        with pytest.raises(WebSocketDisconnect), browser.websocket_connect(f"{WS}/gradio_api/queue/data"):
            pass


def test_another_sites_page_can_change_and_open_nothing(tmp_path: Path) -> None:
    with client(tmp_path) as browser:
        own, foreign = {"origin": "http://localhost:7860"}, {"origin": "https://evil.example"}
        assert browser.post("/echo", headers=own).status_code == 200
        assert browser.post("/echo").status_code == 200
        for headers in (
            foreign,
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site", **own},
        ):
            assert browser.post("/echo", headers=headers).status_code == 403
            with pytest.raises(WebSocketDisconnect), browser.websocket_connect(f"{WS}/who", headers=headers):
                pass
        assert browser.post("/echo", headers={"sec-fetch-site": "same-origin", **foreign}).status_code == 200
        proxied = {"origin": "https://chat.example", "x-forwarded-host": "chat.example"}
        assert browser.post("/echo", headers=proxied).status_code == 200
        with browser.websocket_connect(f"{WS}/who", headers=own) as socket:
            assert socket.receive_text() == "local"


def test_large_bodies_are_refused_announced_or_not(tmp_path: Path) -> None:
    with client(tmp_path, body_mb=1) as browser:
        assert browser.post("/echo", content=b"x" * 1_000_000).json() == 1_000_000
        assert browser.post("/echo", content=b"x" * 1_000_001).status_code == 413
        pieces = (b"x" * 100_000 for _ in range(11))
        assert browser.post("/echo", content=pieces).status_code == 413
        assert browser.post("/echo", content=iter([b"x" * 100])).json() == 100


def test_too_many_requests_are_told_when_to_come_again(tmp_path: Path) -> None:
    with client(tmp_path, requests_per_minute=3) as browser:
        codes = [browser.get("/who").status_code for _ in range(5)]
        assert codes == [200, 200, 200, 429, 429]
        answer = browser.get("/who")
        assert 1 <= int(answer.headers["retry-after"]) <= 20
        assert "Try again in" in answer.json()["detail"]
        assert browser.get("/healthz").status_code == 200


def test_uploads_are_counted_by_their_size(tmp_path: Path) -> None:
    with client(tmp_path, upload_mb_per_hour=2) as browser:
        assert browser.post("/echo", content=b"x" * 1_500_000).status_code == 200
        assert browser.post("/echo", content=b"x" * 1_500_000).status_code == 429
        assert browser.post("/echo", content=(b"x" * 100_000 for _ in range(9))).status_code == 429
        assert browser.post("/echo", content=b"x" * 3_000_000).status_code == 413
        assert browser.post("/echo", content=b"x").status_code == 200


def test_limits_count_addresses_where_nobody_has_a_name(tmp_path: Path) -> None:
    with client(tmp_path, host="0.0.0.0") as browser:
        assert browser.get("/who").json()["limited"] == "address 127.0.0.1"
        seen = browser.get("/who", headers={"x-forwarded-for": "198.51.100.7"}).json()
        assert seen["limited"] == "address 198.51.100.7"


def test_only_trusted_proxies_are_believed(tmp_path: Path) -> None:
    forwarded = {
        "x-forwarded-for": "198.51.100.7",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "chat.example",
    }
    with client(tmp_path) as browser:
        trusted = browser.get("/who", headers=forwarded).json()
        assert trusted["limited"] == "address 198.51.100.7"
        assert trusted["url"].startswith("https://")
        assert trusted["forwarded"] == "chat.example"
    with client(tmp_path, origin=THERE) as browser:
        stranger = browser.get("/who", headers=forwarded).json()
        assert stranger["limited"] == f"address {THERE[0]}"
        assert stranger["url"].startswith("http://")
        assert stranger["forwarded"] is None


def test_the_page_knows_the_path_under_which_a_proxy_shows_it(tmp_path: Path) -> None:
    with client(tmp_path, accounts=True, root_path="/trio") as browser:
        page = browser.get("/", headers={"accept": "text/html"})
        assert page.headers["location"] == "/trio/login?next=/"
        assert 'action="/trio/login"' in browser.get("/login").text
        answer = browser.post("/login", data={"name": "ann", "password": PASSWORD, "next": "/"})
        assert answer.headers["location"] == "/trio/"
        assert "path=/trio;" in answer.headers["set-cookie"].lower()
        cookie = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
        assert browser.get("/config", headers=cookie).json()["root"].endswith("/trio")


def test_metrics_are_for_this_machine_and_for_who_has_the_token(tmp_path: Path) -> None:
    with client(tmp_path) as browser:
        assert "trio_queue_waiting 0.0" in browser.get("/metrics").text
        assert browser.get("/metrics", headers={"x-forwarded-for": "198.51.100.7"}).status_code == 404
        assert browser.get("/metrics", headers={"host": "chat.example"}).status_code == 421
    with client(tmp_path, origin=THERE, metrics_token="open sesame", accounts=True) as browser:
        assert browser.get("/metrics").status_code == 404
        for wrong in ("Bearer x", "open sesame", "Basic open sesame", "Bearer"):
            assert browser.get("/metrics", headers={"authorization": wrong}).status_code == 404
        assert browser.get("/metrics", headers={"authorization": "Bearer open sesame"}).status_code == 200


def test_requests_are_counted_without_ids(tmp_path: Path) -> None:
    with client(tmp_path) as browser:
        browser.get("/who")
        browser.get("/secret-word")
        browser.get("/gradio_api/file=/tmp/secret-word.png")
        browser.request("SECRET", "/who")
        text = browser.get("/metrics").text
        assert 'trio_http_requests_total{method="GET",route="/who",status="200"} 1.0' in text
        assert "secret-word" not in text
        assert "SECRET" not in text


class Cold:
    """An engine whose models are in some state."""

    def __init__(self, done: tuple[str, ...], pending: tuple[str, ...], errors: dict[str, str]) -> None:
        self.done, self.pending, self.errors = done, pending, errors
        self.ready = not pending and not errors
        self.registry = scripted_registry()

    def status(self) -> Cold:
        return self

    def start_warm_up(self) -> None: ...

    def respond(self, *_: Any, **__: Any) -> Any:
        raise AssertionError


@pytest.mark.parametrize(
    ("state", "word", "health", "ready"),
    [
        (Cold((), ("generate", "ocr"), {}), "warming", 200, 503),
        (Cold(("generate",), ("ocr",), {}), "warming", 200, 200),
        (Cold(("generate", "ocr"), (), {}), "ok", 200, 200),
        (Cold(("generate",), (), {"ocr": "/private/path"}), "degraded", 200, 200),
        (Cold(("ocr",), (), {"generate": "/private/path"}), "failed", 503, 503),
    ],
)
def test_health_follows_the_models(tmp_path: Path, state: Cold, word: str, health: int, ready: int) -> None:
    with client(tmp_path, chatbot=state) as browser:
        answer = browser.get("/healthz")
        assert (answer.status_code, answer.json()["status"]) == (health, word)
        assert "private" not in answer.text
        assert browser.get("/readyz").status_code == ready
        text = browser.get("/metrics").text
        for stage in state.done:
            assert f'trio_model_state{{stage="{stage}",state="ready"}} 1.0' in text
        for stage in state.errors:
            assert f'trio_model_state{{stage="{stage}",state="failed"}} 1.0' in text
