"""The tables are those of the models, and an old database keeps what is in it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from chatbot.history import History, HistoryError, MediaSource, Role
from chatbot.history.codec import encode
from chatbot.history.database import migrate
from chatbot.history.stored import TitleBy
from chatbot.history.tables import Base
from tests.support import records
from tests.unit.history.test_history_codec import FULL, plain

ME = "local"
CONTEXT = records.context("Look!", "I am here.", ("A cat.",), ("STOP",))


def at_revision(path: Path, revision: str) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        migrate(connection, revision)
    engine.dispose()


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Path]:
    """A data folder of the first revision with one turn in it."""
    at_revision(tmp_path / "trio.db", "0001")
    context: dict[str, Any] = encode(CONTEXT)
    evidence = context.pop("evidence")
    answer = encode(records.reply("x"))
    del answer["text"], answer["context"]
    with sqlite3.connect(tmp_path / "trio.db") as database:
        database.execute("INSERT INTO conversations VALUES (1, 'c', 'local', 'Old title', 1.0, 2.0, 1, 1)")
        database.execute(
            "INSERT INTO turns (row, id, conversation_row, created_at, status, text, reply, transcript, captions,"
            " ocr, evidence, context, answer, opinion_reason) VALUES (1, 't', 1, 1.0, 'done', 'Look!', 'A lynx.',"
            " 'I am here.', 'A cat.', 'STOP', ?, ?, ?, '')",
            [json.dumps(evidence), json.dumps(context), json.dumps(answer)],
        )
    database.close()
    yield tmp_path


def test_an_old_database_keeps_its_data_and_gains_search(old: Path) -> None:
    with History(old) as history:
        (turn,) = history.path(ME, "c")
        assert (turn.text, turn.reply_text) == ("Look!", "A lynx.")
        assert plain(turn.context) == plain(CONTEXT)
        assert [(hit.turn, hit.place) for hit in history.search(ME, "lynx")] == [("t", "reply")]
        assert [hit.place for hit in history.search(ME, "old title")] == ["title"]
        assert history.conversation(ME, "c").title_by == TitleBy.PERSON
        media = [MediaSource(Role.PICTURE, "a.png", b"a")]
        history.begin_turn(ME, "c", text="next", media=media).finish(records.reply("Yes."))
        assert len(history.exchanges(ME, "c")) == 2


def test_why_a_turn_failed_stays_as_it_was_said(old: Path) -> None:
    told = 'The picture is damaged. Given: "Allowed: \\ .png".'
    with sqlite3.connect(old / "trio.db") as database:
        database.execute("UPDATE turns SET status = 'failed', error = ?", [told])
    database.close()
    with History(old) as history:
        (turn,) = history.path(ME, "c")
        assert turn.error == told
        history.begin_turn(ME, "c", text="next").fail(FULL.said)
        assert [turn.error for turn in history.path(ME, "c")] == [told, FULL.said]
        history.begin_turn(ME, "c", text="again").finish(records.reply("Yes."))
        assert history.path(ME, "c")[-1].error is None


def test_models_and_migrations_agree(tmp_path: Path) -> None:
    at_revision(tmp_path / "trio.db", "head")
    engine = create_engine(f"sqlite:///{tmp_path / 'trio.db'}")

    def ours(_: Any, name: str | None, kind: str, *__: Any) -> bool:
        return not (kind == "table" and str(name).startswith(("turn_search", "title_search")))

    with engine.connect() as connection:
        options = {"include_object": ours, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        with History(tmp_path) as history, history.storage.database.read() as session:
            assert session.scalar(text("SELECT version_num FROM alembic_version")) == "0006"


def test_a_database_of_a_newer_trio_is_left_alone(tmp_path: Path) -> None:
    History(tmp_path).close()
    with sqlite3.connect(tmp_path / "trio.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(HistoryError, match="newer version of Trio"):
        History(tmp_path)


def test_a_failed_migration_leaves_the_old_database(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(old / "trio.db") as database:
        database.execute("CREATE TABLE picture_vectors (row INTEGER)")
    database.close()
    with pytest.raises(HistoryError):
        History(old)
    with sqlite3.connect(old / "trio.db") as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        assert "turn_search" not in tables
    database.close()
