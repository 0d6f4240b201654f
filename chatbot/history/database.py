"""The SQLite file: opened in WAL mode, brought to the newest schema, one writer at a time.

A commit is on disk when it returns (`synchronous=FULL`). Readers never wait. Writers take the lock at
their first statement (`BEGIN IMMEDIATE`), so that none fails half-way because another one was faster.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from chatbot.history.errors import HistoryError
from pipelines.core.said import said

BUSY_SECONDS = 30
POOL_SIZE = 8
POOL_OVERFLOW = 32
MIGRATIONS = Path(__file__).with_name("migrations")
_WRITE = "trio_write"


class Database:
    """One SQLite file. Thread-safe.

    Args:
        path: The file; made with its tables when it is not there.

    Raises:
        HistoryError: if the file is no database, is newer than this code, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._closed = False
        self._write_lock = threading.Lock()
        self._engine = _engine(path)
        self._reader = sessionmaker(self._engine, expire_on_commit=False)
        self._writer = sessionmaker(self._engine.execution_options(**{_WRITE: True}), expire_on_commit=False)
        try:
            self._prepare()
        except BaseException:
            self._engine.dispose()
            raise

    def _prepare(self) -> None:
        from alembic.util import CommandError

        try:
            with self._engine.execution_options(**{_WRITE: True}).begin() as connection:
                migrate(connection)
            os.chmod(self.path, 0o600)
        except CommandError as error:
            raise HistoryError(
                said("The conversations were saved by a newer version of Trio"),
                given=str(self.path),
                fix=said("Update Trio, or set TRIO_DATA_DIR to another folder"),
            ) from error
        except (SQLAlchemyError, OSError) as error:
            raise _unusable(self.path, error) from error

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one state of the database. Raises HistoryError."""
        with self._session(self._reader) as session:
            yield session

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session that is committed at the end, or rolled back on an error. Raises HistoryError."""
        with self._write_lock, self._session(self._writer) as session:
            yield session

    @contextlib.contextmanager
    def _session(self, maker: sessionmaker[Session]) -> Iterator[Session]:
        if self._closed:
            raise HistoryError(said("The conversation store is closed"), given=str(self.path))
        try:
            with maker.begin() as session:
                yield session
        except SQLAlchemyError as error:
            raise _unusable(self.path, error) from error

    def close(self) -> None:
        """Fold the log into the file and close every connection. A second call does nothing."""
        with self._write_lock:
            if self._closed:
                return
            self._closed = True
        with contextlib.suppress(SQLAlchemyError), self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA optimize")
            connection.rollback()
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.close()
        self._engine.dispose()


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to a revision, inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: sqlite3.Connection, _: Any) -> None:
    """Take transactions into our own hands (sqlite3 would begin them late) and set the file's modes."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _unusable(path: Path, error: Exception) -> HistoryError:
    reason = str(getattr(error, "orig", None) or error)
    fix = said("Check the free disk space and the folder permissions, or set TRIO_DATA_DIR to another folder")
    if isinstance(getattr(error, "orig", None), sqlite3.DatabaseError) and "not a database" in reason:
        fix = said("Move the file away; Trio creates a new one at the next start")
    return HistoryError(
        said("The saved conversations cannot be used"), given=f"{path}: {reason[:200]}", fix=fix
    )
