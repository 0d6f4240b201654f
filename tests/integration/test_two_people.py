"""Each sees only their own: a second person tries every id and every path of the first one's traffic."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from pipelines.core.types import Stage
from tests.support.hosted import PASSWORDS, Browser, Server, box, handlers_of, served

SECRET = "the treasure lies under the old oak"
REPLY = "Dig at midnight. "


def picture() -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(7).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hosted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "cache"))
        options = {Stage.GENERATE: {"pieces": [REPLY, "Tell nobody."]}}
        with served(folder, options, requests_per_minute=0, turns_per_minute=0) as running:
            yield running


@pytest.fixture(scope="module")
def ann(server: Server) -> Browser:
    """The first person, after a turn with a picture and a spoken answer."""
    browser = Browser(server.url)
    browser.log_in("ann")
    uploaded = browser.upload("my secret map.png", picture())
    messages = browser.say(SECRET, [uploaded])
    assert REPLY.strip() in str(messages)
    assert uploaded in browser.paths()
    return browser


@pytest.fixture
def bob(server: Server) -> Browser:
    browser = Browser(server.url)
    assert browser.log_in("bob").status_code == 303
    return browser


def private_paths(server: Server, ann: Browser) -> list[str]:
    """The paths of the first person's traffic, without the samples that are for all."""
    nobody = Browser(server.url)
    nobody.log_in("ann")
    nobody.config()
    paths = sorted(ann.paths() - nobody.paths())
    assert {Path(path).suffix for path in paths} == {".png"}
    return paths


def test_nobody_gets_another_persons_pictures_voices_and_conversations(
    server: Server, ann: Browser, bob: Browser
) -> None:
    seen = "\n".join(ann.seen)
    media = set(re.findall(r"media/([0-9a-f]{32})", seen))
    conversations = [item.id for item in server.app.state.stores.kept.conversations("ann")]
    assert len(media) >= 2 and conversations
    links = [f"/media/{item}" for item in media] + [f"/export?conversation={item}" for item in conversations]
    assert {ann.http.get(link).status_code for link in links} == {200}
    for link in (*links, *(f"/media/{item}/{size}.webp" for item in media for size in ("small", "large"))):
        got = bob.http.get(link)
        assert got.status_code == 404, link
        assert Browser(bob.url).http.get(link).status_code == 401


def test_a_person_gets_their_own_files(server: Server, ann: Browser) -> None:
    for path in ann.paths():
        got = ann.http.get(f"/gradio_api/file={path}")
        assert got.status_code == 200
        assert got.content == Path(path).read_bytes()


def test_nobody_gets_another_persons_files(server: Server, ann: Browser, bob: Browser) -> None:
    stranger = Browser(server.url).http
    for path in private_paths(server, ann):
        folder, name = str(Path(path).parent), Path(path).name
        for way in (
            f"/gradio_api/file={path}",
            f"/gradio_api/file={quote(path, safe='')}",
            f"/gradio_api/file={folder}//{name}",
            f"/gradio_api/file={folder}/x/../{name}",
            f"/gradio_api/file=/proc/self/root{path}",
            f"/gradio_api/file/{path}",
            f"/gradio_api/file=file://{path}",
            f"/gradio_api//file={path}",
            f"//gradio_api/file={path}",
        ):
            for method in ("GET", "HEAD"):
                got = bob.http.request(method, way, follow_redirects=True)
                assert got.status_code == 404, way
                assert Path(path).read_bytes() not in got.content
        assert stranger.get(f"/gradio_api/file={path}").status_code == 401


def test_the_samples_are_for_all(server: Server, bob: Browser) -> None:
    bob.config()
    links = set(re.findall(r"gradio_api/file=[^\"'\\\\ &]+\.(?:jpg|png)", "\n".join(bob.seen)))
    assert links
    for link in links:
        assert bob.http.get(link).status_code == 200


def test_a_message_with_another_persons_file_is_refused(server: Server, ann: Browser, bob: Browser) -> None:
    send, answer = handlers_of(bob.config())
    for path in private_paths(server, ann):
        for given in (path, str(Path(path).parent / "x" / ".." / Path(path).name)):
            assert bob.join(send, [box("What is this?", [given]), None, None]).status_code == 404
            event = {"value": {"files": [{"file": {"path": given}}]}}
            assert bob.join(send, [box("hi", []), None, None], event_data=event).status_code == 404
            body = {"data": [box("hi", [given]), None, None], "session_hash": bob.session, "fn_index": send}
            for route in ("run/predict", "api/predict", "call/predict"):
                assert bob.http.post(f"/gradio_api/{route}", json=body).status_code == 404
    for elsewhere in ("/etc/hostname", "relative", str(server.data / "users"), str(server.data / "data")):
        assert bob.join(send, [box("", [elsewhere]), None, None]).status_code == 404
    for address in ("http://127.0.0.1/x.png", "file:///etc/hostname", "//host/x"):
        assert bob.join(send, [box("", [address]), None, None]).status_code == 400
    assert ann.session not in str(bob.seen)
    del answer


def test_saying_a_path_gives_nobody_the_file(server: Server, ann: Browser, bob: Browser) -> None:
    path = private_paths(server, ann)[0]
    bob.say(path, [])
    bob.say(f'{{"path": "{path}", "meta": {{"_type": "gradio.FileData"}}}}', [])
    assert bob.http.get(f"/gradio_api/file={path}").status_code == 404


def attempts(ann: Browser, events: list[str]) -> Iterator[tuple[str, str, Any]]:
    """Every request in which a session's, an upload's or an event's id can stand."""
    ids = [ann.session, f"up-{ann.session}", *events]
    for name in ids:
        yield "GET", f"/gradio_api/queue/data?session_hash={name}", None
        yield "GET", f"/gradio_api/queue/data?session_hash=mine&session_hash={name}", None
        yield "GET", f"/gradio_api/heartbeat/{name}", None
        yield "GET", f"/gradio_api/upload_progress?upload_id={name}", None
        yield "POST", f"/gradio_api/upload?upload_id={name}", None
        yield "GET", f"/gradio_api/call/send/{name}", None
        yield "GET", f"/gradio_api/call/v2/send/{name}", None
        yield "GET", f"/gradio_api/stream/{name}/1/2/playlist.m3u8", None
        yield "GET", f"/gradio_api/stream/{name}/1/2/playlist-file", None
        yield "POST", f"/gradio_api/stream/{name}", {"data": []}
        yield "POST", f"/gradio_api/stream/{name}/close", {}
        yield "POST", "/gradio_api/cancel", {"session_hash": name, "fn_index": 0, "event_id": "x"}
        yield "POST", "/gradio_api/cancel", {"session_hash": "mine", "fn_index": 0, "event_id": name}
        yield "POST", "/gradio_api/reset", {"event_id": name}
        for number in range(13):
            call = {"data": [None, None, None], "fn_index": number, "session_hash": name}
            yield "POST", "/gradio_api/queue/join", call
            yield "POST", "/gradio_api/run/predict", call
            yield "POST", "/gradio_api/call/predict", call
        server_call = {"data": "", "component_id": 1, "session_hash": name, "fn_name": "x"}
        yield "POST", "/gradio_api/component_server", server_call


def test_no_id_of_another_person_opens_anything(server: Server, ann: Browser, bob: Browser) -> None:
    events = [*ann.events]
    assert len(events) >= 2
    tried, stranger = 0, Browser(server.url).http
    for method, way, body in attempts(ann, events):
        with bob.http.stream(method, way, json=body) as got:
            assert got.status_code == 404, (method, way, got.status_code)
            text = got.read().decode()
        assert SECRET not in text
        assert REPLY.strip() not in text
        tried += 1
        assert stranger.request(method, way, json=body).status_code == 401, (method, way)
    assert tried > 200
    send, answer = handlers_of(ann.config())
    retried = ann.call(send, [box("And now?", []), None, None])
    assert SECRET in str(retried), "the first person's conversation is whole"
    assert REPLY.strip() in str(ann.call(answer, [None, None]))


def test_a_running_turn_cannot_be_watched_or_stopped(server: Server, ann: Browser, bob: Browser) -> None:
    send, answer = handlers_of(ann.config())
    ann.call(send, [box(SECRET, []), None, None])
    event = ann.join(answer, [None, None]).json()["event_id"]
    for method, way, body in attempts(ann, [event]):
        with bob.http.stream(method, way, json=body) as got:
            assert got.status_code == 404
    with ann.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": ann.session}) as stream:
        assert REPLY.strip() in "".join(stream.iter_text())


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=https://x.hf.space/",
        "/gradio_api/runs",
        "/gradio_api/deep_link?session_hash=x",
        "/?deep_link=abc",
        "/monitoring",
        "/gradio_api/vibe-code",
        "/gradio_api/openapi.json",
        "/gradio_api/token",
        "/gradio_api/dev/reload",
        "/gradio_api/file=http://127.0.0.1/",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=app.py",
        "/openapi.json",
    ],
)
def test_routes_that_the_page_does_not_need_are_closed(bob: Browser, path: str) -> None:
    assert bob.http.get(path).status_code == 404


def test_without_a_login_there_is_only_the_form(server: Server) -> None:
    stranger = Browser(server.url)
    assert stranger.http.get("/", headers={"accept": "text/html"}).headers["location"] == "/login?next=/"
    for path in ("/", "/config", "/theme.css", "/gradio_api/info", "/gradio_api/user", "/favicon.ico"):
        assert stranger.http.get(path).status_code == 401, path
    for path in ("/healthz", "/readyz", "/login", "/manifest.json", "/pwa_icon"):
        assert stranger.http.get(path).status_code == 200, path
    assert stranger.log_in("ann", "wrong password").status_code == 401
    assert stranger.http.get("/config").status_code == 401


def test_the_handlers_know_the_person(ann: Browser, bob: Browser) -> None:
    assert ann.http.get("/gradio_api/user").json() == "ann"
    assert bob.http.get("/gradio_api/user").json() == "bob"


def test_a_program_comes_in_with_a_token(server: Server) -> None:
    from gradio_client import Client

    hosting = server.app.state.hosting
    client = Client(
        server.url,
        headers={"Authorization": f"Bearer {hosting.sessions.token('ann')}"},
        verbose=False,
    )
    assert client.config["title"] == "Trio"
    assert client.config["username"] == "ann"
    with pytest.raises(Exception, match="credentials"):
        Client(server.url, headers={"Authorization": "Bearer x.y"}, verbose=False)
    assert set(PASSWORDS) == set(hosting.sessions.accounts.names())


def test_the_server_ends_while_pages_are_open(tmp_path: Path) -> None:
    with served(tmp_path, accounts=False) as server:
        browser = Browser(server.url)
        stream = browser.http.stream("GET", f"/gradio_api/heartbeat/{browser.session}")
        got = stream.__enter__()
        lines = got.iter_lines()
        assert next(lines) == "data: ALIVE"
        assert "trio_sessions 1.0" in browser.http.get("/metrics").text
    stream.__exit__(None, None, None)
