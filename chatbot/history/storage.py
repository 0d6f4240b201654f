"""Database, files and running turns of one data folder, and what keeps them in order."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chatbot.history import tables, tree
from chatbot.history.database import Database
from chatbot.history.errors import HistoryError
from chatbot.history.flusher import Changes, Flusher
from chatbot.history.media_folder import MediaFolder, Staged
from chatbot.history.process_lock import ProcessLock
from chatbot.history.stored import Role, Status
from chatbot.history.titles import title_of
from pipelines.core.open_files import remove_file
from pipelines.core.said import said

DATABASE = "trio.db"
MEDIA = "media"
ANSWERING = "answering"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Storage:
    """An open data folder. Thread-safe."""

    database: Database
    folder: MediaFolder
    process_lock: ProcessLock
    flusher: Flusher

    @classmethod
    def open(cls, data_dir: Path) -> Self:
        """Open the folder, or make it, and mend what a killed process left.

        A new folder is private to its owner (mode 0700). One that is there keeps its mode; the files
        inside are private all the same.

        Raises:
            HistoryError: if the folder or the database cannot be used.
        """
        try:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = MediaFolder(data_dir / MEDIA)
            folder.prepare()
        except OSError as error:
            raise HistoryError(
                said("The conversations folder cannot be used"),
                given=f"{data_dir}: {error.strerror or error}",
                fix=said("Give Trio write permission, or set TRIO_DATA_DIR to another folder"),
            ) from error
        database = Database(data_dir / DATABASE)
        process_lock = ProcessLock(data_dir / ANSWERING)
        storage = cls(
            database, folder, process_lock, Flusher(lambda changes: save_partials(database, changes))
        )
        try:
            storage.recover()
            storage.remove_unused_files(sweep=True)
        except BaseException:
            storage.close()
            raise
        return storage

    def recover(self) -> int:
        """Mark turns as interrupted whose process has ended; return how many."""
        answering = tables.Turn.status == Status.ANSWERING
        with self.database.read() as session:
            writers = set(session.scalars(select(tables.Turn.writer).where(answering).distinct()))
        dead = [name for name in writers if name is not None and not self.process_lock.is_alive(name)]
        return self._interrupt(answering & tables.Turn.writer.in_(dead)) if dead else 0

    def _interrupt(self, which: Any) -> int:
        with self.database.write() as session:
            result = session.execute(update(tables.Turn).where(which).values(status=Status.INTERRUPTED))
            return int(result.rowcount)  # type: ignore[attr-defined]

    def close(self) -> None:
        """Save what was written so far, mark running turns as interrupted and let go of everything."""
        self.flusher.close()
        try:
            if self.process_lock.held_name is not None:
                mine = tables.Turn.writer == self.process_lock.held_name
                self._interrupt((tables.Turn.status == Status.ANSWERING) & mine)
        except HistoryError:
            _log.exception("running turns could not be marked as interrupted")
        finally:
            self.process_lock.release()
            self.database.close()

    def attach(
        self, session: Session, user: str, turn_row: int, staged: list[tuple[Staged, Role, str]]
    ) -> None:
        """Put staged files, each with role and name, into their places and hang them on a turn."""
        for item, role, name in staged:
            query = select(tables.Media).where(tables.Media.owner == user, tables.Media.sha256 == item.sha256)
            media = session.scalar(query) or tables.Media(
                owner=user,
                sha256=item.sha256,
                suffix=item.suffix,
                media_type=item.media_type,
                bytes=item.bytes,
            )
            self.folder.place(user, item, media.suffix)
            session.add(media)
            session.flush()
            session.add(tables.Attachment(turn_row=turn_row, media_row=media.row, role=role, name=name))

    def remove_unused_files(self, *, sweep: bool = False) -> int:
        """Remove files that no turn uses any more; return how many.

        Args:
            sweep: Look through the folder too, for files that a killed process left without a row.
        """
        used = select(tables.Attachment.media_row)
        removed = 0
        with self.database.write() as session:
            for media in session.scalars(select(tables.Media).where(tables.Media.row.not_in(used))):
                self.folder.remove(media.owner, media.sha256, media.suffix)
                session.delete(media)
                removed += 1
            session.flush()
            if sweep:
                removed += self._sweep(session)
        return removed

    def _sweep(self, session: Session) -> int:
        columns = (tables.Media.owner, tables.Media.sha256, tables.Media.suffix)
        known = {self.folder.path(*found) for found in session.execute(select(*columns)).tuples()}
        strays = [path for path in self.folder.all_files() if path not in known]
        return sum(map(remove_file, strays))


def save_partials(database: Database, changes: Changes) -> None:
    """Save the newest state of running turns in one commit. Raises HistoryError."""
    with database.write() as session:
        for row, columns in changes.items():
            update_running(session, row, columns)


def update_running(session: Session, row: int, columns: Mapping[str, Any]) -> bool:
    """Change a turn that is being answered, and its conversation where that ends it.

    Returns False where it has ended or was deleted.
    """
    query = (
        update(tables.Turn)
        .where(tables.Turn.row == row, tables.Turn.status == Status.ANSWERING)
        .values(**columns)
        .execution_options(synchronize_session=False)
    )
    there = bool(session.execute(query).rowcount)  # type: ignore[attr-defined]
    if there and "status" in columns:
        turn = session.get_one(tables.Turn, row)
        conversation = session.get_one(tables.Conversation, turn.conversation_row)
        tree.mark_changed(session, conversation)
        conversation.title = conversation.title or title_of(turn.text, turn.transcript, turn.captions)
    return there
