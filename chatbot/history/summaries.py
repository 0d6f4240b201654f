"""Long conversations are summed up in quiet moments, and the summary is kept with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chatbot.history.conversation_notes import set_summary
from chatbot.history.quiet_talk import quiet_talk
from chatbot.history.store import History
from chatbot.turn.events import Exchange
from chatbot.turn.idle_work import IdleWork
from chatbot.turn.options import TurnOptions
from chatbot.turn.reading_ahead import read_ahead
from chatbot.turn.summary import Summary, Summing
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry


@dataclass(eq=False)
class Summaries:
    """Sums up conversations after their turns. Thread-safe.

    The summary belongs to the last turn that it tells of: another branch has it only where that turn and
    so all those before it are its own too. The generator that answered the turn writes it, so nothing goes
    to a machine that has not had it already.

    Attributes:
        registry: The back-ends.
        idle: When it is done.
    """

    registry: Registry
    idle: IdleWork
    _memos: dict[str, dict[str, str]] = field(default_factory=dict)

    def after_turn(self, history: History, user: str, conversation: str, options: TurnOptions) -> None:
        """Look in the next quiet moment whether a conversation must be summed up."""

        def job(cancel: CancelToken) -> None:
            memo = self._memos.setdefault(conversation, {})
            try:
                self._sum_up(history, user, conversation, options, cancel, memo)
            finally:
                if not cancel.cancelled:
                    self._memos.pop(conversation, None)

        self.idle.put(conversation, job)

    def _sum_up(
        self,
        history: History,
        user: str,
        conversation: str,
        options: TurnOptions,
        cancel: CancelToken,
        memo: dict[str, str],
    ) -> None:
        talk = quiet_talk(self.registry, history, user, conversation, options)
        if talk is None:
            return
        summary = Summing(talk.generator, talk.options, cancel, memo).sum_up(talk.past)
        if summary is None:
            return
        read_ahead(self.registry, talk.options, with_summary(talk.past, summary), cancel)
        set_summary(history, user, talk.turns[summary.reach].id, summary.text)


def with_summary(history: Sequence[Exchange], summary: Summary) -> list[Exchange]:
    """Return the history as it is once the summary is known."""
    new = list(history)
    new[summary.reach] = replace(new[summary.reach], summary=summary.text)
    return new
