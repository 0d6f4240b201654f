"""What a person put right, and what the turns felt like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from chatbot.history import tables
from chatbot.history.stored import MoodPoint, Status, TurnRecord
from chatbot.turn.corrections import apply_correction
from chatbot.turn.events import Exchange, FusedContext
from pipelines.core.errors import InputError
from pipelines.core.said import said
from pipelines.core.types import Evidence

VOICE = "voice"
PICTURE = "picture "


def correct(session: Session, turn: tables.Turn, source: str, corrected: str) -> None:
    """Note a correction and let the searched words follow it. Raises InputError."""
    captions = turn.captions.split("\n")
    number = _picture_number(source, len(captions) if turn.context else 0)
    if source == VOICE and turn.context is not None:
        shown, turn.transcript = turn.transcript, corrected
    elif number is not None:
        shown = captions[number]
        captions[number] = " ".join(corrected.split())
        turn.captions = "\n".join(captions)
    else:
        raise InputError(
            said("There is nothing to correct with this name"),
            given=repr(source[:40]),
            allowed='"voice" for a transcript, "picture 1", "picture 2", ... for a caption of this turn',
        )
    earlier = next((item.original for item in turn.corrections if item.source == source), shown)
    session.add(tables.Correction(turn_row=turn.row, source=source, original=earlier, corrected=corrected))


def apply_corrections(turn: tables.Turn) -> None:
    """Let the searched words of a turn follow its corrections; those that fit nothing are skipped."""
    captions = turn.captions.split("\n")
    for item in turn.corrections:
        number = _picture_number(item.source, len(captions))
        if item.source == VOICE:
            turn.transcript = item.corrected
        elif number is not None:
            captions[number] = " ".join(item.corrected.split())
    turn.captions = "\n".join(captions)


def _picture_number(source: str, pictures: int) -> int | None:
    digits = source.removeprefix(PICTURE)
    if source == digits or not (digits.isascii() and digits.isdigit()):
        return None
    number = int(digits) - 1
    return number if 0 <= number < pictures else None


def corrected_evidence(turn: TurnRecord) -> tuple[Evidence, ...]:
    """Return what was found, with the person's words in place of those that they put right."""
    right = {item.source: item.corrected for item in turn.corrections}
    return tuple(apply_correction(e, right[e.source]) if e.source in right else e for e in turn.evidence)


def corrected_context(turn: TurnRecord) -> FusedContext | None:
    """Return what was understood, with the person's corrections in place of what they put right."""
    context = turn.context
    if context is None:
        return None
    captions = list(context.captions)
    transcript = context.transcript
    for item in turn.corrections:
        number = _picture_number(item.source, len(captions))
        if item.source == VOICE:
            transcript = item.corrected
        elif number is not None:
            captions[number] = item.corrected
    evidence = corrected_evidence(replace(turn, evidence=context.evidence))
    return replace(context, transcript=transcript, captions=tuple(captions), evidence=evidence)


def exchange(turn: TurnRecord) -> Exchange:
    """Return a past turn as the engine wants it."""
    context = corrected_context(turn)
    words = context.words if context is not None else turn.text
    return Exchange(words, turn.reply_text, context, turn.summary)


def exchanges(turns: Sequence[TurnRecord]) -> list[Exchange]:
    """Return past turns as the engine wants its history: those with a word of reply that have ended."""
    return [exchange(t) for t in turns if t.status != Status.ANSWERING and t.reply_text.strip()]


def mood(session: Session, path: Sequence[int]) -> list[MoodPoint]:
    """Return the emotion of each turn of a path that has one; reads nothing else of them."""
    columns = (
        tables.Turn.row,
        tables.Turn.id,
        tables.Turn.emotion,
        tables.Turn.emotion_confidence,
        tables.Turn.valence,
    )
    numbers: Mapping[int, int] = {row: number for number, row in enumerate(path, start=1)}
    points = []
    for at in range(0, len(path), 500):
        query = select(*columns).where(tables.Turn.row.in_(path[at : at + 500]))
        for row, name, label, confidence, valence in session.execute(query).tuples():
            if label is not None:
                points.append(MoodPoint(name, numbers[row], label, confidence or 0.0, valence or 0.0))
    return sorted(points, key=lambda point: point.number)
