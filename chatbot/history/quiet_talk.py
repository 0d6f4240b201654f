"""A conversation as the work of quiet moments finds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatbot.generators.protocol import Generator
from chatbot.history.corrections import exchange
from chatbot.history.store import History
from chatbot.history.stored import Status, StoredConversation, TurnRecord
from chatbot.turn.events import Exchange
from chatbot.turn.options import TurnOptions
from chatbot.turn.reading_ahead import loaded_generator
from pipelines.core.registry import Registry


@dataclass(frozen=True, eq=False)
class QuietTalk:
    """A conversation in which nothing is being answered.

    Attributes:
        conversation: What is kept of it.
        turns: Those shown that have a reply, first to last; at least one.
        past: The same, as the engine wants them.
        options: How the next turn would be answered.
        generator: Who answers; it is loaded.
    """

    conversation: StoredConversation
    turns: Sequence[TurnRecord]
    past: Sequence[Exchange]
    options: TurnOptions
    generator: Generator


def quiet_talk(
    registry: Registry, history: History, user: str, conversation: str, options: TurnOptions
) -> QuietTalk | None:
    """Return a conversation; None where its generator is not loaded, or it is being answered or empty.

    Raises:
        HistoryError: if it cannot be read, or is not there any more.
    """
    generator = loaded_generator(registry, options)
    if generator is None:
        return None
    found = history.conversation(user, conversation)
    turns = [turn for turn in history.path(user, conversation) if turn.reply_text.strip()]
    if not turns or any(turn.status == Status.ANSWERING for turn in turns):
        return None
    options = replace(options, instructions=found.instructions, begun="")
    return QuietTalk(found, turns, [exchange(turn) for turn in turns], options, generator)
