"""What is inside an export: the types of `conversation.json` and the limits of a ZIP.

    conversation.json   this schema, written and read by `chatbot.history.codec`
    conversation.md     the same for people
    media/SHA256.ending every file once

Ids are numbers that hold inside the export alone. Times are seconds since 1970.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chatbot.history.stored import Opinion, Role, Status, TitleBy
from chatbot.turn.events import FusedContext, Reply
from pipelines.core.said import Text
from pipelines.core.types import Evidence

FORMAT = "trio-conversations"
VERSION = 1
JSON_NAME, MARKDOWN_NAME, MEDIA_FOLDER = "conversation.json", "conversation.md", "media/"
MEDIA_NAME = re.compile(r"media/[0-9a-f]{64}(\.[a-z0-9]{1,8})?")
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class ArchiveLimits:
    """What an import accepts, counted while reading, whatever the ZIP's own directory claims."""

    max_entries: int = 20_000
    max_bytes: int = 2_000 * _MEGABYTE
    max_json_bytes: int = 64 * _MEGABYTE


@dataclass(frozen=True)
class ArchivedFile:
    """A file of a turn. `file`: its name in the ZIP; `name`: as the person knows it."""

    role: Role
    name: str
    file: str


@dataclass(frozen=True)
class ArchivedCorrection:
    """What a person put right."""

    source: str
    original: str
    corrected: str
    created_at: float


@dataclass(frozen=True)
class ArchivedTurn:
    """A turn. Evidence is kept once: `context` is without it, `answer` without text and context."""

    id: int
    parent: int | None
    next: int | None
    created_at: float
    status: Status
    text: str
    reply: str
    evidence: tuple[Evidence, ...]
    context: FusedContext | None = None
    answer: Reply | None = None
    error: Text | None = None
    opinion: Opinion | None = None
    opinion_reason: str = ""
    corrections: tuple[ArchivedCorrection, ...] = ()
    media: tuple[ArchivedFile, ...] = ()
    summary: str | None = None


@dataclass(frozen=True)
class ArchivedConversation:
    """A conversation; `turns` oldest first, `root` and `leaf` the ends of the branch shown."""

    title: str
    created_at: float
    updated_at: float
    root: int | None
    leaf: int | None
    turns: tuple[ArchivedTurn, ...]
    instructions: str = ""
    pinned: bool = False
    title_by: TitleBy = TitleBy.PERSON


@dataclass(frozen=True)
class Archive:
    """The whole of `conversation.json`."""

    format: str
    version: int
    conversations: tuple[ArchivedConversation, ...]
