"""A look at kept conversations that changes nothing: no table is made, no turn is marked, no file appears."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from chatbot.history.database import MIGRATIONS
from chatbot.history.errors import HistoryError
from pipelines.core.said import said


@dataclass(frozen=True)
class DatabaseSummary:
    """What is kept, of everybody together. Sizes in bytes."""

    conversations: int
    database_bytes: int
    media_bytes: int


def inspect_database(path: Path) -> DatabaseSummary:
    """Return what a database holds. A running server may write to it meanwhile.

    Args:
        path: The SQLite file; it has to be there.

    Raises:
        HistoryError: if it is no database, or one that a newer Trio made.
    """
    log = path.with_name(f"{path.name}-wal")
    busy = log.exists() and log.stat().st_size > 0
    mode = "mode=ro" if busy else "mode=ro&immutable=1"  # else SQLite would make files beside it
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True)) as connection:
            _check_revision(connection, path)
            conversations = _number(connection, "SELECT count(*) FROM conversations")
            media = _number(connection, "SELECT coalesce(sum(bytes), 0) FROM media")
    except (sqlite3.Error, OSError) as error:
        raise HistoryError(
            said("The saved conversations cannot be used"), given=f"{path}: {error}"
        ) from error
    size = path.stat().st_size + (log.stat().st_size if busy else 0)
    return DatabaseSummary(conversations, size, media)


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _check_revision(connection: sqlite3.Connection, path: Path) -> None:
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    known = "".join(file.read_text("utf-8") for file in (MIGRATIONS / "versions").glob("*.py"))
    if f'"{revision}"' not in known:
        raise HistoryError(
            said("The conversations were saved by a newer version of Trio"),
            given=str(path),
            fix=said("Update Trio, or set TRIO_DATA_DIR to another folder"),
        )
