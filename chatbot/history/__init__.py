"""Conversations kept in SQLite: branches, files, search, export. Knows nothing of the page."""

from chatbot.history.errors import ArchiveError, HistoryError, NotFoundError
from chatbot.history.store import LOCAL_USER, History
from chatbot.history.stored import (
    Correction,
    MediaSource,
    MoodPoint,
    Opinion,
    Rating,
    Role,
    SearchHit,
    SnippetPart,
    Status,
    StoredConversation,
    StoredMedia,
    TurnRecord,
)
from chatbot.history.writer import TurnWriter

__all__ = [
    "LOCAL_USER",
    "ArchiveError",
    "Correction",
    "History",
    "HistoryError",
    "MediaSource",
    "MoodPoint",
    "NotFoundError",
    "Opinion",
    "Rating",
    "Role",
    "SearchHit",
    "SnippetPart",
    "Status",
    "StoredConversation",
    "StoredMedia",
    "TurnRecord",
    "TurnWriter",
]
