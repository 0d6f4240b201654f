"""The commands: options that count everywhere, `serve`, and `doctor`, which only looks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chatbot.cli import models
from chatbot.cli.doctor import examine
from chatbot.cli.main import app
from chatbot.history import History, HistoryError
from chatbot.history.inspection import inspect_database
from tests.support import records
from tests.support.scripted import scripted_registry

COMMANDS = (
    *("ask", "batch", "chat", "doctor", "run", "serve", "mcp"),
    *("models pull", "models hub", "history list", "history search", "history export", "history import"),
    "history delete",
)
NO_PROFILE = ("models verify", "models list", "user list", "user add ann", "cluster status", "cluster stop")


class Asked(Exception):
    """The settings were asked for."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def load(**overrides: Any) -> Any:
        found.append(overrides)
        raise Asked

    monkeypatch.setattr("chatbot.config.settings.load_settings", load)
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_profile_and_offline_count_in_every_command(
    asked: list[dict[str, Any]], command: str, tmp_path: Path
) -> None:
    more = {
        "batch": ["in", "out"],
        "models hub": ["owner/name"],
        "history search": ["x"],
        "history export": [str(tmp_path / "x.zip")],
        "history import": [str(tmp_path / "x.zip")],
        "history delete": ["--all"],
    }
    profile = [] if command == "models hub" else ["--profile", "quality"]
    CliRunner().invoke(app, ["--offline", *profile, *command.split(), *more.get(command, [])])
    assert asked and asked[0]["offline"] is True
    assert asked[0]["profile"] == ("quality" if profile else None)


@pytest.mark.parametrize("command", NO_PROFILE)
def test_what_means_nothing_is_refused(asked: list[dict[str, Any]], command: str) -> None:
    result = CliRunner().invoke(app, ["--profile", "quality", *command.split()])
    assert result.exit_code == 2 and "--profile has no effect" in result.output
    if command.startswith("cluster"):
        assert CliRunner().invoke(app, ["--offline", *command.split()]).exit_code == 2
    assert not asked


@pytest.mark.parametrize("command", ["run", "serve"])
@pytest.mark.parametrize("offline", [True, False])
def test_serve_is_what_the_app_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, offline: bool, command: str
) -> None:
    import app as script

    done: list[str] = []
    monkeypatch.setenv("TRIO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TRIO_OFFLINE", str(offline).lower())
    monkeypatch.setattr(models, "pull_missing", lambda *_: done.append("pulled"))
    monkeypatch.setattr("chatbot.cli.server.run.launch", lambda *_: done.append("served"))
    wanted = ["served"] if offline else ["pulled", "served"]
    for name in ("GRADIO_ANALYTICS_ENABLED", "HF_HUB_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "x")
        monkeypatch.delenv(name)
    import os

    assert script.main() == 0 and done == wanted
    telemetry = {
        name: os.environ.pop(name) for name in ("GRADIO_ANALYTICS_ENABLED", "HF_HUB_DISABLE_TELEMETRY")
    }
    done.clear()
    result = CliRunner().invoke(app, [command])
    assert result.exit_code == 0, result.output
    assert done == wanted
    assert {name: os.environ[name] for name in telemetry} == telemetry


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    with History(tmp_path) as history:
        conversation = history.create("local").id
        with history.begin_turn("local", conversation, text="Hi") as writer:
            writer.finish(records.reply("Hello."))
        history.begin_turn("local", conversation, text="Unfinished").__enter__()
    yield tmp_path


def test_doctor_makes_and_changes_nothing(kept: Path) -> None:
    before = files(kept)
    report = examine(scripted_registry(), kept)
    assert report.history is not None and report.history.problem is None
    assert report.history.conversations == 1 and report.history.database_bytes > 0
    assert files(kept) == before
    empty = kept / "none" / "yet"
    assert examine(scripted_registry(), empty).history is not None and not empty.parent.exists()


def test_doctor_sees_what_a_running_server_has_written(tmp_path: Path) -> None:
    with History(tmp_path) as history:
        history.create("local")
        history.create("local")
        assert inspect_database(tmp_path / "trio.db").conversations == 2


def test_doctor_names_what_is_wrong_with_a_database(kept: Path) -> None:
    database = kept / "trio.db"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(HistoryError, match="newer version of Trio"):
        inspect_database(database)
    database.write_bytes(b"no database at all" * 100)
    report = examine(scripted_registry(), kept)
    assert report.history is not None and "cannot be used" in (report.history.problem or "")
