"""Rows of the tables to the values that are given out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from chatbot.history import tables
from chatbot.history.codec import decode_context, decode_evidence, decode_reply, encode
from chatbot.history.media_folder import MediaFolder
from chatbot.history.stored import (
    Correction,
    Opinion,
    Rating,
    Role,
    Status,
    StoredConversation,
    StoredMedia,
    TitleBy,
    TurnRecord,
)
from chatbot.history.tree import BranchPosition
from chatbot.turn.events import FusedContext, Reply
from pipelines.core.types import Evidence


def moment(seconds: float) -> datetime:
    """Return seconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def stored_conversation(row: tables.Conversation, turns: int) -> StoredConversation:
    """Return a conversation as it is given out."""
    created, updated = moment(row.created_at), moment(row.updated_at)
    return StoredConversation(
        row.id,
        row.title,
        created,
        updated,
        turns,
        row.instructions,
        row.pinned,
        TitleBy(row.title_by),
    )


def stored_media(folder: MediaFolder, item: tables.Attachment) -> StoredMedia:
    """Return a file in its turn."""
    media = item.media
    path = folder.path(media.owner, media.sha256, media.suffix)
    return StoredMedia(
        media.id, Role(item.role), item.name, media.media_type, media.bytes, media.sha256, path
    )


def turn_record(
    folder: MediaFolder, row: tables.Turn, position: BranchPosition, conversation: str, parent: str | None
) -> TurnRecord:
    """Return the record of a turn; `attachments` (with media) and `corrections` must be loaded."""
    evidence = decode_evidence(row.evidence)
    context = context_of(row, evidence)
    return TurnRecord(
        id=row.id,
        conversation=conversation,
        parent=parent,
        number=position.number,
        sibling=position.sibling,
        siblings=position.siblings,
        created_at=moment(row.created_at),
        status=Status(row.status),
        text=row.text,
        reply_text=row.reply,
        media=tuple(stored_media(folder, item) for item in row.attachments),
        evidence=evidence,
        context=context,
        answer=answer_of(row, context),
        error=row.error,
        rating=Rating(Opinion(row.opinion), row.opinion_reason) if row.opinion else None,
        corrections=latest_corrections(row),
        summary=row.summary,
    )


def latest_corrections(row: tables.Turn) -> tuple[Correction, ...]:
    """Return the newest correction of each source."""
    newest: Mapping[str, tables.Correction] = {item.source: item for item in row.corrections}
    return tuple(
        Correction(item.source, item.original, item.corrected, moment(item.created_at))
        for item in newest.values()
    )


def context_of(row: tables.Turn, evidence: tuple[Evidence, ...]) -> FusedContext | None:
    """Return what a turn's row keeps of its context, with its evidence."""
    if row.context is None:
        return None
    context = decode_context({**row.context, "evidence": []})
    return replace(context, evidence=evidence)


def answer_of(row: tables.Turn, context: FusedContext | None) -> Reply | None:
    """Return the engine's record of a turn's answer."""
    if row.answer is None:
        return None
    return replace(decode_reply({**row.answer, "text": row.reply, "context": None}), context=context)


def context_columns(context: FusedContext) -> dict[str, object]:
    """Return what the table keeps of a context, evidence and searchable words included."""
    data = encode(context)
    evidence = data.pop("evidence")
    emotion = context.emotion
    return {
        "evidence": evidence,
        "context": data,
        "transcript": context.transcript,
        "captions": "\n".join(" ".join(text.split()) for text in context.captions),
        "ocr": "\n".join(context.ocr),
        "emotion": emotion.label if emotion else None,
        "emotion_confidence": emotion.confidence if emotion else None,
        "valence": valence(emotion.scores) if emotion else None,
    }


def answer_columns(reply: Reply) -> dict[str, object]:
    """Return what the table keeps of a reply."""
    data = encode(replace(reply, context=None))
    del data["text"], data["context"]
    columns = context_columns(reply.context) if reply.context is not None else {}
    return {**columns, "reply": reply.text, "answer": data}


def valence(scores: Mapping[str, float]) -> float:
    """Return the probability of the pleasant labels minus that of the unpleasant ones, -1 to 1."""
    from chatbot.turn.fusion import NEGATIVE, POSITIVE

    good = sum(score for label, score in scores.items() if label in POSITIVE)
    bad = sum(score for label, score in scores.items() if label in NEGATIVE)
    return good - bad
