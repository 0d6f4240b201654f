"""The hosting page's nginx example, run: login, uploads, streams and web sockets come through it."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, WebSocket

from chatbot.web.hosting import rate_limit_key
from chatbot.web.listening import open_port
from tests.integration.test_two_people import picture
from tests.support.certificates import self_signed
from tests.support.hosted import Browser, served

ROOT = Path(__file__).resolve().parents[2]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(
    NGINX is None or shutil.which("openssl") is None, reason="nginx or openssl is not installed"
)
FRAME = """
daemon off; error_log stderr warn; pid {folder}/nginx.pid; worker_processes 1;
events {{ }}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{server}
}}
"""


def example() -> str:
    (found,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "hosting.md").read_text("utf-8"), re.DOTALL)
    return found


def call_router() -> APIRouter:
    router = APIRouter()

    @router.websocket("/who")
    async def call(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(f"{rate_limit_key(socket)} {socket.url.scheme}")
        await socket.close()

    return router


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(params=["", "/trio"], ids=["root", "under a path"])
def proxied(
    request: pytest.FixtureRequest, tmp_path: Path, certificate: tuple[Path, Path]
) -> Iterator[tuple[str, ssl.SSLContext]]:
    root = str(request.param)
    with served(tmp_path, routers=[call_router()], root_path=root) as server:
        with open_port("127.0.0.1", 0) as free:
            port = free.getsockname()[1]
        text = example().replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        text = text.replace("/etc/ssl/chat.crt", str(certificate[1])).replace(
            "/etc/ssl/chat.key", str(certificate[0])
        )
        text = text.replace("http://127.0.0.1:7860", server.url + ("/" if root else ""))
        if root:
            text = text.replace("location / {", f"location {root}/ {{")
        (tmp_path / "nginx.conf").write_text(FRAME.format(folder=tmp_path, server=text))
        process = subprocess.Popen([str(NGINX), "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")])
        trusted = ssl.create_default_context(cafile=str(certificate[1]))
        url = f"https://127.0.0.1:{port}{root}/"
        try:
            for _ in range(200):
                assert process.poll() is None, "nginx refused the example"
                try:
                    httpx.get(f"{url}healthz", verify=trusted)
                    break
                except httpx.ConnectError:
                    time.sleep(0.05)
            yield url, trusted
        finally:
            process.terminate()
            process.wait(30)


def test_everything_comes_through_the_proxy(proxied: tuple[str, ssl.SSLContext]) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    url, trusted = proxied
    ann = Browser(url, verify=trusted)
    assert ann.http.get("", headers={"accept": "text/html"}).headers["location"].endswith("/login?next=/")
    answer = ann.log_in("ann")
    assert answer.status_code == 303
    assert "secure" in answer.headers["set-cookie"].lower()
    assert ann.config()["root"] == url.rstrip("/")
    path = ann.upload("map.png", picture())
    ann.say("Hello", [path])
    addresses = set(re.findall(r"media/[0-9a-f]{32}", "\n".join(ann.seen)))
    assert addresses
    for address in addresses:
        assert ann.http.get(address).status_code == 200
    assert ann.http.get("metrics").status_code == 404, "the proxy's requests are not this machine's own"
    call, origin = url.replace("https", "wss") + "who", url.split("/")[2]
    cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    with connect(call, ssl=trusted, origin=f"https://{origin}", additional_headers=cookie) as socket:
        assert socket.recv() == "ann wss"
    for headers, page in ((cookie, "https://evil.example"), ({}, f"https://{origin}")):
        with pytest.raises(InvalidStatus):
            connect(call, ssl=trusted, origin=page, additional_headers=headers)
