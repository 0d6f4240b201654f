"""Files of conversations over HTTP: the owner's alone, and nothing in them runs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from PIL import Image as Pillow

from chatbot.history import MediaSource, Role, StoredMedia
from chatbot.history.conversation_stores import ConversationStores
from chatbot.web.auth.identity import set_user
from chatbot.web.media_links import export_link, media_link, picture_link
from chatbot.web.media_routes import SIDES, media_router


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[ConversationStores]:
    with ConversationStores(tmp_path / "data") as kept:
        yield kept


@pytest.fixture
def client(stores: ConversationStores) -> TestClient:
    app = FastAPI()
    app.include_router(media_router(stores))

    @app.middleware("http")
    async def name(request: Request, proceed):  # type: ignore[no-untyped-def]
        set_user(request.scope, request.headers.get("x-test-user"))
        return await proceed(request)

    return TestClient(app)


def keep(
    stores: ConversationStores, role: Role, name: str, content: bytes, *, temporary: bool = False
) -> StoredMedia:
    history = stores.of(temporary=temporary)
    conversation = history.create("ann").id
    with history.begin_turn("ann", conversation, media=[MediaSource(role, name, content)]):
        pass
    return history.path("ann", conversation)[0].media[0]


def photo(side: int = 900) -> bytes:
    out = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (side, side, 3), np.uint8)
    Pillow.fromarray(noise).save(out, "PNG")
    return out.getvalue()


ANN, BOB = {"x-test-user": "ann"}, {"x-test-user": "bob"}


@pytest.mark.parametrize("temporary", [False, True])
def test_the_owner_gets_the_file_and_nobody_else_does(
    stores: ConversationStores, client: TestClient, temporary: bool
) -> None:
    media = keep(stores, Role.PICTURE, "sea é.png", photo(), temporary=temporary)
    address = "/" + media_link(media.id)
    mine = client.get(address, headers=ANN)
    assert mine.content == photo()
    assert mine.headers["content-type"] == "image/png"
    assert mine.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in mine.headers["content-security-policy"]
    assert "private" in mine.headers["cache-control"]
    for size in SIDES:
        small = client.get("/" + picture_link(media.id, size), headers=ANN)
        with Pillow.open(io.BytesIO(small.content)) as drawn:
            assert (drawn.format, max(drawn.size)) == ("WEBP", min(900, SIDES[size]))
    missing = client.get("/media/0123", headers=ANN)
    for stranger in (BOB, {}):
        for path in (address, "/" + picture_link(media.id, "small")):
            answer = client.get(path, headers=stranger)
            assert (answer.status_code, answer.json()) == (404, missing.json())


def test_a_recording_can_be_read_from_the_middle(stores: ConversationStores, client: TestClient) -> None:
    media = keep(stores, Role.RECORDING, "a.wav", b"RIFF" + bytes(range(200)))
    answer = client.get("/" + media_link(media.id), headers={**ANN, "range": "bytes=4-7"})
    assert (answer.status_code, answer.content) == (206, bytes(range(4)))


def test_a_file_that_is_no_picture_is_not_drawn(stores: ConversationStores, client: TestClient) -> None:
    media = keep(stores, Role.PICTURE, "broken.png", b"no picture")
    assert client.get("/" + picture_link(media.id, "small"), headers=ANN).status_code == 404
    assert client.get(f"/media/{media.id}/huge.webp", headers=ANN).status_code == 422
    assert client.get("/media/..%2f..%2fetc%2fpasswd", headers=ANN).status_code == 404


def test_an_export_holds_the_person_s_own_conversations(
    stores: ConversationStores, client: TestClient
) -> None:
    keep(stores, Role.PICTURE, "sea.png", photo())
    assert stores.kept is not None
    (mine,) = stores.kept.conversations("ann")
    answer = client.get("/" + export_link(mine.id), headers=ANN)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "conversation.json" in archive.namelist()
    assert client.get("/" + export_link(mine.id), headers=BOB).status_code == 404
    with zipfile.ZipFile(io.BytesIO(client.get("/" + export_link(), headers=BOB).content)) as archive:
        assert not [name for name in archive.namelist() if name.startswith("media/")]
