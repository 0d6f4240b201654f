"""The answer to one turn, put on disk while it is being given."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chatbot.history import tables
from chatbot.history.codec import encode
from chatbot.history.errors import HistoryError
from chatbot.history.rows import answer_columns, context_columns
from chatbot.history.storage import Storage, update_running
from chatbot.history.stored import Role, Status
from chatbot.history.titles import title_of
from chatbot.turn.events import (
    ContextReady,
    Done,
    EvidenceReady,
    Failed,
    FusedContext,
    Reply,
    SpeechChunk,
    TextDelta,
    TurnEvent,
)
from pipelines.core.types import Audio, Evidence

SPEECH_NAME = "reply.wav"
_log = logging.getLogger(__name__)


class TurnWriter:
    """Keeps an answer as it comes. Made by `History.begin_turn`; used by one thread.

    A context manager: leaving it without `finish` or `fail` marks the turn as interrupted. What was
    written stays in every case. The conversation may be deleted meanwhile; then nothing is kept.

    Attributes:
        turn: Id of the turn.
        conversation: Id of its conversation.
        problem: Why something could not be kept, for the person; None while all is well.
    """

    def __init__(self, storage: Storage, user: str, conversation: str, turn: str, row: int) -> None:
        self.turn, self.conversation = turn, conversation
        self.problem: str | None = None
        self._storage, self._user, self._row = storage, user, row
        self._text = ""
        self._evidence: list[Any] = []
        self._has_context = False
        self._ended = False
        self._speech: list[Audio] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.interrupt()

    def record(self, events: Iterable[TurnEvent]) -> Iterator[TurnEvent]:
        """Pass the engine's events on and keep what they bring.

        Closing this iterator closes `events` and marks the turn as interrupted. A full disk does not
        end the answer: `problem` says what could not be kept.
        """
        try:
            for event in events:
                self.take(event)
                yield event
        finally:
            if close := getattr(events, "close", None):
                close()
            self._guarded(self.interrupt)

    def take(self, event: TurnEvent) -> None:
        """Keep what one event brings; `problem` is set where that fails."""
        if isinstance(event, TextDelta):
            self.write(event.text)
        elif isinstance(event, SpeechChunk):
            self._speech.append(event.audio)
        elif isinstance(event, EvidenceReady):
            self.add_evidence(event.evidence)
        elif isinstance(event, ContextReady):
            self.set_context(event.context)
        elif isinstance(event, Done):
            self._guarded(lambda: self.finish(event.reply))
        elif isinstance(event, Failed):
            self._take_failure(event)

    def _take_failure(self, event: Failed) -> None:
        self._guarded(lambda: self.fail(event.message, event.reply))

    def _guarded(self, act: Any) -> None:
        try:
            act()
        except HistoryError as error:
            _log.exception("an answer could not be kept")
            self.problem = str(error)

    def write(self, text: str) -> None:
        """Add a piece of the reply; on disk within the flusher's interval."""
        self._text += text
        self._storage.flusher.put(self._row, {"reply": self._text})

    def add_evidence(self, evidence: Evidence) -> None:
        """Add what one stage understood; on disk at once."""
        self._evidence.append(encode(evidence))
        self._storage.flusher.put(self._row, {"evidence": list(self._evidence)}, soon=True)

    def set_context(self, context: FusedContext) -> None:
        """Keep the merged evidence; on disk at once."""
        self._has_context = True
        self._storage.flusher.put(self._row, context_columns(context), soon=True)

    def finish(self, reply: Reply, speech: bytes | Path | None = None) -> None:
        """Keep the whole answer; on disk when this returns.

        Args:
            reply: The engine's record; `stopped` makes the status "stopped", else it is "done".
            speech: The spoken reply as a WAV file; None for the speech that `take` saw, if any.

        Raises:
            HistoryError: if it cannot be written.
        """
        self._end(Status.STOPPED if reply.stopped else Status.DONE, reply, None, speech)

    def fail(self, message: str, reply: Reply | None = None) -> None:
        """Keep why the turn failed, and what was there. Raises HistoryError."""
        self._end(Status.FAILED, reply, message, None)

    def interrupt(self) -> None:
        """Mark the turn as interrupted, unless it has ended. Raises HistoryError."""
        self._end(Status.INTERRUPTED, None, None, None)

    def _end(
        self, status: Status, reply: Reply | None, error: str | None, speech: bytes | Path | None
    ) -> None:
        if self._ended:
            return
        self._ended = True
        self._storage.flusher.flush()
        columns: dict[str, Any] = {"reply": self._text, "status": status, "error": error}
        if not self._has_context:
            columns["evidence"] = self._evidence
        if reply is not None:
            columns |= self._columns(reply)
        if not self._save_end(columns):
            _log.info("the answered turn is not there any more")
            return
        voice = speech if speech is not None else self._spoken()
        self._speech.clear()
        if voice is not None:
            self._save_speech(voice)

    def _columns(self, reply: Reply) -> dict[str, Any]:
        """Return what the table keeps of the whole answer."""
        return answer_columns(reply)

    def _save_end(self, columns: dict[str, Any]) -> bool:
        """Write the turn's last state; return False where it was deleted meanwhile."""
        with self._storage.database.write() as session:
            if not update_running(session, self._row, columns):
                return False
            turn = session.get_one(tables.Turn, self._row)
            conversation = session.get_one(tables.Conversation, turn.conversation_row)
            conversation.updated_at = time.time()
            if not conversation.title:
                conversation.title = title_of(turn.text, turn.transcript, turn.captions)
        return True

    def _save_speech(self, voice: bytes | Path) -> None:
        with (
            self._storage.folder.staged([(SPEECH_NAME, voice)]) as staged,
            self._storage.database.write() as session,
        ):
            if session.get(tables.Turn, self._row) is not None:
                files = [(item, Role.REPLY, SPEECH_NAME) for item in staged]
                self._storage.attach(session, self._user, self._row, files)

    def _spoken(self) -> bytes | None:
        """Return the voice of the reply as a WAV file, or None where nothing was spoken."""
        from pipelines.speech.wav import concatenate, to_wav_bytes

        return to_wav_bytes(concatenate(self._speech)) if self._speech else None
