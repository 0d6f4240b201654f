"""The answer to one turn, put on disk while it is being given."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chatbot.history import tables, tree
from chatbot.history.codec import encode
from chatbot.history.errors import HistoryError
from chatbot.history.retries import retried
from chatbot.history.rows import answer_columns, context_columns
from chatbot.history.storage import Storage, update_running
from chatbot.history.stored import Role, Status
from chatbot.turn.events import ContextReady, Done, EvidenceReady, Failed, Reply, TextDelta, TurnEvent
from chatbot.turn.state import Phase, TurnState, fold
from pipelines.core.said import Text

SPEECH_NAME = "reply.wav"
ENDS = {Phase.DONE: Status.DONE, Phase.STOPPED: Status.STOPPED, Phase.FAILED: Status.FAILED}
_log = logging.getLogger(__name__)


class TurnWriter:
    """Keeps an answer as it comes. Made by `History.begin_turn`; used by one thread.

    A context manager: leaving it before the turn has ended marks the turn as interrupted. What was written
    stays in every case. The end is tried three times; where it cannot be written, `problem` says so, and it
    is tried again in the background as long as the program runs. Where that ends before, the next start finds
    the turn interrupted, with the text that had reached the disk. The conversation may be deleted meanwhile;
    then nothing is kept.

    Attributes:
        turn: Id of the turn.
        conversation: Id of its conversation.
        problem: Why something could not be kept, for the person; None while all is well.
    """

    def __init__(self, storage: Storage, user: str, conversation: str, turn: str, row: int) -> None:
        self.turn, self.conversation = turn, conversation
        self.problem: Text | None = None
        self._storage, self._user, self._row = storage, user, row
        self._state = TurnState()
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._guarded(self.interrupt)

    def take(self, event: TurnEvent) -> None:
        """Keep what one event brings; `problem` is set where that fails.

        Text is on disk within the flusher's interval, what was understood and how the turn ended at once.
        """
        self._state = state = fold(self._state, event)
        match event:
            case TextDelta():
                self._put({"reply": state.text})
            case EvidenceReady():
                self._put({"evidence": encode(state.evidence)}, soon=True)
            case ContextReady(context=context):
                self._put(context_columns(context), soon=True)
            case Done(reply=reply):
                self._guarded(lambda: self.finish(reply))
            case Failed(message=message, reply=reply):
                self.fail(message, reply)

    def write(self, text: str) -> None:
        """Add a piece of the reply."""
        self.take(TextDelta(text))

    def put(self, text: str) -> None:
        """Keep the reply so far in place of what was there."""
        self._state = replace(self._state, text=text)
        self._put({"reply": text})

    def keep(self, state: TurnState) -> None:
        """Keep a turn that has ended, as it is in `state`. Raises HistoryError."""
        self._state = state
        self._end(ENDS[state.phase], state.reply, state.error, None)

    def finish(self, reply: Reply, speech: bytes | Path | None = None) -> None:
        """Keep the whole answer; on disk when this returns.

        Args:
            reply: The engine's record; `stopped` makes the status "stopped", else it is "done".
            speech: The spoken reply as a WAV file; None for the speech that `take` saw, if any.

        Raises:
            HistoryError: if it cannot be written.
        """
        self._end(Status.STOPPED if reply.stopped else Status.DONE, reply, None, speech)

    def fail(self, message: Text, reply: Reply | None = None) -> None:
        """Keep why the turn failed, and what was there; `problem` is set where that fails."""
        self._guarded(lambda: self._end(Status.FAILED, reply, message, None))

    def interrupt(self) -> None:
        """Mark the turn as interrupted, unless it has ended. Raises HistoryError."""
        self._end(Status.INTERRUPTED, None, None, None)

    def discard(self) -> None:
        """Take the turn out of its conversation, or interrupt it where others follow. Raises HistoryError."""
        self._storage.flusher.flush()
        with self._storage.database.write() as session:
            gone = tree.remove_last(session, self._row)
        self._ended = gone
        self.interrupt()
        self._storage.remove_unused_files()

    def _put(self, columns: dict[str, Any], *, soon: bool = False) -> None:
        self._storage.flusher.put(self._row, columns, soon=soon)

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except HistoryError as error:
            _log.exception("an answer could not be kept")
            self.problem = error.said

    def _end(
        self, status: Status, reply: Reply | None, error: Text | None, speech: bytes | Path | None
    ) -> None:
        if self._ended:
            return
        self._storage.flusher.flush()
        columns: dict[str, Any] = {"reply": self._state.text, "status": status, "error": error}
        if self._state.context is None and self._state.evidence:
            columns["evidence"] = encode(self._state.evidence)
        if reply is not None:
            columns |= self._columns(reply)
        self._ended = True
        try:
            there = retried(lambda: self._save_end(columns))
        except HistoryError:
            self._storage.flusher.put(self._row, columns)
            raise
        if not there:
            _log.info("the answered turn is not there any more")
            return
        voice = speech if speech is not None else self._spoken()
        if voice is not None:
            retried(lambda: self._save_speech(voice))

    def _columns(self, reply: Reply) -> dict[str, Any]:
        """Return what the table keeps of the whole answer."""
        return answer_columns(reply)

    def _save_end(self, columns: dict[str, Any]) -> bool:
        """Write the turn's last state; return False where it was deleted meanwhile."""
        with self._storage.database.write() as session:
            return update_running(session, self._row, columns)

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

        return to_wav_bytes(concatenate(self._state.sound)) if self._state.speech else None
