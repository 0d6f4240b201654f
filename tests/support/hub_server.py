"""A hub on loopback: the few addresses that huggingface_hub's client asks for, with faults on demand."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "a" * 40
_RESOLVE = re.compile(r"^/(?P<repo>[^/]+/[^/]+)/resolve/(?P<commit>[^/]+)/(?P<path>.+)$")
_API = re.compile(r"^/api/models/(?P<repo>[^/]+/[^/]+?)(?:/(?P<what>revision|tree)/(?P<revision>[^/?]+))?$")


@dataclass
class FakeHub:
    """What is served.

    Attributes:
        files: Bytes by path; those named in `large` are served as LFS files, with their SHA-256.
        tampered: Served instead of `files`' bytes, under the same SHA-256.
        cut_after: Close the connection after so many bytes of a large file, once for each number.
        seconds: How long a large file takes.
        requests: (method, path, Range header) of every request.
    """

    files: dict[str, bytes]
    repository: str = "owner/tiny"
    licence: str = "apache-2.0"
    commits: dict[str, str] = field(default_factory=lambda: {"main": COMMIT})
    large: tuple[str, ...] = ("model.safetensors",)
    tampered: dict[str, bytes] = field(default_factory=dict)
    cut_after: list[int] = field(default_factory=list)
    gated: bool = False
    seconds: float = 0.0
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    url: str = ""

    def downloads(self, path: str) -> list[str | None]:
        """The Range headers of the GETs of a file."""
        return [given for method, asked, given in self.requests if method == "GET" and asked.endswith(path)]


@contextmanager
def serving(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve `hub` on a free port until the end of the block."""

    class Handler(_Handler):
        store = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    store: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        self.store.requests.append((self.command, path, self.headers.get("Range")))
        if match := _API.match(path):
            self._api(match)
        elif match := _RESOLVE.match(path):
            self._file(match, body)
        else:
            self._refuse(404, "EntryNotFound")

    def _api(self, match: re.Match[str]) -> None:
        if match["repo"] != self.store.repository:
            self._refuse(401, "RepoNotFound")
            return
        revision = match["revision"] or "main"
        commit = self.store.commits.get(revision, revision)
        if commit not in self.store.commits.values():
            self._refuse(404, "RevisionNotFound")
        elif match["what"] == "tree":
            self._json([self._tree(name) for name in self.store.files])
        else:
            siblings = [{"rfilename": name, **self._sizes(name)} for name in self.store.files]
            card = {"license": self.store.licence}
            self._json(
                {"id": match["repo"], "sha": commit, "siblings": siblings, "cardData": card,
                 "gated": "auto" if self.store.gated else False, "tags": []}
            )  # fmt: skip

    def _sizes(self, name: str) -> dict[str, Any]:
        data = self.store.files[name]
        sizes: dict[str, Any] = {"size": len(data), "blobId": hashlib.sha1(data).hexdigest()}
        if name in self.store.large:
            digest = hashlib.sha256(data).hexdigest()
            sizes["lfs"] = {"size": len(data), "sha256": digest, "oid": digest, "pointerSize": 130}
        return sizes

    def _tree(self, name: str) -> dict[str, Any]:
        sizes = self._sizes(name)
        entry = {"type": "file", "path": name, "size": sizes["size"], "oid": sizes["blobId"]}
        return entry | ({"lfs": sizes["lfs"]} if "lfs" in sizes else {})

    def _file(self, match: re.Match[str], body: bool) -> None:
        name = match["path"]
        if self.store.gated:
            self._refuse(403, "GatedRepo")
            return
        if match["repo"] != self.store.repository or name not in self.store.files:
            self._refuse(404, "EntryNotFound")
            return
        data, whole = self.store.tampered.get(name, self.store.files[name]), len(self.store.files[name])
        first = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        sizes = self._sizes(name)
        self.send_response(206 if first else 200)
        self.send_header("ETag", f'"{sizes["lfs"]["sha256"] if "lfs" in sizes else sizes["blobId"]}"')
        self.send_header("X-Repo-Commit", match["commit"])
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(whole - first))
        if first:
            self.send_header("Content-Range", f"bytes {first}-{whole - 1}/{whole}")
        self.end_headers()
        if body:
            self._send(data[first:], cut=name in self.store.large)

    def _send(self, data: bytes, cut: bool) -> None:
        if cut and self.store.cut_after:
            self.wfile.write(data[: self.store.cut_after.pop(0)])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)
        elif cut and self.store.seconds:
            step = len(data) // 20 + 1
            for start in range(0, len(data), step):
                time.sleep(self.store.seconds / 20)
                self.wfile.write(data[start : start + step])
        else:
            self.wfile.write(data)

    def _json(self, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", code)
        self.send_header("Content-Length", "0")
        self.end_headers()
