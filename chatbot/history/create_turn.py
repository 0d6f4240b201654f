"""Beginning a turn: question and files are on disk before the answer starts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from chatbot.history import tables, tree
from chatbot.history.errors import HistoryError
from chatbot.history.storage import Storage
from chatbot.history.stored import MediaSource, Role, Status
from chatbot.history.titles import title_of
from chatbot.history.writer import TurnWriter
from pipelines.core.said import said

MAX_MEDIA = 64


def create_turn(
    storage: Storage,
    user: str,
    conversation: str | None,
    text: str,
    media: Sequence[MediaSource] = (),
    instructions: str = "",
) -> TurnWriter:
    """Add a turn after the active leaf; None begins a conversation with it, both at once.

    Raises:
        NotFoundError, HistoryError
    """
    if len(media) > MAX_MEDIA:
        raise HistoryError(
            said("Too many files in one message"),
            given=said("{count} files", count=len(media)),
            allowed=said("{count} files", count=MAX_MEDIA),
        )
    sources = [(item.name, item.content) for item in media]
    with storage.folder.staged(sources) as staged, storage.database.write() as session:
        if conversation is None:
            parent = tree.new_conversation(session, user, instructions=instructions)
        else:
            parent = tree.find_conversation(session, user, conversation)
        turn = _new_turn(storage, session, parent, text, parent.leaf_row)
        files = [(f, m.role, m.name) for f, m in zip(staged, media, strict=True)]
        storage.attach(session, user, turn.row, files)
    return TurnWriter(storage, user, parent.id, turn.id, turn.row)


def create_version(storage: Storage, user: str, version_of: str, text: str | None = None) -> TurnWriter:
    """Add another version of a turn beside it, with the same files; None asks in the same words.

    Raises:
        NotFoundError, HistoryError
    """
    with storage.database.write() as session:
        old, conversation = tree.find_turn(session, user, version_of)
        turn = _new_turn(storage, session, conversation, old.text if text is None else text, old.parent_row)
        _share_files(session, old, turn)
    return TurnWriter(storage, user, conversation.id, turn.id, turn.row)


def _new_turn(
    storage: Storage, session: Session, conversation: tables.Conversation, text: str, parent_row: int | None
) -> tables.Turn:
    turn = tables.Turn(text=text, status=Status.ANSWERING, writer=storage.process_lock.name())
    tree.append(session, conversation, turn, parent_row)
    tree.mark_changed(session, conversation)
    conversation.title = conversation.title or title_of(turn.text)
    return turn


def _share_files(session: Session, old: tables.Turn, new: tables.Turn) -> None:
    (loaded,) = tree.load(session, [old.row])
    for item in loaded.attachments:
        if item.role != Role.REPLY:
            session.add(
                tables.Attachment(turn_row=new.row, media_row=item.media_row, role=item.role, name=item.name)
            )
