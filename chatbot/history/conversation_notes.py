"""What is noted beside the turns: what a person wants of a conversation, and what the model wrote of it."""

from __future__ import annotations

from dataclasses import replace

from chatbot.history import rows, tree
from chatbot.history.codec import decode_evidence, encode
from chatbot.history.store import History
from chatbot.history.stored import MAX_INSTRUCTIONS, MAX_SUMMARY, StoredConversation, TitleBy
from pipelines.core.errors import LimitError
from pipelines.core.said import said
from pipelines.core.types import Stage


def set_instructions(history: History, user: str, conversation: str, text: str) -> StoredConversation:
    """Note what the person wants of every reply of a conversation; "" takes it back.

    Raises:
        NotFoundError: if there is no such conversation.
        LimitError: for more than `MAX_INSTRUCTIONS` letters.
    """
    text = checked_instructions(text)
    with history.storage.database.write() as session:
        row = tree.find_conversation(session, user, conversation)
        row.instructions = text
        return rows.stored_conversation(row, len(tree.links(session, row).ids))


def set_pinned(history: History, user: str, conversation: str, pinned: bool) -> StoredConversation:
    """Let a conversation stand before the others in the list, or no longer. Raises NotFoundError."""
    with history.storage.database.write() as session:
        row = tree.find_conversation(session, user, conversation)
        row.pinned = pinned
        return rows.stored_conversation(row, len(tree.links(session, row).ids))


def set_title(history: History, user: str, conversation: str, title: str) -> None:
    """Note the title that the model has written, unless the person gave one. Raises NotFoundError."""
    with history.storage.database.write() as session:
        row = tree.find_conversation(session, user, conversation)
        if row.title_by != TitleBy.PERSON:
            row.title, row.title_by = title, TitleBy.MODEL


def set_translation(history: History, user: str, turn: str, source: str, language: str, text: str) -> None:
    """Note a picture's caption in another language, with what was understood of the turn.

    Args:
        history: Where the turn is kept.
        user: Its owner.
        turn: Its id.
        source: "picture 1", "picture 2", ...
        language: ISO 639-1 code.
        text: The caption in that language, "" where the model could not write it.

    Raises:
        NotFoundError: if there is no such turn.
    """
    with history.storage.database.write() as session:
        row, _ = tree.find_turn(session, user, turn)
        row.evidence = encode(
            [
                replace(item, translations={**item.translations, language: text})
                if item.kind == Stage.CAPTION and item.source == source
                else item
                for item in decode_evidence(row.evidence)
            ]
        )


def checked_instructions(text: str) -> str:
    """Return instructions without white space around them. Raises LimitError for too many letters."""
    text = text.strip()
    if len(text) > MAX_INSTRUCTIONS:
        raise LimitError(
            said("The instructions for this conversation are too long"),
            given=said("{count} characters", count=len(text)),
            allowed=said("{count} characters", count=MAX_INSTRUCTIONS),
            fix=said("Shorten them"),
        )
    return text


def set_summary(history: History, user: str, turn: str, summary: str) -> None:
    """Note what was said from the first turn of a branch up to this one. Raises NotFoundError."""
    with history.storage.database.write() as session:
        row, _ = tree.find_turn(session, user, turn)
        row.summary = summary.strip()[:MAX_SUMMARY] or None
