"""Where the server listens, and what is said when it cannot."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from chatbot.engine import Chatbot
from chatbot.server.app import create_app
from chatbot.server.identity import LOCAL, current_user
from chatbot.server.listening import address, check_certificate, open_port, url_of
from chatbot.server.run import launch
from chatbot.settings import load_settings
from pipelines.core.errors import SettingsError
from tests.unit.scripted import scripted_registry


def engine() -> Chatbot:
    return Chatbot(load_settings(), scripted_registry())


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


def test_the_page_answers_and_everybody_is_local() -> None:
    app = create_app(engine(), load_settings())
    with TestClient(app) as client:
        assert client.get("/").status_code == 200
        assert client.get("/gradio_api/user").json() == LOCAL
    assert current_user(HTTPConnection({"type": "http"})) is None
