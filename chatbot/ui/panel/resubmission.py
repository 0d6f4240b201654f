"""A transcript or caption put right, and the turn asked again with it."""

from __future__ import annotations

from chatbot.history import History, TurnRecord
from chatbot.turn.corrections import known_evidence, words_of
from chatbot.ui.drafts import read_draft
from chatbot.ui.panel.correction_forms import MAX_LETTERS
from chatbot.ui.panel.sources import VOICE
from chatbot.ui.tab_session import PendingTurn
from pipelines.core.errors import InputError
from pipelines.core.said import said
from pipelines.core.types import Evidence


def correct_and_answer(history: History, user: str, turn: str, source: str, text: str) -> PendingTurn:
    """Keep a correction, and ask the turn again with it as a new version beside the old one.

    The old version keeps its answer and what had been understood.

    Args:
        history: Where the turn is kept.
        user: Its owner.
        turn: Its id.
        source: "voice" for the transcript, "picture 1", "picture 2", ... for a caption.
        text: What it should have been.

    Raises:
        NotFoundError: if there is no such turn.
        InputError: if the turn has no such source, its files are gone, or `text` is empty, too long or what
            was understood already.
    """
    old = history.turn(user, turn)
    right = text.strip() if source == VOICE else " ".join(text.split())
    if not right:
        raise InputError(said("Enter a correction first"))
    if len(right) > MAX_LETTERS:
        raise InputError(
            said("A correction can have up to {limit} characters. Shorten it", limit=MAX_LETTERS)
        )
    if right == _words_now(old, source):
        raise InputError(said("This is what Trio already understood. Change it first"))
    draft = read_draft(old.text, [item.path for item in old.question_media])
    if draft.problems:
        names = ", ".join(problem.name for problem in draft.problems)
        raise InputError(
            said(
                "The files in this message can no longer be read: {names}. "
                "Send the message again with its files",
                names=names,
            )
        )
    history.correct(user, turn, source, right)
    corrected = {item.source: item.corrected for item in history.turn(user, turn).corrections}
    known = known_evidence(old.evidence, corrected)
    return PendingTurn(history.retry_turn(user, turn), draft, known)


def applied_corrections(turn: TurnRecord) -> tuple[Evidence, ...]:
    """Return the words of a turn that its person put right: a retry must not lose them.

    It is the engine's `known` for an ordinary retry, in which everything else is worked out again.
    """
    corrected = {item.source: item.corrected for item in turn.corrections}
    return tuple(item for item in known_evidence(turn.evidence, corrected) if item.original is not None)


def _words_now(turn: TurnRecord, source: str) -> str | None:
    """Return the words for a source as they stand now; None where there are none to put right."""
    for item in turn.corrections:
        if item.source == source:
            return item.corrected
    return next((w for item in turn.evidence if item.source == source and (w := words_of(item))), None)
