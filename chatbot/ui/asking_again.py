"""A turn that was asked before, asked again: as it was, in other words, or from where its reply was cut."""

from __future__ import annotations

from chatbot.history import History, TurnRecord
from chatbot.history.resumption import can_go_on, resume_turn
from chatbot.ui.drafts import Draft, read_draft
from chatbot.ui.panel.resubmission import applied_corrections
from chatbot.ui.tab_session import PendingTurn


def retried(history: History, user: str, turn: str, by: str = "") -> PendingTurn:
    """Return a new version of a turn, with what its person put right; `by`: the back-end that writes it."""
    old = history.turn(user, turn)
    draft, again = _draft(old, old.text), bool(old.reply_text.strip())
    return PendingTurn(history.retry_turn(user, turn), draft, applied_corrections(old), again=again, by=by)


def continued(history: History, user: str, turn: str) -> PendingTurn | None:
    """Return the same turn, its reply begun; None where nothing of it is missing."""
    old = history.turn(user, turn)
    if not can_go_on(old):
        return None
    draft = _draft(old, old.text)
    return PendingTurn(resume_turn(history, user, turn), draft, old.evidence, old.reply_text)


def edited(history: History, user: str, turn: str, text: str) -> PendingTurn | None:
    """Return a new version of a turn in other words, with the same files; None where that leaves nothing."""
    draft = _draft(history.turn(user, turn), text)
    return None if draft.empty else PendingTurn(history.edit_turn(user, turn, text=text), draft)


def _draft(turn: TurnRecord, text: str) -> Draft:
    return read_draft(text, [item.path for item in turn.question_media])
