"""A turn's record as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from chatbot.turn.events import Reply
from chatbot.turn.state import TurnState
from pipelines.core.types import Detections, Evidence, Stage, to_jsonable

Json = dict[str, Any]


def turn_json(state: TurnState) -> Json:
    """Return the record of a turn that has ended; `error` is there only when the turn failed."""
    record = reply_json(state.reply) if state.reply is not None else {"reply": ""}
    return record if state.error is None else {**record, "error": str(state.error)}


def reply_json(reply: Reply) -> Json:
    """Return what was understood and answered, with models and seconds.

    `sentiment`, `text_emotion` and `danger` are those of the typed words, else of the spoken ones; `evidence`
    has them all, with confidences, models and errors. Absent inputs are null or empty lists.
    """
    context = reply.context
    items = context.evidence if context is not None else ()
    timings = reply.timings
    return {
        "reply": reply.text,
        "transcript": context.transcript if context and _find(items, Stage.TRANSCRIBE) else None,
        "language": context.language if context else None,
        "captions": list(context.captions) if context else [],
        "ocr": list(context.ocr) if context else [],
        "objects": _objects(items, len(context.captions)) if context else [],
        "sentiment": _value(items, Stage.SENTIMENT),
        "text_emotion": _value(items, Stage.TEXT_EMOTION),
        "danger": _value(items, Stage.DANGER),
        "speech_emotion": _value(items, Stage.SPEECH_EMOTION),
        "fused": to_jsonable(context.emotion) if context else None,
        "timings": {
            "stages": to_jsonable(timings.stages),
            "first_text": _rounded(timings.first_text),
            "first_audio": _rounded(timings.first_audio),
            "text_done": _rounded(timings.text_done),
            "total": _rounded(timings.total),
        },
        "models": dict(reply.models),
        "evidence": [evidence_json(item) for item in items],
        "voice_note": to_jsonable(reply.voice_note),
        "stopped": reply.stopped,
    }


def _objects(items: Sequence[Evidence], pictures: int) -> list[list[Json]]:
    """Return the objects of each picture; none for a picture in which nobody looked for any."""
    found = {item.source: item.value for item in items if isinstance(item.value, Detections)}
    sources = [f"picture {number}" for number in range(1, pictures + 1)]
    return [to_jsonable(found[source].objects) if source in found else [] for source in sources]


def _find(items: Sequence[Evidence], kind: Stage) -> Evidence | None:
    found = [item for item in items if item.kind == kind and item.value is not None]
    return min(found, key=lambda item: item.source != "text", default=None)


def _value(items: Sequence[Evidence], kind: Stage) -> Any:
    item = _find(items, kind)
    return to_jsonable(item.value) if item else None


def evidence_json(item: Evidence) -> Json:
    """Return one stage's finding."""
    fields: Json = to_jsonable(item)
    if isinstance(fields["value"], dict):
        fields["value"].pop("encoding", None)
    if not item.translations:
        del fields["translations"]
    return fields


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)


def to_line(record: Json) -> str:
    """Return a record as one line of JSON."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False)
