"""The engine's turns kept and given back to it; real sentence embeddings; the commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from chatbot.cli.doctor import examine, to_text
from chatbot.cli.main import app
from chatbot.config.settings import load_settings
from chatbot.history import History, MediaSource, Role, Status, tables
from chatbot.history.picture_search import PictureSearch, registry_embed
from chatbot.turn.engine import Chatbot
from pipelines.core.errors import BackendError
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Image, Stage, Turn
from tests.support import records
from tests.support.scripted import scripted_registry
from tests.unit.history.test_history_codec import plain

ME = "local"
PICTURE = Image(np.zeros((4, 4, 3), np.uint8))
VOICE = Audio(np.full(16_000, 0.1, np.float32), 16_000)
CAPTIONS = (
    "Two children build a castle of sand by the sea.",
    "A plate of spaghetti with tomatoes on a table.",
    "A black dog runs through the snow.",
    "A man in a suit gives a speech in front of a crowd.",
    "A train stands at a platform.",
    "A cat sleeps on a sofa.",
)


def ask(chatbot: Chatbot, history: History, conversation: str, turn: Turn) -> str:
    before = history.exchanges(ME, conversation)
    writer = history.begin_turn(ME, conversation, text=turn.text or "")
    for _ in records.keeping(writer, chatbot.respond(turn, before)):
        pass
    assert writer.problem is None
    return writer.turn


def test_a_conversation_goes_on_after_a_restart(tmp_path: Path) -> None:
    registry = scripted_registry()
    with Chatbot(load_settings(), registry) as chatbot:
        with History(tmp_path) as history:
            conversation = history.create(ME).id
            first = ask(chatbot, history, conversation, Turn("Look!", (PICTURE,), VOICE))
            before = history.turn(ME, first)
        with History(tmp_path) as history:
            after = history.turn(ME, first)
            assert plain(after.reply) == plain(before.reply)
            assert plain(after.evidence) == plain(before.evidence)
            ask(chatbot, history, conversation, Turn("And now?"))
            messages = registry.get(Stage.GENERATE).calls[-1]
            said = [message["content"] for message in messages]
            assert "Hello there. How are you?" in said
            assert any("a cat on a mat." in text and "I am here." in text for text in said)
            assert after.spoken_reply is not None and after.spoken_reply.bytes > 44


def test_a_turn_that_failed_keeps_what_was_there(tmp_path: Path) -> None:
    options = {Stage.GENERATE: {"error": BackendError("The model broke"), "error_at": 2}}
    with Chatbot(load_settings(), scripted_registry(options)) as chatbot, History(tmp_path) as history:
        turn = history.turn(ME, ask(chatbot, history, history.create(ME).id, Turn("Hello")))
    assert (turn.status, turn.reply_text) == (Status.FAILED, "Hello there.")
    assert turn.error is not None and "The model broke" in str(turn.error)
    assert turn.context is not None


@pytest.mark.parametrize(
    ("query", "caption"),
    [
        ("the beach photo", CAPTIONS[0]),
        ("italian food", CAPTIONS[1]),
        ("my puppy in winter", CAPTIONS[2]),
        ("a politician", CAPTIONS[3]),
        ("railway station", CAPTIONS[4]),
        ("kitten", CAPTIONS[5]),
    ],
)
def test_pictures_are_found_by_what_they_mean(
    tmp_path: Path, registry: Registry, query: str, caption: str
) -> None:
    with History(tmp_path) as history:
        conversation = history.create(ME).id
        for number, text in enumerate(CAPTIONS):
            media = [MediaSource(Role.PICTURE, f"{number}.png", bytes([number]))]
            writer = history.begin_turn(ME, conversation, text="What do you see?", media=media)
            writer.finish(records.reply("Nice.", records.context("What do you see?", "", (text,))))
        results = PictureSearch(history, registry_embed(registry)).find(ME, query)
    assert results.note is None
    assert results.hits[0].caption == caption


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIO_DATA_DIR", str(tmp_path / "data"))
    run = CliRunner().invoke
    with History(tmp_path / "data") as history:
        conversation = history.create(ME).id
        history.begin_turn(ME, conversation, text="Where is Lisbon?").finish(records.reply("In Portugal."))
    listed = json.loads(run(app, ["history", "list", "--json"]).stdout)
    assert (listed["id"], listed["title"], listed["turns"]) == (conversation, "Where is Lisbon?", 1)
    assert "Where is Lisbon?" in run(app, ["history", "list"]).stdout
    assert run(app, ["history", "list", "--user", "other"]).stdout == ""
    assert "reply: In [Portugal]." in run(app, ["history", "search", "portugal"]).stdout
    found = json.loads(run(app, ["history", "search", "portugal", "--json"]).stdout)
    assert (found["conversation"], found["place"]) == (conversation, "reply")
    out = tmp_path / "out.zip"
    assert run(app, ["history", "export", str(out)]).exit_code == 0
    imported = run(app, ["history", "import", str(out), "--user", "other"])
    assert imported.exit_code == 0 and len(imported.stdout.split()) == 1
    assert run(app, ["history", "delete"]).exit_code == 2
    assert run(app, ["history", "delete", conversation], input="n\n").exit_code == 1
    assert run(app, ["history", "delete", conversation, "--yes"]).exit_code == 0
    assert run(app, ["history", "delete", "--all", "--user", "other"], input="y\n").exit_code == 0
    with History(tmp_path / "data") as history:
        assert records.count(history, tables.Conversation) == 0
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    assert "not a ZIP file" in str(run(app, ["history", "import", str(tmp_path / "bad.zip")]).exception)


def test_the_doctor_tells_what_is_kept(tmp_path: Path) -> None:
    nothing = examine(scripted_registry(), tmp_path / "none").history
    assert nothing is not None and nothing.conversations == 0
    assert not (tmp_path / "none").exists()
    with History(tmp_path / "data") as history:
        media = [MediaSource(Role.PICTURE, "a.png", b"1234")]
        history.begin_turn(ME, history.create(ME).id, text="hello", media=media).interrupt()
    report = examine(scripted_registry(), tmp_path / "data")
    assert report.history is not None
    assert (report.history.conversations, report.history.media_bytes) == (1, 4)
    assert report.history.database_bytes > 0 and f"1 in {tmp_path / 'data'}" in to_text(report)
    (tmp_path / "data" / "trio.db").write_bytes(b"this is no database" * 100)
    assert "no database" not in to_text(report)
    assert "not a database" in to_text(examine(scripted_registry(), tmp_path / "data"))
