"""The conversations of an export as new rows, with new ids, in one transaction."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from chatbot.history import tables
from chatbot.history.archive_format import Archive, ArchivedConversation, ArchivedTurn
from chatbot.history.codec import encode
from chatbot.history.corrections import apply_corrections
from chatbot.history.errors import HistoryError
from chatbot.history.media_folder import Staged
from chatbot.history.rows import context_columns
from chatbot.history.storage import Storage
from chatbot.history.stored import MAX_INSTRUCTIONS, MAX_SUMMARY, Status
from pipelines.core.said import said

LATEST = 253_402_300_799.0
"""The end of the year 9999, the last that a date can be shown of."""


def check_tree(conversation: ArchivedConversation, where: str) -> None:
    """Check that the turns hang together.

    Raises:
        HistoryError: naming the value that does not fit.
    """
    seen: dict[int, ArchivedTurn] = {}
    _check_time(conversation.created_at, f"{where}.created_at")
    _check_time(conversation.updated_at, f"{where}.updated_at")
    for number, turn in enumerate(conversation.turns):
        here = f"{where}.turns[{number}]"
        if turn.id in seen:
            raise _wrong(f"{here}.id", turn.id, "a number that no other turn has")
        if turn.parent is not None and turn.parent not in seen:
            raise _wrong(f"{here}.parent", turn.parent, "the id of an earlier turn, or null")
        _check_time(turn.created_at, f"{here}.created_at")
        for at, item in enumerate(turn.corrections):
            _check_time(item.created_at, f"{here}.corrections[{at}].created_at")
        seen[turn.id] = turn
    for number, turn in enumerate(conversation.turns):
        if turn.next is not None and (turn.next not in seen or seen[turn.next].parent != turn.id):
            raise _wrong(f"{where}.turns[{number}].next", turn.next, "the id of a turn below it, or null")
    root, leaf = conversation.root, conversation.leaf
    if root is not None and (root not in seen or seen[root].parent is not None):
        raise _wrong(f"{where}.root", root, "the id of a first turn, or null")
    if leaf is not None and leaf not in seen:
        raise _wrong(f"{where}.leaf", leaf, "the id of a turn, or null")


def _check_time(value: float, where: str) -> None:
    if not (math.isfinite(value) and 0 <= value <= LATEST):
        raise _wrong(where, value, "seconds since 1970")


def _wrong(where: str, given: object, allowed: str) -> HistoryError:
    return HistoryError(
        said("The value of {where} is invalid", where=where), given=repr(given), allowed=allowed
    )


def import_conversations(
    storage: Storage, user: str, archive: Archive, files: Mapping[str, Staged]
) -> tuple[str, ...]:
    """Add the conversations that are not there yet; return their ids.

    Args:
        storage: Where.
        user: Whose they become.
        archive: The export.
        files: What is there, by the names in the export.

    Raises:
        HistoryError: if they cannot be written.
    """
    ids = []
    with storage.database.write() as session:
        for conversation in archive.conversations:
            if _is_there(session, user, conversation):
                continue
            row = tables.Conversation(
                owner=user,
                title=conversation.title[:200],
                created_at=conversation.created_at,
                updated_at=min(conversation.updated_at, time.time()),
                instructions=conversation.instructions[:MAX_INSTRUCTIONS],
                pinned=conversation.pinned,
                title_by=conversation.title_by,
            )
            session.add(row)
            session.flush()
            _import_turns(storage, session, row, conversation, files)
            ids.append(row.id)
            session.flush()
            session.expunge_all()
    return tuple(ids)


def _is_there(session: Session, user: str, conversation: ArchivedConversation) -> bool:
    """Whether the user has a conversation of the same moment with all these turns, and perhaps later ones."""
    same = select(tables.Conversation.row).where(
        tables.Conversation.owner == user, tables.Conversation.created_at == conversation.created_at
    )
    wanted = {(turn.created_at, turn.text, turn.reply) for turn in conversation.turns}
    turn = tables.Turn
    return any(
        wanted
        <= {
            tuple(found)
            for found in session.execute(
                select(turn.created_at, turn.text, turn.reply).where(turn.conversation_row == row)
            )
        }
        for row in session.scalars(same)
    )


def _import_turns(
    storage: Storage,
    session: Session,
    row: tables.Conversation,
    conversation: ArchivedConversation,
    files: Mapping[str, Staged],
) -> None:
    turns: dict[int | None, tables.Turn] = {}
    for turn in conversation.turns:
        imported = _turn_row(turn)
        imported.conversation_row = row.row
        imported.parent_row = turns[turn.parent].row if turn.parent is not None else None
        session.add(imported)
        session.flush()
        turns[turn.id] = imported
        there = [(files[m.file], m.role, m.name) for m in turn.media if m.file in files]
        storage.attach(session, row.owner, imported.row, there)
    for turn in conversation.turns:
        turns[turn.id].next_row = turns[turn.next].row if turn.next is not None else None
    row.root_row = turns[conversation.root].row if conversation.root is not None else None
    row.leaf_row = turns[conversation.leaf].row if conversation.leaf is not None else None


def _turn_row(turn: ArchivedTurn) -> tables.Turn:
    columns: dict[str, object] = {"evidence": encode(turn.evidence), "transcript": "", "captions": ""}
    if turn.context is not None:
        columns = context_columns(replace(turn.context, evidence=turn.evidence))
    answer = encode(turn.answer)
    if answer is not None:
        del answer["text"], answer["context"]
    row = tables.Turn(
        **columns,
        created_at=turn.created_at,
        status=Status.INTERRUPTED if turn.status == Status.ANSWERING else turn.status,
        text=turn.text,
        reply=turn.reply,
        answer=answer,
        error=turn.error if turn.error is not None else None,
        opinion=turn.opinion,
        opinion_reason=turn.opinion_reason,
        summary=turn.summary[:MAX_SUMMARY] if turn.summary else None,
    )
    row.corrections = [
        tables.Correction(
            source=item.source,
            original=item.original,
            corrected=item.corrected,
            created_at=item.created_at,
        )
        for item in turn.corrections
    ]
    apply_corrections(row)
    return row
