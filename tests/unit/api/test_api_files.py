"""/v1/files through the official client, and uploaded files in messages."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from chatbot.api.file_store import (
    MAX_BYTES,
    FileLimits,
    FileStore,
    FileTooLargeError,
    NoFileError,
    NotStoredError,
    TooManyFilesError,
)
from chatbot.web.auth.accounts import Accounts
from pipelines.core.errors import InputError
from tests.support.api_server import PASSWORD, Served, png, served, wav

DAY = 86_400


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("files")) as server:
        yield server


def upload(client: openai.OpenAI, name: str = "red.png", data: bytes | None = None) -> Any:
    return client.files.create(file=(name, data or png()), purpose="vision")


def ask(client: openai.OpenAI, *parts: Any) -> Any:
    messages: Any = [{"role": "user", "content": list(parts)}]
    reply = client.chat.completions.create(model="trio", messages=messages)
    return reply.trio  # type: ignore[attr-defined]


def by_id(file_id: str) -> dict[str, Any]:
    return {"type": "file", "file": {"file_id": file_id}}


def test_a_file_from_upload_to_deletion(trio: Served) -> None:
    client = trio.openai
    file = client.files.create(
        file=("a b.png", png()),
        purpose="user_data",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )
    assert (file.filename, file.bytes, file.purpose, file.object) == (
        "a b.png",
        len(png()),
        "user_data",
        "file",
    )
    assert file.expires_at is not None and file.expires_at - file.created_at == 3600
    assert client.files.retrieve(file.id) == file
    answer = client.files.content(file.id)
    assert answer.read() == png()
    assert answer.response.headers["content-type"] == "image/png"
    assert "attachment" in answer.response.headers["content-disposition"]
    assert answer.response.headers["x-content-type-options"] == "nosniff"
    assert client.files.delete(file.id).deleted
    for use in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError, match="file was not found"):
            use(file.id)


def test_the_list_is_paged_and_filtered(tmp_path: Path) -> None:
    with served(tmp_path) as trio:
        client = trio.openai
        ids = [upload(client, f"{n}.png").id for n in range(3)]
        voice = client.files.create(file=("v.wav", wav()), purpose="user_data").id
        assert [file.id for file in client.files.list(limit=2)] == [voice, *reversed(ids)]  # the client pages
        assert [file.id for file in client.files.list(order="asc", purpose="vision")] == ids
        page = client.files.list(order="asc", limit=2, after=ids[0])
        assert [file.id for file in page.data] == ids[1:3] and page.has_more
        with pytest.raises(openai.NotFoundError):
            client.files.list(after="file-none")
        with pytest.raises(openai.BadRequestError):
            client.files.list(limit=0)


def test_uploads_are_pictures_and_recordings_of_messages(trio: Served) -> None:
    client = trio.openai
    picture, voice = upload(client), upload(client, "note", wav())  # the file itself tells what it is
    about = ask(client, {"type": "text", "text": "What?"}, by_id(picture.id), by_id(voice.id))
    assert about["captions"] == ["A cat on a mat."] and about["transcript"] == "I am here."
    about = ask(client, {"type": "image_url", "image_url": {"url": picture.id}})
    assert about["captions"] == ["A cat on a mat."]
    inside = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    assert ask(client, {"type": "file", "file": {"file_data": inside, "filename": "x.png"}})["captions"]
    seen = httpx.post(f"{trio.url}/v1/perceive", json={"images": [picture.id]}, timeout=60).json()
    assert seen["captions"] == ["A cat on a mat."]


@pytest.mark.parametrize(
    ("part", "param", "code", "status"),
    [
        (by_id("file-" + "0" * 24), "file.file_id", "file_not_found", 404),
        (by_id("../../users"), "file.file_id", "file_not_found", 404),
        ({"type": "image_url", "image_url": {"url": "file-x"}}, "image_url.url", "file_not_found", 404),
        ({"type": "file", "file": {}}, "file", "missing_required_parameter", 400),
        ({"type": "file", "file": {"file_data": "AAAA"}}, "file", "unsupported_file", 400),
    ],
)
def test_files_that_messages_cannot_have(
    trio: Served, part: dict[str, Any], param: str, code: str, status: int
) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        ask(trio.openai, part)
    body: Any = refused.value.body
    assert (body["param"], body["code"]) == (f"messages.0.content.0.{param}", code)
    assert refused.value.status_code == status


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"file": ("x.png", b""), "purpose": "vision"}, "invalid_input"),
        ({"file": ("x.png", b"x"), "purpose": "fine-tune"}, "invalid_value"),
        (
            {
                "file": ("x.png", b"x"),
                "purpose": "vision",
                "expires_after": {"anchor": "created_at", "seconds": 5},
            },
            "invalid_value",
        ),
    ],
)
def test_uploads_that_are_refused(trio: Served, how: dict[str, Any], code: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        trio.openai.files.create(**how)
    assert refused.value.code == code


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    Accounts(tmp_path / "users").add("bob", PASSWORD)
    with served(tmp_path, accounts=True, files_each=2) as trio:
        bobs_key = trio.app.state.hosting.sessions.token("bob")
        ann, bob = trio.openai, trio.openai.with_options(api_key=bobs_key)
        file = upload(ann)
        assert bob.files.list().data == [] and [f.id for f in ann.files.list().data] == [file.id]
        for use in (bob.files.retrieve, bob.files.content, bob.files.delete):
            with pytest.raises(openai.NotFoundError):
                use(file.id)
        with pytest.raises(openai.NotFoundError):
            ask(bob, by_id(file.id))
        with pytest.raises(openai.NotFoundError):
            ask(bob, {"type": "image_url", "image_url": {"url": file.id}})
        upload(ann)
        with pytest.raises(openai.BadRequestError, match="too many files") as full:
            upload(ann)
        assert full.value.code == "too_many_files"
        assert upload(bob).id
        assert ann.files.content(file.id).read() == png()
        assert httpx.get(f"{trio.url}/v1/files", timeout=60).status_code == 401


def test_where_nothing_is_kept_uploads_are_refused(tmp_path: Path) -> None:
    with served(tmp_path, history=False) as trio:
        for use in (lambda: upload(trio.openai), trio.openai.files.list):
            with pytest.raises(openai.PermissionDeniedError, match="keeps nothing"):
                use()
        with pytest.raises(openai.NotFoundError):
            ask(trio.openai, by_id("file-" + "0" * 24))
        assert not (tmp_path / "data" / "files").exists()


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_old_files_go_and_cut_off_uploads_too(tmp_path: Path) -> None:
    clock = Clock()
    store = FileStore(tmp_path / "files", FileLimits(days=2), clock)
    old = store.add("ann", "a.png", "vision", io.BytesIO(b"old"))
    short = store.add("bob", "b.png", "vision", io.BytesIO(b"short"), seconds=3600)
    long = store.add("ann", "c.png", "vision", io.BytesIO(b"long"), seconds=30 * DAY)
    assert long.expires - long.created == 2 * DAY
    half, coming = (store.path("ann", old.id).with_name(f"file-{letter * 24}") for letter in "ef")
    half.write_bytes(b"half of one")
    coming.write_bytes(b"half of one that another process is taking in")
    os.utime(half, (clock.now, clock.now))
    os.utime(coming, (clock.now + 2 * DAY, clock.now + 2 * DAY + 3600))
    clock.now += 3600
    with pytest.raises(NoFileError):
        store.get("bob", short.id)
    assert store.path("ann", old.id).read_bytes() == b"old"
    clock.now += 2 * DAY
    new = FileStore(tmp_path / "files", FileLimits(days=2), clock).add(
        "cat", "../../d.png", "vision", io.BytesIO(b"new")
    )
    assert new.name == "d.png"
    left = sorted(path.name for path in (tmp_path / "files").glob("*/*"))
    assert left == sorted([new.id, f"{new.id}.json", coming.name])


def test_the_store_keeps_its_limits(tmp_path: Path) -> None:
    store = FileStore(tmp_path, FileLimits(count=9, total_bytes=10))
    store.add("ann", "a", "vision", io.BytesIO(b"123456"))
    with pytest.raises(TooManyFilesError, match="Delete some"):
        store.add("ann", "b", "vision", io.BytesIO(b"12345"))
    store.add("ann", "b", "vision", io.BytesIO(b"1234"))
    with pytest.raises(InputError, match="empty"):
        store.add("bob", "c", "vision", io.BytesIO())

    class Huge(io.BytesIO):
        def seek(self, at: int, whence: int = 0) -> int:
            return MAX_BYTES + 1 if whence else super().seek(at)

    with pytest.raises(FileTooLargeError, match="50 MB"):
        store.add("bob", "c", "vision", Huge(b"x"))


def test_a_file_that_is_half_written_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError("the line went dead")

    store = FileStore(tmp_path)
    with pytest.raises(NotStoredError, match="dead"):
        store.add("ann", "a", "vision", Broken(b"123"))
    assert store.all("ann") == [] and not list(tmp_path.glob("*/*"))


def test_damaged_notes_are_no_file(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    file = store.add("ann", "a", "vision", io.BytesIO(b"123"))
    note = store.path("ann", file.id).with_suffix(".json")
    note.write_text(json.dumps({"id": file.id}))
    assert store.all("ann") == []
    with pytest.raises(NoFileError):
        store.delete("ann", file.id)
