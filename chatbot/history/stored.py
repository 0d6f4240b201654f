"""What the history gives out: frozen values, free of the database. Times are in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from chatbot.turn.events import FusedContext, FusedEmotion, Reply, Timings
from pipelines.core.said import Text
from pipelines.core.types import Evidence

MAX_INSTRUCTIONS = 2000
"""Letters of what a person wants of a conversation's replies."""
MAX_SUMMARY = 4000
"""Letters of a summary."""


class Status(StrEnum):
    """Where a turn's answer stands.

    `INTERRUPTED`: the process ended, or the page was left, before the answer did.
    """

    ANSWERING = "answering"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class TitleBy(StrEnum):
    """Whose a conversation's title is: its first words, the model's, or the person's, which stays."""

    WORDS = "words"
    MODEL = "model"
    PERSON = "person"


class Role(StrEnum):
    """What a file is to its turn: given by the person, or the reply's spoken form."""

    PICTURE = "picture"
    RECORDING = "recording"
    REPLY = "reply"


class Opinion(StrEnum):
    """What the person thought of a reply."""

    LIKE = "like"
    DISLIKE = "dislike"


@dataclass(frozen=True)
class StoredConversation:
    """A conversation.

    `title` is "" until its first turn gives one; `turns` counts every branch; `instructions`: what the person
    wants of its replies, "" for nothing; `pinned`: whether it stands before the others in the list.
    `title_by`: whose the title is.
    """

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    turns: int
    instructions: str = ""
    pinned: bool = False
    title_by: TitleBy = TitleBy.WORDS


@dataclass(frozen=True)
class MediaSource:
    """A file to keep with a turn: its bytes, or the path of a file that is copied.

    `name`: as the person knows it; its ending tells the kind of file.
    """

    role: Role
    name: str
    content: bytes | Path = field(repr=False)


@dataclass(frozen=True)
class StoredMedia:
    """A kept file. `path` is to be read only; several turns may share it. `media_type`: RFC 6838."""

    id: str
    role: Role
    name: str
    media_type: str
    bytes: int
    sha256: str
    path: Path


@dataclass(frozen=True)
class Rating:
    """Like or dislike, and why, in the person's words ("" without)."""

    opinion: Opinion
    reason: str = ""


@dataclass(frozen=True)
class Correction:
    """What a person put right. `source`: "voice" for the transcript, "picture 1", ... for a caption."""

    source: str
    original: str
    corrected: str
    created_at: datetime


@dataclass(frozen=True, eq=False)
class TurnRecord:
    """One turn and its answer.

    Attributes:
        id: Opaque.
        conversation: Id of its conversation.
        parent: Id of the turn before it on its branch; None for the first.
        number: 1 for the first turn of a branch, 2 for those after it, and so on.
        sibling: Its place among the versions of this turn, from 1.
        siblings: How many versions there are ("2 of 3": sibling 2, siblings 3).
        created_at: When it was asked.
        status: Where its answer stands.
        text: What the person typed.
        reply_text: The answer, or as much of it as was written.
        media: Pictures and recordings in the order given, then the spoken reply.
        evidence: What was understood, failures too.
        context: The merged evidence as the engine had it, or None where the turn ended before.
        answer: The engine's full record; None while answering and after an interruption.
        error: Why it failed.
        rating: The person's, or None.
        corrections: Latest for each source.
        summary: What was said from the first turn of the branch up to this one, where it was summed up.
    """

    id: str
    conversation: str
    parent: str | None
    number: int
    sibling: int
    siblings: int
    created_at: datetime
    status: Status
    text: str
    reply_text: str
    media: tuple[StoredMedia, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    context: FusedContext | None = None
    answer: Reply | None = None
    error: Text | None = None
    rating: Rating | None = None
    corrections: tuple[Correction, ...] = ()
    summary: str | None = None

    @property
    def reply(self) -> Reply:
        """The answer's record; one is made of what is known where the answer did not end."""
        if self.answer is not None:
            return self.answer
        stages = {f"{item.kind} {item.source}": item.seconds for item in self.evidence}
        starts = {f"{i.kind} {i.source}": i.start for i in self.evidence if i.start is not None}
        models = {str(item.kind): item.model for item in self.evidence if item.model}
        total = max((starts[name] + stages[name] for name in starts), default=sum(stages.values()))
        timings = Timings(stages, None, None, None, total, starts)
        return Reply(self.reply_text, self.context, timings, models)

    @property
    def emotion(self) -> FusedEmotion | None:
        """The fused emotion, where there is one."""
        return self.context.emotion if self.context is not None else None

    @property
    def question_media(self) -> tuple[StoredMedia, ...]:
        """What the person gave."""
        return tuple(item for item in self.media if item.role != Role.REPLY)

    @property
    def spoken_reply(self) -> StoredMedia | None:
        """The reply's voice, where it was kept."""
        return next((item for item in self.media if item.role == Role.REPLY), None)


@dataclass(frozen=True)
class SnippetPart:
    """A stretch of a snippet; `hit`: whether it is what was searched for."""

    text: str
    hit: bool


@dataclass(frozen=True)
class SearchHit:
    """Where words were found. `turn` is None for a hit in the title.

    `place`: "title", "words", "transcript", "reply", "caption" or "text in picture".
    """

    conversation: str
    title: str
    turn: str | None
    place: str
    snippet: tuple[SnippetPart, ...]
    created_at: datetime

    def marked(self, before: str = "[", after: str = "]") -> str:
        """Return the snippet as one string with marks round the hits."""
        return "".join(f"{before}{p.text}{after}" if p.hit else p.text for p in self.snippet)


@dataclass(frozen=True)
class MoodPoint:
    """The mood in one turn of the active branch.

    `turn`: id; `number`: from 1. `valence`: probability of the pleasant labels minus that of the
    unpleasant ones, -1 to 1.
    """

    turn: str
    number: int
    label: str
    confidence: float
    valence: float
