"""Who may be asked for by which name: DNS rebinding, proxies, Spaces, web sockets, MCP."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from chatbot.config.settings import load_settings
from chatbot.web.known_hosts import HostNames, bare, host_names
from pipelines.core.errors import SettingsError
from tests.unit.web.test_server_gate import PASSWORD, THERE, WS, client

EVIL = {"host": "evil.example:7860", "sec-fetch-site": "same-origin"}
PAGES = ("/", "/config", "/export", "/media/0", "/v1/models", "/v1/files", "/docs", "/healthz", "/metrics")
CHAT = {"messages": [{"role": "user", "content": "Hi"}]}
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "x", "version": "1"},
    },
}
MCP = {"accept": "application/json, text/event-stream"}


def test_a_rebound_name_is_refused_on_every_path(tmp_path: Path) -> None:
    with client(tmp_path) as browser:
        for path in PAGES:
            answer = browser.get(path, headers=EVIL)
            assert answer.status_code == 421, path
            assert "TRIO_ALLOWED_HOSTS=evil.example" in answer.json()["detail"]
        assert browser.post("/v1/chat/completions", json=CHAT, headers=EVIL).status_code == 421
        assert browser.post("/gradio_api/queue/join", json={}, headers=EVIL).status_code == 421
        assert browser.post("/mcp", json=CALL, headers={**MCP, **EVIL}).status_code == 421
        for path in ("/who", "/call"):
            called = browser.websocket_connect(f"{WS}{path}", headers=EVIL)
            with pytest.raises(WebSocketDenialResponse) as refused, called:
                pass
            assert refused.value.status_code == 421


def test_headers_that_a_rebound_page_can_make_up_change_nothing(tmp_path: Path) -> None:
    """Its scripts may set them, as the page of the same origin that the browser takes it for."""
    made_up = {"x-forwarded-for": "127.0.0.1", "x-forwarded-host": "localhost", "forwarded": "host=localhost"}
    with client(tmp_path) as browser:
        assert browser.get("/export", headers={**EVIL, **made_up}).status_code == 421


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST:7860", "localhost.", "trio.localhost:7860", "127.0.0.1:7860"),
        *("127.9.9.9", "[::1]:7860", "192.168.1.20:7860", "203.0.113.9"),
    ],
)
def test_loopback_names_and_addresses_in_digits_count(tmp_path: Path, host: str) -> None:
    with client(tmp_path) as browser:
        assert browser.get("/who", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example#localhost"),
        *("localhost@evil.example", "evil.example:localhost", "2130706433", "127.1", "::1", "[127.0.0.1]"),
        *(
            "localhost evil.example",
            "localhost,evil.example",
            "localhostx",
            "xlocalhost",
            "[::1",
            "\u0131localhost",
        ),
    ],
)
def test_what_only_looks_like_this_machine_does_not(host: str) -> None:
    assert not HostNames().allows(host)


def test_two_host_headers_are_refused(tmp_path: Path) -> None:
    with client(tmp_path) as browser:
        answer = browser.get("/who", headers=[("host", "localhost"), ("host", "evil.example")])
        assert answer.status_code == 400


def test_names_of_the_settings_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with client(tmp_path, allowed_hosts="Chat.example, trio:7860") as browser:
        for host in ("chat.example", "CHAT.example:443", "trio", "trio:80"):
            assert browser.get("/who", headers={"host": host}).status_code == 200
        assert browser.get("/who", headers={"host": "other.chat.example"}).status_code == 421
    monkeypatch.setenv("TRIO_ALLOWED_HOSTS", "chat.example")
    with client(tmp_path) as browser:
        assert browser.get("/who", headers={"host": "chat.example"}).status_code == 200
    assert load_settings(allowed_hosts=["a.example", "b.example"]).allowed_hosts == "a.example,b.example"
    for wrong in ("https://chat.example", "*", "a b"):
        with pytest.raises(SettingsError, match="allowed_hosts"):
            load_settings(allowed_hosts=wrong)


def test_beyond_this_machine_its_own_name_counts_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Desk.example.org")
    names = host_names(load_settings(), "0.0.0.0", {})
    assert all(map(names.allows, ("desk", "desk.local:7860", "desk.example.org", "192.168.1.20")))
    assert not names.allows("evil.example") and not names.allows("example.org")
    assert not host_names(load_settings(), "127.0.0.1", {}).allows("desk")
    assert host_names(load_settings(), "chat.example", {}).allows("chat.example")


def test_a_space_answers_to_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "ann/trio")
    monkeypatch.setenv("SPACE_HOST", "ann-trio.hf.space")
    forwarded = {"host": "ann-trio.hf.space", "x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https"}
    with client(tmp_path, origin=("10.0.0.1", 5000), host="0.0.0.0") as browser:
        assert browser.get("/who", headers=forwarded).json()["url"] == "https://ann-trio.hf.space/who"
        assert browser.get("/who", headers={**forwarded, **EVIL}).status_code == 421


def test_a_listed_proxy_passes_its_names_on(tmp_path: Path) -> None:
    passed = {"host": "chat.example", "x-forwarded-for": "198.51.100.7"}
    proxy = ("10.0.0.2", 5000)
    with client(tmp_path, origin=proxy, trusted_proxies="10.0.0.2") as browser:
        assert browser.get("/who", headers=passed).status_code == 200
        assert browser.get("/who", headers={"host": "chat.example"}).status_code == 421, (
            "no proxy passed it on"
        )
        answer = browser.post("/mcp", json=CALL, headers={**MCP, **passed, "origin": "http://chat.example"})
        assert answer.status_code == 200
    with client(tmp_path, origin=THERE, trusted_proxies="10.0.0.2") as browser:
        assert browser.get("/who", headers=passed).status_code == 421, "not the proxy"
    with client(tmp_path, origin=proxy, trusted_proxies="*") as browser:
        assert browser.get("/who", headers=passed).status_code == 421, "everybody is no proxy"


def test_a_proxy_on_this_machine_passes_names_on_where_people_log_in(tmp_path: Path) -> None:
    """There no name but the right one has anybody's cookie; without logins a browser could pose as it."""
    passed = {"host": "chat.example", "x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https"}
    with client(tmp_path) as browser:
        assert browser.get("/who", headers=passed).status_code == 421
    with client(tmp_path, accounts=True) as browser:
        assert browser.get("/who", headers=passed).status_code == 401
        assert browser.get("/login", headers=passed).status_code == 200
        form = {"name": "ann", "password": PASSWORD}
        assert browser.post("/login", data=form, headers=passed).status_code == 303


def test_mcp_keeps_its_own_protection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the server's check is gone the SDK refuses the name; and it takes those that count."""
    from chatbot.web import known_hosts

    with client(tmp_path, allowed_hosts="chat.example") as browser:
        for host in ("localhost:7860", "127.0.0.1:7860", "192.168.1.20", "chat.example"):
            assert browser.post("/mcp", json=CALL, headers={**MCP, "host": host}).status_code == 200, host
    from chatbot.api.mcp_http import McpEndpoint

    async def passed_on(self: Any, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    monkeypatch.setattr(known_hosts.KnownHosts, "__call__", passed_on)
    monkeypatch.setattr(McpEndpoint, "_as_known", lambda self, scope: scope)
    with client(tmp_path) as browser:
        assert browser.post("/mcp", json=CALL, headers={**MCP, **EVIL}).status_code == 421
        foreign = {**MCP, "sec-fetch-site": "same-origin", "origin": "http://evil.example"}
        assert browser.post("/mcp", json=CALL, headers=foreign).status_code == 403


def test_web_sockets_of_a_foreign_name_close_without_the_extension_too(tmp_path: Path) -> None:
    from chatbot.web.known_hosts import KnownHosts
    from tests.support.event_loops import in_a_loop

    sent: list[Any] = []

    async def main() -> None:
        async def receive() -> Any:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "websocket", "headers": [(b"host", b"evil.example")]}
        await KnownHosts(None, HostNames())(scope, receive, send)  # type: ignore[arg-type]

    in_a_loop(main())
    assert [message["code"] for message in sent] == [4421]
    assert issubclass(WebSocketDenialResponse, WebSocketDisconnect)


def test_names_are_read_from_headers() -> None:
    assert bare("Chat.Example.:443") == "chat.example"
    assert bare("[::1]:7860") == "[::1]"
    assert bare("a/b") is None
