"""Where the server listens, and what is said when it cannot."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from chatbot.cli.server.run import launch
from chatbot.cli.server.web_app import create_app
from chatbot.config.settings import load_settings
from chatbot.turn.engine import Chatbot
from chatbot.web.auth.accounts import Accounts
from chatbot.web.auth.identity import LOCAL, current_user
from chatbot.web.listening import address, check_certificate, open_port, url_of
from pipelines.core.errors import SettingsError
from tests.support.certificates import self_signed
from tests.support.scripted import scripted_registry


def engine() -> Chatbot:
    return Chatbot(load_settings(), scripted_registry())


ROOT = Path(__file__).resolve().parents[3]
PORTS = ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "PORT")


def test_the_address_comes_from_the_environment_or_the_settings() -> None:
    settings = load_settings(host="127.0.0.1", port=7860)
    assert address(settings, {}) == ("127.0.0.1", 7860)
    assert address(settings, {"PORT": "80"}) == ("127.0.0.1", 80)
    space = {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "7000", "PORT": "80"}
    assert address(settings, space) == ("0.0.0.0", 7000)
    for wrong in ("x", "0", "70000", "-1"):
        with pytest.raises(SettingsError, match="1 to 65535"):
            address(settings, {"PORT": wrong})


def test_a_taken_port_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PORTS:
        monkeypatch.delenv(name, raising=False)
    with open_port("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match="cannot be served") as caught:
            launch(engine(), load_settings(port=port))
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "GRADIO_SERVER_PORT" in str(caught.value)


def test_a_foreign_address_is_explained() -> None:
    with pytest.raises(SettingsError, match="cannot be served"):
        open_port("192.0.2.1", 7860)


def test_both_kinds_of_addresses_are_served() -> None:
    for host, family in (("127.0.0.1", socket.AF_INET), ("0.0.0.0", socket.AF_INET)):
        with open_port(host, 0) as listener:
            assert listener.family == family


def test_the_printed_address_can_be_opened(tmp_path: Path) -> None:
    plain = load_settings()
    assert url_of(plain, "127.0.0.1", 7860) == "http://127.0.0.1:7860/"
    assert url_of(plain, "0.0.0.0", 80) == "http://localhost:80/"
    assert url_of(plain, "::1", 80) == "http://[::1]:80/"
    secure = load_settings(ssl_certfile=tmp_path / "a.pem", ssl_keyfile=tmp_path / "b.pem")
    assert url_of(secure, "chat.example", 443) == "https://chat.example:443/"


def test_https_needs_both_files_and_good_ones(tmp_path: Path) -> None:
    check_certificate(load_settings())
    with pytest.raises(SettingsError, match="needs a certificate and its key"):
        check_certificate(load_settings(ssl_certfile=tmp_path / "a.pem"))
    (tmp_path / "a.pem").write_text("no certificate")
    with pytest.raises(SettingsError, match="cannot be used"):
        check_certificate(load_settings(ssl_certfile=tmp_path / "a.pem", ssl_keyfile=tmp_path / "a.pem"))


def test_the_page_answers_and_everybody_is_local(tmp_path: Path) -> None:
    app = create_app(engine(), load_settings(data_dir=tmp_path))
    with TestClient(app, "http://localhost") as client:
        assert client.get("/").status_code == 200
        assert client.get("/gradio_api/user").json() == LOCAL
    assert current_user(HTTPConnection({"type": "http"})) is None


SERVE = """
import sys
from chatbot.turn.engine import Chatbot
from chatbot.cli.server.run import launch
from chatbot.config.settings import load_settings
from tests.support.scripted import scripted_registry
settings = load_settings()
with Chatbot(settings, scripted_registry()) as chatbot:
    launch(chatbot, settings)
print("ended cleanly", flush=True)
"""


@contextlib.contextmanager
def served(tmp_path: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with open_port("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name not in PORTS}
    environment |= {"TRIO_PORT": str(port), "TRIO_DATA_DIR": str(tmp_path / "data"), **variables}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Trio is ready for you at ")
        yield process, line.split()[-1]
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_while_a_page_is_open(tmp_path: Path, number: int) -> None:
    with served(tmp_path) as (process, url):
        page = httpx.Client(timeout=60)
        with page.stream("GET", f"{url}gradio_api/heartbeat/tab") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "data: ALIVE"
            process.send_signal(number)
            assert process.wait(60) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "ended cleanly\n"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_https_is_served_with_secure_cookies_and_web_sockets(tmp_path: Path) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    key, certificate = self_signed(tmp_path)
    Accounts(tmp_path / "users").add("ann", "correct horse battery")
    variables = {
        "TRIO_SSL_CERTFILE": str(certificate),
        "TRIO_SSL_KEYFILE": str(key),
        "TRIO_AUTH": str(tmp_path / "users"),
    }
    trusted = ssl.create_default_context(cafile=str(certificate))
    with served(tmp_path, **variables) as (_, url):
        assert url.startswith("https://127.0.0.1:")
        with httpx.Client(base_url=url, verify=trusted, timeout=60) as client:
            answer = client.post("/login", data={"name": "ann", "password": "correct horse battery"})
            assert "secure" in answer.headers["set-cookie"].lower()
            assert client.get("/config").json()["root"] == url.rstrip("/")
        with pytest.raises(InvalidStatus, match="403"):
            connect(url.replace("https", "wss") + "call", ssl=trusted)
