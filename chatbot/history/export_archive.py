"""Conversations to a ZIP that people and `import_archive` can read. One conversation in memory at a time."""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from chatbot.history import rows, tables, tree
from chatbot.history.archive_format import (
    FORMAT,
    JSON_NAME,
    MARKDOWN_NAME,
    MEDIA_FOLDER,
    VERSION,
    ArchivedConversation,
    ArchivedCorrection,
    ArchivedFile,
    ArchivedTurn,
)
from chatbot.history.codec import decode_evidence, encode
from chatbot.history.errors import HistoryError
from chatbot.history.markdown_export import conversation_markdown
from chatbot.history.store import History
from chatbot.history.stored import Opinion, Status, TitleBy
from pipelines.core.open_files import atomic_file
from pipelines.core.said import said

_STORED = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp3", ".ogg", ".opus", ".webm", ".m4a", ".flac"}
)
"""Files that are compressed already."""


def export_archive(history: History, user: str, target: Path, conversation: str | None = None) -> int:
    """Write one conversation, or all of the user's, to a ZIP; return how many.

    The file appears only when it is whole.

    Args:
        history: Where from.
        user: The owner.
        target: The ZIP; replaced where it is there.
        conversation: Id of one; None for all.

    Raises:
        NotFoundError: if there is no such conversation.
        HistoryError: if the ZIP cannot be written.
    """
    ids = _ids(history, user, conversation)
    try:
        with atomic_file(target, 0o600) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
            _write(history, ids, out)
    except OSError as error:
        raise HistoryError(
            said("The export cannot be written"),
            given=f"{target}: {error.strerror or error}",
            fix=said("Choose an existing folder with enough free space"),
        ) from error
    return len(ids)


def _ids(history: History, user: str, conversation: str | None) -> Sequence[int]:
    with history.storage.database.read() as session:
        if conversation is not None:
            return [tree.find_conversation(session, user, conversation).row]
        query = select(tables.Conversation.row).where(tables.Conversation.owner == user)
        return list(session.scalars(query.order_by(tables.Conversation.row)))


def _write(history: History, ids: Sequence[int], out: zipfile.ZipFile) -> None:
    files: dict[str, Path] = {}
    with history.storage.database.read() as session:
        with out.open(JSON_NAME, "w", force_zip64=True) as file:
            file.write(f'{{"format": "{FORMAT}", "version": {VERSION}, "conversations": ['.encode())
            for number, (conversation, paths) in enumerate(_conversations(history, session, ids)):
                files |= paths
                text = json.dumps(encode(conversation), ensure_ascii=True, allow_nan=False, indent=1)
                file.write(b",\n" * bool(number) + text.encode("ascii"))
            file.write(b"]}\n")
        with out.open(MARKDOWN_NAME, "w", force_zip64=True) as file:
            for conversation, _ in _conversations(history, session, ids):
                file.write(conversation_markdown(conversation).encode("utf-8"))
        for name, path in files.items():
            with contextlib.suppress(FileNotFoundError):  # deleted by the person meanwhile
                stored = Path(name).suffix in _STORED
                out.write(path, name, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)


def _conversations(
    history: History, session: Session, ids: Sequence[int]
) -> Iterator[tuple[ArchivedConversation, dict[str, Path]]]:
    """Yield each conversation with the files that it needs, by their names in the ZIP."""
    for row in ids:
        conversation = session.get(tables.Conversation, row)
        if conversation is None:
            continue
        turns = tree.load(session, list(tree.links(session, conversation).ids))
        numbers = {turn.row: number for number, turn in enumerate(turns)}
        paths: dict[str, Path] = {}
        archived = []
        for turn in turns:
            stored = [rows.stored_media(history.storage.folder, item) for item in turn.attachments]
            media = [ArchivedFile(r.role, r.name, f"{MEDIA_FOLDER}{r.path.name}") for r in stored]
            paths.update(zip((item.file for item in media), (r.path for r in stored), strict=True))
            archived.append(_turn(turn, numbers, tuple(media)))
        yield _conversation(conversation, numbers, archived), paths
        session.expunge_all()


def _conversation(
    row: tables.Conversation, numbers: dict[int, int], turns: Sequence[ArchivedTurn]
) -> ArchivedConversation:
    return ArchivedConversation(
        title=row.title,
        created_at=row.created_at,
        updated_at=row.updated_at,
        root=_number(numbers, row.root_row),
        leaf=_number(numbers, row.leaf_row),
        turns=tuple(turns),
        instructions=row.instructions,
        pinned=row.pinned,
        title_by=TitleBy(row.title_by),
    )


def _number(numbers: dict[int, int], row: int | None) -> int | None:
    return None if row is None else numbers[row]


def _turn(turn: tables.Turn, numbers: dict[int, int], media: tuple[ArchivedFile, ...]) -> ArchivedTurn:
    evidence = decode_evidence(turn.evidence)
    context, answer = rows.context_of(turn, ()), rows.answer_of(turn, None)
    return ArchivedTurn(
        id=numbers[turn.row],
        parent=_number(numbers, turn.parent_row),
        next=_number(numbers, turn.next_row),
        created_at=turn.created_at,
        status=Status(turn.status),
        text=turn.text,
        reply=turn.reply,
        evidence=evidence,
        context=context,
        answer=replace(answer, text="") if answer is not None else None,
        error=turn.error,
        opinion=Opinion(turn.opinion) if turn.opinion else None,
        opinion_reason=turn.opinion_reason,
        corrections=tuple(
            ArchivedCorrection(c.source, c.original, c.corrected, c.created_at) for c in turn.corrections
        ),
        media=media,
        summary=turn.summary,
    )
