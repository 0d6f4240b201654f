"""A conversation as Markdown for people: the branch shown, other versions counted."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from chatbot.history.archive_format import ArchivedConversation, ArchivedTurn
from chatbot.history.stored import Role, Status

_ENDINGS = {
    Status.STOPPED: "(stopped)",
    Status.INTERRUPTED: "(interrupted)",
    Status.ANSWERING: "(being answered)",
}


def conversation_markdown(conversation: ArchivedConversation) -> str:
    """Return one conversation, pictures and recordings as links into the ZIP."""
    turns = {turn.id: turn for turn in conversation.turns}
    versions: dict[int | None, int] = {}
    for turn in conversation.turns:
        versions[turn.parent] = versions.get(turn.parent, 0) + 1
    shown: list[ArchivedTurn] = []
    at = conversation.leaf
    while at is not None:
        shown.append(turns[at])
        at = turns[at].parent
    parts = [f"# {_escaped(conversation.title) or 'Conversation'}", f"*{_time(conversation.created_at)}*"]
    for turn in reversed(shown):
        parts += _turn(turn, versions[turn.parent])
    return "\n\n".join(parts) + "\n\n"


def _turn(turn: ArchivedTurn, versions: int) -> list[str]:
    heading = f"## You, {_time(turn.created_at)}"
    parts = [heading + (f" (one of {versions} versions)" if versions > 1 else "")]
    for item in turn.media:
        if item.role != Role.REPLY:
            mark = "!" if item.role == Role.PICTURE else ""
            parts.append(f"{mark}[{_escaped(item.name)}]({item.file})")
    if turn.text.strip():
        parts.append(_quoted(turn.text))
    parts += _understood(turn)
    parts.append("## Trio")
    if turn.reply.strip():
        parts.append(turn.reply.strip())
    parts += [f"[spoken reply]({item.file})" for item in turn.media if item.role == Role.REPLY]
    if turn.status in _ENDINGS:
        parts.append(f"*{_ENDINGS[turn.status]}*")
    if turn.error:
        parts.append(f"*Failed: {_escaped(str(turn.error))}*")
    if turn.opinion is not None:
        parts.append(
            f"*You: {turn.opinion}{': ' + _escaped(turn.opinion_reason) if turn.opinion_reason else ''}*"
        )
    return parts


def _understood(turn: ArchivedTurn) -> list[str]:
    if turn.context is None:
        return []
    right = {item.source: item.corrected for item in turn.corrections}
    lines = []
    if turn.context.transcript:
        lines.append(f"- Heard: {_escaped(right.get('voice', turn.context.transcript))}")
    for number, caption in enumerate(turn.context.captions, start=1):
        if caption:
            lines.append(f"- Picture {number}: {_escaped(right.get(f'picture {number}', caption))}")
    for number, text in enumerate(turn.context.ocr, start=1):
        if text.strip():
            lines.append(f"- Text in picture {number}: {_escaped(text)}")
    if turn.context.emotion is not None:
        lines.append(f"- Mood: {turn.context.emotion.label}, {turn.context.emotion.confidence:.0%}")
    return ["\n".join(lines)] if lines else []


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.strip().splitlines())


def _escaped(text: str) -> str:
    """Return one line whose characters Markdown takes for nothing else."""
    return re.sub(r"([\\`*_\[\]<>#])", r"\\\1", " ".join(text.split()))
