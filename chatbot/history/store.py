"""The kept conversations: what the page, the command line and the API use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session, selectinload

from chatbot.history import corrections, create_turn, rows, tables, tree
from chatbot.history.errors import NotFoundError
from chatbot.history.search import forget_deleted
from chatbot.history.search import search as find_words
from chatbot.history.storage import Storage
from chatbot.history.stored import (
    MediaSource,
    MoodPoint,
    Opinion,
    SearchHit,
    StoredConversation,
    StoredMedia,
    TitleBy,
    TurnRecord,
)
from chatbot.history.writer import TurnWriter
from chatbot.turn.events import Exchange

LOCAL_USER = "local"
"""The owner where nobody logs in."""


class History:
    """Conversations in one data folder. Thread-safe; a context manager that closes itself.

    Every method takes the owner's name and reaches that owner's rows and files alone: a wrong id and
    somebody else's give the same NotFoundError. All methods raise HistoryError where the database
    cannot be read or written.

    Args:
        data_dir: The folder; made (mode 0700) where it is not there. Turns that a killed process left
            unfinished are marked as interrupted, their text kept.
        kept: Whether the conversations outlive the program.
    """

    def __init__(self, data_dir: Path, *, kept: bool = True) -> None:
        self.data_dir, self.kept = data_dir, kept
        self.storage = Storage.open(data_dir)
        self._database = self.storage.database
        self._deleted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Put everything on disk, wipe what was deleted and close. A second call does nothing."""
        if self._deleted:
            self._deleted = False
            with self._database.write() as session:
                forget_deleted(session)
        self.storage.close()

    # Conversations

    def create(self, user: str, title: str = "") -> StoredConversation:
        """Start a conversation; without `title` the first turn gives one."""
        with self._database.write() as session:
            by = TitleBy.PERSON if title.strip() else TitleBy.WORDS
            row = tree.new_conversation(session, user, title=_one_line(title), title_by=by)
            return rows.stored_conversation(row, 0)

    def conversation(self, user: str, conversation: str) -> StoredConversation:
        """Return one conversation."""
        with self._database.read() as session:
            row = tree.find_conversation(session, user, conversation)
            return rows.stored_conversation(row, _turns_of(session, row))

    def conversations(self, user: str, *, limit: int = 50, offset: int = 0) -> list[StoredConversation]:
        """Return a page of the list: the pinned ones, then the others, each the one changed last first."""
        of = tables.Conversation
        turns = (
            select(func.count()).where(tables.Turn.conversation_row == of.row).correlate(of).scalar_subquery()
        )
        query = (
            select(of, turns)
            .where(of.owner == user)
            .order_by(*(key.desc() for key in (of.pinned, of.updated_at, of.row)))
            .limit(limit)
            .offset(offset)
        )
        with self._database.read() as session:
            return [rows.stored_conversation(row, count) for row, count in session.execute(query).tuples()]

    def count(self, user: str) -> int:
        """Return how many conversations the user has."""
        with self._database.read() as session:
            return _count(session, select(func.count()).where(tables.Conversation.owner == user))

    def rename(self, user: str, conversation: str, title: str) -> StoredConversation:
        """Give a conversation another title, the person's."""
        with self._database.write() as session:
            row = tree.find_conversation(session, user, conversation)
            row.title, row.title_by = _one_line(title), TitleBy.PERSON
            return rows.stored_conversation(row, _turns_of(session, row))

    def delete(self, user: str, conversation: str) -> None:
        """Delete a conversation with all its turns, and the files that no other turn uses."""
        with self._database.write() as session:
            session.delete(tree.find_conversation(session, user, conversation))
        self._deleted = True
        self.storage.remove_unused_files()

    def delete_all(self, user: str) -> int:
        """Delete all of the user's conversations and files; return how many conversations there were."""
        with self._database.write() as session:
            query = delete(tables.Conversation).where(tables.Conversation.owner == user)
            deleted = int(session.execute(query).rowcount)  # type: ignore[attr-defined]
        self._deleted = True
        self.storage.remove_unused_files()
        return deleted

    # Turns

    def begin_turn(
        self,
        user: str,
        conversation: str | None,
        *,
        text: str = "",
        media: Sequence[MediaSource] = (),
        instructions: str = "",
    ) -> TurnWriter:
        """Keep a question after the last turn shown, and return what keeps its answer.

        Question and files are on disk when this returns.

        Args:
            user: The owner.
            conversation: Its id; None begins one, which `TurnWriter.conversation` names.
            text: What was typed.
            media: Pictures and recordings.
            instructions: What the person wants of the replies of a conversation that begins.
        """
        return create_turn.create_turn(self.storage, user, conversation, text, media, instructions)

    def edit_turn(self, user: str, turn: str, *, text: str) -> TurnWriter:
        """Ask a turn in other words: a new version beside it, with the same files, becomes the one shown."""
        return create_turn.create_version(self.storage, user, turn, text)

    def retry_turn(self, user: str, turn: str) -> TurnWriter:
        """Ask the same again: a new version beside the old one, same words and files."""
        return create_turn.create_version(self.storage, user, turn)

    def path(self, user: str, conversation: str) -> list[TurnRecord]:
        """Return the turns shown, first to last."""
        with self._database.read() as session:
            row = tree.find_conversation(session, user, conversation)
            return self._records(session, row, tree.ancestors(session, row.leaf_row))

    def turn(self, user: str, turn: str) -> TurnRecord:
        """Return one turn."""
        with self._database.read() as session:
            row, conversation = tree.find_turn(session, user, turn)
            return self._records(session, conversation, [row.row])[0]

    def siblings(self, user: str, turn: str) -> list[TurnRecord]:
        """Return all the versions of a turn, itself among them, oldest first."""
        with self._database.read() as session:
            row, conversation = tree.find_turn(session, user, turn)
            versions = tree.links(session, conversation).children[row.parent_row]
            return self._records(session, conversation, versions)

    def select(self, user: str, turn: str) -> list[TurnRecord]:
        """Show this version of a turn, and what followed it; return the turns now shown."""
        with self._database.write() as session:
            row, conversation = tree.find_turn(session, user, turn)
            tree.show_version(session, conversation, row)
            return self._records(session, conversation, tree.ancestors(session, conversation.leaf_row))

    def undo(self, user: str, conversation: str) -> bool:
        """Hide the last turn shown; nothing is lost. Return False where none is shown."""
        with self._database.write() as session:
            return tree.step_back(session, tree.find_conversation(session, user, conversation))

    def redo(self, user: str, conversation: str) -> bool:
        """Show the turn that the last undo hid. Return False where there is none."""
        with self._database.write() as session:
            return tree.step_forward(session, tree.find_conversation(session, user, conversation))

    def exchanges(self, user: str, conversation: str) -> list[Exchange]:
        """Return the turns shown as the engine wants its history, corrections applied.

        Turns without a word of reply, and those being answered right now, are left out; call it before
        or after `begin_turn`.
        """
        return corrections.exchanges(self.path(user, conversation))

    def mood(self, user: str, conversation: str) -> list[MoodPoint]:
        """Return the fused emotion of each turn shown that has one."""
        with self._database.read() as session:
            row = tree.find_conversation(session, user, conversation)
            return corrections.mood(session, tree.ancestors(session, row.leaf_row))

    def search(self, user: str, query: str, *, limit: int = 30) -> list[SearchHit]:
        """Return where all the words of `query` occur; whatever is typed is taken literally."""
        with self._database.read() as session:
            return find_words(session, user, query, limit)

    # Files and judgements

    def open_media(self, user: str, media: str) -> StoredMedia:
        """Return a kept file by its id; its `path` may be read as long as the turn is kept."""
        query = (
            select(tables.Attachment)
            .join(tables.Media, tables.Attachment.media_row == tables.Media.row)
            .where(tables.Media.id == media, tables.Media.owner == user)
            .options(selectinload(tables.Attachment.media))
            .order_by(tables.Attachment.row)
            .limit(1)
        )
        with self._database.read() as session:
            found = session.scalar(query)
            if found is None:
                raise NotFoundError("file", media)
            return rows.stored_media(self.storage.folder, found)

    def rate(self, user: str, turn: str, opinion: Opinion | None, reason: str = "") -> None:
        """Note a like or dislike of a reply; None takes it back."""
        with self._database.write() as session:
            row, _ = tree.find_turn(session, user, turn)
            row.opinion = opinion
            row.opinion_reason = reason if opinion is not None else ""

    def correct(self, user: str, turn: str, source: str, corrected: str) -> None:
        """Note what a person put right; search and the engine use it from now on.

        Args:
            user: The owner.
            turn: The turn.
            source: "voice" for the transcript, "picture 1", "picture 2", ... for a caption.
            corrected: What it should have been.

        Raises:
            NotFoundError: if there is no such turn.
            InputError: if the turn has no such source.
        """
        with self._database.write() as session:
            row, _ = tree.find_turn(session, user, turn)
            (loaded,) = tree.load(session, [row.row])
            corrections.correct(session, loaded, source, corrected)

    def _records(
        self, session: Session, conversation: tables.Conversation, wanted: Sequence[int]
    ) -> list[TurnRecord]:
        known = tree.links(session, conversation)
        records = []
        for row in tree.load(session, wanted):
            parent = known.ids[row.parent_row] if row.parent_row is not None else None
            position = known.position(row.row)
            records.append(rows.turn_record(self.storage.folder, row, position, conversation.id, parent))
        return records


def _turns_of(session: Session, row: tables.Conversation) -> int:
    return _count(session, select(func.count()).where(tables.Turn.conversation_row == row.row))


def _count(session: Session, query: Select[int]) -> int:
    return int(session.scalar(query) or 0)


def _one_line(title: str) -> str:
    return " ".join(title.split())[:200]
