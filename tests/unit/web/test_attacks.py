"""What strangers may try, and what comes of it; docs/security.md names these tests."""

from __future__ import annotations

import gzip
import io
import json
import logging
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from chatbot.history import ArchiveError, History
from chatbot.history.import_archive import import_archive
from chatbot.web.auth.accounts import Accounts
from chatbot.web.auth.login_sessions import COOKIE
from chatbot.web.observability.logs import Lines
from pipelines.core.errors import LimitError
from tests.support.api_server import png
from tests.unit.web.test_server_gate import PASSWORD, client

CLIMBS = (
    *("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "..%5c..%5cetc%5cpasswd"),
    *(
        "%2fetc%2fpasswd",
        "....//....//etc/passwd",
        "/etc/passwd",
        "..%252f..%252fetc%252fpasswd",
        "%00/etc/passwd",
    ),
)
PLACES = (
    "/media/{}",
    "/media/{}/small.webp",
    "/docs/{}",
    "/v1/files/{}",
    "/v1/files/{}/content",
    "/static/{}",
)
PLACES += (
    "/assets/{}",
    "/gradio_api/file={}",
    "/gradio_api/file/{}",
    "/export?conversation={}",
    "/v1/models/{}",
)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_reads_nothing_and_may_only_link(tmp_path: Path, site: str) -> None:
    fetched = {"sec-fetch-site": site, "sec-fetch-mode": "cors", "origin": "https://evil.example"}
    followed = {"sec-fetch-site": site, "sec-fetch-mode": "navigate"}
    with client(tmp_path) as browser:
        for path in ("/", "/config", "/export", "/v1/models", "/gradio_api/info"):
            answer = browser.get(path, headers=fetched)
            assert answer.status_code == 403, path
            assert "access-control-allow-origin" not in answer.headers
        preflight = {**fetched, "access-control-request-method": "POST"}
        assert browser.options("/gradio_api/queue/join", headers=preflight).status_code == 403
        assert browser.get("/who", headers=followed).status_code == 200
        assert browser.get("/export", headers=followed).status_code == 403
        assert browser.post("/who", headers=followed).status_code == 403
        assert browser.get("/export", headers={"sec-fetch-site": "same-origin"}).status_code == 200


def test_the_page_is_not_shown_inside_another_sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    framed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
    with client(tmp_path) as browser:
        assert browser.get("/who", headers=framed).status_code == 403
        assert browser.get("/who", headers={**framed, "sec-fetch-dest": "document"}).status_code == 200
        assert browser.get("/who", headers={**framed, "sec-fetch-site": "same-origin"}).status_code == 200
    monkeypatch.setenv("SPACE_HOST", "ann-trio.hf.space")
    with client(tmp_path) as browser:
        assert browser.get("/who", headers=framed).status_code == 200


@pytest.mark.parametrize("place", PLACES)
def test_no_path_leads_out_of_its_folder(tmp_path: Path, place: str) -> None:
    with client(tmp_path) as browser:
        for climb in CLIMBS:
            answer = browser.get(place.format(climb))
            assert answer.status_code in {400, 403, 404, 405, 422}, (place, climb)
            assert "root:" not in answer.text


def test_an_uploads_name_is_no_path(tmp_path: Path) -> None:
    with client(tmp_path) as browser:
        for name in ("../../outside.png", "..\\..\\outside.png", "/tmp/outside.png", "a/../../outside.png"):
            sent = browser.post("/v1/files", data={"purpose": "vision"}, files={"file": (name, png())})
            assert sent.status_code == 200, name
            assert "/" not in sent.json()["filename"]
            there = browser.post("/gradio_api/upload", files={"files": (name, png())})
            assert there.status_code in {200, 400}
        assert not list(tmp_path.parent.glob("outside*")) and not Path("/tmp/outside.png").exists()
        kept = {path.parent.parent.name for path in tmp_path.rglob("file-*") if path.is_file()}
        assert kept == {"files"}


def test_a_name_brings_no_header_of_its_own(tmp_path: Path) -> None:
    with client(tmp_path, accounts=True) as browser:
        sent = browser.post(
            "/login", data={"name": "ann", "password": PASSWORD, "next": "/x\r\nSet-Cookie: a=b"}
        )
        assert sent.status_code == 303 and sent.headers["location"] == "/"
        for target in ("//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"):
            sent = browser.post("/login", data={"name": "ann", "password": PASSWORD, "next": target})
            assert sent.headers["location"] == "/", target
    with client(tmp_path / "open") as browser:
        name = 'a"\r\nSet-Cookie: a=b\r\n\r\n<script>.png'
        made = browser.post("/v1/files", data={"purpose": "vision"}, files={"file": (name, png())}).json()
        answer = browser.get(f"/v1/files/{made['id']}/content")
        assert "set-cookie" not in answer.headers and "\n" not in answer.headers["content-disposition"]
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("as_json", [True, False])
def test_a_log_line_stays_one_line_and_moves_no_cursor(as_json: bool) -> None:
    nasty = "a\r\nb\x1b[2Jc\x9bd\u2028e\u202ef\x85g\x00h"
    record = logging.LogRecord("chatbot", logging.INFO, "", 0, nasty, None, None)
    record.fields = {"conversation": nasty}
    line = Lines(words=False, as_json=as_json).format(record)
    assert line.isprintable(), ascii(line)
    if as_json:
        assert json.loads(line)["conversation"] == nasty, "nothing is lost"


@pytest.mark.parametrize(("status", "headers"), [(421, {"host": "evil.example"}), (429, {})])
def test_a_strangers_paths_are_no_labels_of_metrics(tmp_path: Path, status: int, headers: Any) -> None:
    """Each would stay in memory for ever, and might hold words."""
    with client(tmp_path, requests_per_minute=2) as browser:
        if status == 429:
            browser.get("/who"), browser.get("/who")
        for n in range(3):
            assert browser.get(f"/secret{n}", headers=headers).status_code == status
        assert "secret" not in browser.get("/metrics").text


def test_a_login_never_keeps_a_cookie_that_was_there_before(tmp_path: Path) -> None:
    """Who plants a cookie of their own choice, or their own login, in a browser gains nothing by it."""
    with client(tmp_path, accounts=True) as browser:
        browser.cookies.set(COOKIE, "planted")
        assert browser.get("/who").status_code == 401
        first = browser.post("/login", data={"name": "ann", "password": PASSWORD}).cookies[COOKIE]
        second = browser.post("/login", data={"name": "ann", "password": PASSWORD}).cookies[COOKIE]
        assert len({"planted", first, second}) == 3
        sent = browser.post(
            "/login", data={"name": "ann", "password": PASSWORD}, headers={"origin": "https://evil.example"}
        )
        assert sent.status_code == 403, "another site logs nobody in"


def test_a_login_costs_the_same_for_a_name_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    whole = PasswordHasher.verify

    def counting(self: PasswordHasher, hashed: Any, password: Any) -> bool:
        checked.append(str(hashed).rsplit("$", 2)[0])
        return whole(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    accounts = Accounts(tmp_path / "users")
    accounts.add("ann", PASSWORD)
    assert not accounts.verify("ann", "wrong password")
    assert not accounts.verify("nobody", "wrong password")
    assert len(checked) == 2 and checked[0] == checked[1], "one check each, with the same parameters"


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:{port}/x.png", "https://169.254.169.254/latest/meta-data", "file:///etc/passwd"),
        *("ftp://127.0.0.1/x", "//127.0.0.1:{port}/x.png", "gopher://127.0.0.1:{port}/", "/etc/passwd"),
    ],
)
def test_a_pictures_address_is_never_fetched(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    reached: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: reached.append(address))
    part = {"type": "image_url", "image_url": {"url": url.format(port=7860)}}
    chat = {"messages": [{"role": "user", "content": [part]}]}
    call = {"data": [{"path": url.format(port=7860), "meta": {"_type": "gradio.FileData"}}], "fn_index": 0}
    with client(tmp_path) as browser:
        assert browser.post("/v1/chat/completions", json=chat).status_code == 400
        perceived = browser.post("/v1/perceive", json={"images": [url.format(port=7860)]})
        assert perceived.status_code == 400
        if "://" in url or url.startswith("//"):
            assert browser.post("/gradio_api/queue/join", json=call).status_code == 400
    assert not reached


def test_bodies_are_not_unpacked_and_not_followed_into_the_deep(tmp_path: Path) -> None:
    deep = b'{"messages":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    packed = gzip.compress(b'{"messages": []}')
    with client(tmp_path) as browser:
        for path in ("/v1/chat/completions", "/v1/perceive", "/v1/embeddings", "/gradio_api/queue/join"):
            sent = browser.post(path, content=deep, headers={"content-type": "application/json"})
            assert sent.status_code == 400, path
            headers = {"content-type": "application/json", "content-encoding": "gzip"}
            assert browser.post(path, content=packed, headers=headers).status_code == 400, path


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_is_not_unpacked_by_methods_without_a_bound(tmp_path: Path, method: int) -> None:
    """A few kilobytes of bzip2 unpack to gigabytes in one call of the library."""
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w", method) as out:
        out.writestr("conversation.json", b"{" + b" " * 5_000_000)
    with (
        History(tmp_path / "data") as history,
        pytest.raises(ArchiveError, match="unsupported compression method"),
    ):
        import_archive(history, "local", file)


@pytest.mark.parametrize("wide", [False, True], ids=["plain", "zip64"])
def test_a_zips_directory_is_measured_before_it_is_read(
    tmp_path: Path, wide: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million entries of nothing take a gigabyte of memory."""
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 60_000_000, 0, 0)
    if wide:
        end = b"PK\6\7" + bytes(16) + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 60, 0, 0)
    file = tmp_path / "many.zip"
    file.write_bytes(bytes(1000) + end)

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("the directory was read")

    monkeypatch.setattr(zipfile, "ZipFile", never)
    with History(tmp_path / "data") as history, pytest.raises(LimitError, match="too many files"):
        import_archive(history, "local", file)


def test_ids_of_others_and_made_up_ones_are_the_same_nothing(tmp_path: Path) -> None:
    ids = (
        "0" * 32,
        "file-" + "0" * 24,
        "1 OR 1=1",
        "'; DROP TABLE turns; --",
        "%",
        "*",
        "%00",
        "\U0001f600",
    )
    with client(tmp_path, accounts=True) as browser:
        browser.post("/login", data={"name": "ann", "password": PASSWORD})
        for name in ids:
            for path in (f"/media/{name}", f"/v1/files/{name}", f"/export?conversation={name}"):
                assert browser.get(path).status_code == 404, path
        assert io.BytesIO(browser.get("/export").content).read(2) == b"PK"
