"""Conversations kept in SQLite: branches, files, search, export. Knows nothing of the page."""

from chatbot.history.errors import ArchiveError, HistoryError, NotFoundError
from chatbot.history.store import LOCAL_USER, History
from chatbot.history.stored import (
    ConversationRecord,
    Correction,
    MediaRecord,
    MediaSource,
    MoodPoint,
    Opinion,
    Rating,
    Role,
    SearchHit,
    SnippetPart,
    Statistics,
    Status,
    TurnRecord,
)
from chatbot.history.writer import TurnWriter

__all__ = [
    "LOCAL_USER",
    "ArchiveError",
    "ConversationRecord",
    "Correction",
    "History",
    "HistoryError",
    "MediaRecord",
    "MediaSource",
    "MoodPoint",
    "NotFoundError",
    "Opinion",
    "Rating",
    "Role",
    "SearchHit",
    "SnippetPart",
    "Statistics",
    "Status",
    "TurnRecord",
    "TurnWriter",
]
