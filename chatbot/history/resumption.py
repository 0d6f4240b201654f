"""A reply that was cut at its longest length goes on in its own place: the same turn, not another version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from chatbot.history import rows, tables, tree
from chatbot.history.errors import HistoryError
from chatbot.history.storage import Storage
from chatbot.history.store import History
from chatbot.history.stored import Role, Status, TurnRecord
from chatbot.history.writer import TurnWriter
from chatbot.turn.continuation import joined, was_cut
from chatbot.turn.events import ContextReady, EvidenceReady, Reply, TextDelta, TurnEvent
from chatbot.turn.state import TurnState
from pipelines.core.said import Text, said
from pipelines.core.types import Audio


def can_go_on(turn: TurnRecord) -> bool:
    """Whether a turn's reply was cut at its longest length and is not being written now."""
    return turn.status != Status.ANSWERING and bool(turn.reply_text.strip()) and was_cut(turn.answer)


def resume_turn(history: History, user: str, turn: str) -> TurnWriter:
    """Go on with the reply of the last turn shown, and return what keeps it.

    The engine must be given the text that is there as `TurnOptions.begun`. What was understood stays as it
    is, and so does the text whatever becomes of the rest.

    Raises:
        NotFoundError: if there is no such turn.
        HistoryError: if its reply was not cut at its longest length, or is not the last one shown.
    """
    storage = history.storage
    with storage.database.write() as session:
        row, conversation = tree.find_turn(session, user, turn)
        before = rows.answer_of(row, rows.context_of(row, ()))
        if row.status == Status.ANSWERING or row.row != conversation.leaf_row or not was_cut(before):
            raise HistoryError(
                said("This reply cannot be continued"),
                given=said("status {status}", status=row.status),
                allowed=said("the last reply in a conversation, if it reached its length limit"),
                fix=said("Ask for more in a new message"),
            )
        assert before is not None
        row.status, row.writer = Status.ANSWERING, storage.process_lock.name()
        row.error = row.summary = None
        tree.mark_changed(session, conversation)
        session.flush()
        return _ResumingWriter(storage, user, conversation.id, row, before)


class _ResumingWriter(TurnWriter):
    """Keeps the rest of a reply. `before`: the reply until now."""

    def __init__(
        self, storage: Storage, user: str, conversation: str, row: tables.Turn, before: Reply
    ) -> None:
        super().__init__(storage, user, conversation, row.id, row.row)
        self._before = before
        self._state = TurnState(text=row.reply)
        self._begun = False

    def take(self, event: TurnEvent) -> None:
        """Keep what one event brings; what was understood is kept already.

        The first piece of the reply is all that was there before.
        """
        if isinstance(event, EvidenceReady | ContextReady):
            return
        if isinstance(event, TextDelta) and not self._begun:
            self._begun, self._state = True, TurnState()
        super().take(event)

    def _end(
        self, status: Status, reply: Reply | None, error: Text | None, speech: bytes | Path | None
    ) -> None:
        whole = joined(self._before, reply) if reply is not None else None
        super()._end(status, whole, error, speech)

    def _columns(self, reply: Reply) -> dict[str, Any]:
        columns = super()._columns(reply)
        return {name: columns[name] for name in ("reply", "answer")}

    def _save_speech(self, voice: bytes | Path) -> None:
        """Keep the voice of the whole reply in place of that of its beginning."""
        if (first := self._first_voice()) is not None:
            voice = _one_after_the_other(first, voice)
        with self._storage.database.write() as session:
            for item in _voices(session, self._row):
                session.delete(item)
        super()._save_speech(voice)
        self._storage.remove_unused_files()

    def _first_voice(self) -> Path | None:
        with self._storage.database.read() as session:
            spoken = _voices(session, self._row)
            return rows.stored_media(self._storage.folder, spoken[0]).path if spoken else None


def _voices(session: Session, row: int) -> list[tables.Attachment]:
    if session.get(tables.Turn, row) is None:
        return []
    (turn,) = tree.load(session, [row])
    return [item for item in turn.attachments if item.role == Role.REPLY]


def _one_after_the_other(first: Path, rest: bytes | Path) -> bytes | Path:
    """Return both voices as one WAV file; the rest alone where they do not fit together."""
    import io

    import soundfile

    from pipelines.speech.wav import concatenate, to_wav_bytes

    sounds: list[Audio] = []
    for source in (first, io.BytesIO(rest) if isinstance(rest, bytes) else rest):
        samples, rate = soundfile.read(source, dtype="float32")
        sounds.append(Audio(samples, rate))
    if sounds[0].sample_rate != sounds[1].sample_rate:
        return rest
    return to_wav_bytes(concatenate(sounds))
