"""The tables. `row` is the key inside the database; `id` is what others get to see.

`Turn.next_row`, `Conversation.root_row` and `Conversation.leaf_row` say where the active branch goes.
They are plain numbers: turns are only ever deleted with their whole conversation.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from sqlalchemy import (
    JSON,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from chatbot.history.stored import TitleBy
from pipelines.core.said import Text, pack_text, unpack_text

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def clean(text: str) -> str:
    """Return text that SQLite can keep: lone surrogates, which no file holds, become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class Words(TypeDecorator[str]):
    """Text of people, cleaned on its way in, in comparisons too."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what SQLite gets."""
        return None if value is None else clean(value)


class Saying(TypeDecorator[Text]):
    """What Trio says, as JSON, so that any language can say it later; an older one is a plain text."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Text | None, dialect: Dialect) -> str | None:
        """Return what SQLite gets."""
        return None if value is None else clean(json.dumps(pack_text(value), ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Text | None:
        """Return what SQLite has."""
        return None if value is None else unpack_text(json.loads(value))


def new_id() -> str:
    """Return an id that nobody can guess."""
    return uuid.uuid4().hex


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012
        str: Words(),
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(),
    }


class Conversation(Base):
    """A conversation of one owner.

    `instructions`: what the person wants of its replies. `pinned`: whether it stands before the others.
    `title_by`: a `TitleBy`.
    """

    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_owner_updated_at", "owner", "updated_at"),)

    row: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True, default=new_id)
    owner: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    created_at: Mapped[float] = mapped_column(default=time.time)
    updated_at: Mapped[float] = mapped_column(default=time.time)
    root_row: Mapped[int | None]
    leaf_row: Mapped[int | None]
    instructions: Mapped[str] = mapped_column(default="", server_default=text("''"))
    pinned: Mapped[bool] = mapped_column(default=False, server_default=text("0"))
    title_by: Mapped[str] = mapped_column(default=TitleBy.WORDS, server_default=text("'words'"))


class Turn(Base):
    """One turn in the tree of its conversation.

    `transcript`, `captions` (one a picture) and `ocr` are what is searched; the first two follow
    corrections. `context` is without its evidence, `answer` without text and context. `summary`: of the
    branch from its first turn up to this one, both included.
    """

    __tablename__ = "turns"

    row: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True, default=new_id)
    conversation_row: Mapped[int] = mapped_column(
        ForeignKey("conversations.row", ondelete="CASCADE"), index=True
    )
    parent_row: Mapped[int | None] = mapped_column(ForeignKey("turns.row", ondelete="SET NULL"), index=True)
    next_row: Mapped[int | None]
    created_at: Mapped[float] = mapped_column(default=time.time)
    status: Mapped[str] = mapped_column(index=True)
    writer: Mapped[str | None]
    text: Mapped[str] = mapped_column(default="")
    reply: Mapped[str] = mapped_column(default="")
    transcript: Mapped[str] = mapped_column(default="")
    captions: Mapped[str] = mapped_column(default="")
    ocr: Mapped[str] = mapped_column(default="")
    evidence: Mapped[list[Any]] = mapped_column(default=list)
    context: Mapped[dict[str, Any] | None]
    answer: Mapped[dict[str, Any] | None]
    error: Mapped[Text | None] = mapped_column(Saying())
    emotion: Mapped[str | None]
    emotion_confidence: Mapped[float | None]
    valence: Mapped[float | None]
    opinion: Mapped[str | None]
    opinion_reason: Mapped[str] = mapped_column(default="")
    summary: Mapped[str | None]

    attachments: Mapped[list[Attachment]] = relationship(
        order_by="Attachment.row", lazy="raise", passive_deletes=True
    )
    corrections: Mapped[list[Correction]] = relationship(
        order_by="Correction.row", lazy="raise", passive_deletes=True
    )


class Media(Base):
    """A kept file; the same bytes of one owner are kept once."""

    __tablename__ = "media"
    __table_args__ = (UniqueConstraint("owner", "sha256"),)

    row: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True, default=new_id)
    owner: Mapped[str]
    sha256: Mapped[str]
    suffix: Mapped[str]
    media_type: Mapped[str]
    bytes: Mapped[int]


class Attachment(Base):
    """A file in its place in a turn."""

    __tablename__ = "attachments"

    row: Mapped[int] = mapped_column(primary_key=True)
    turn_row: Mapped[int] = mapped_column(ForeignKey("turns.row", ondelete="CASCADE"), index=True)
    media_row: Mapped[int] = mapped_column(ForeignKey("media.row"), index=True)
    role: Mapped[str]
    name: Mapped[str]

    media: Mapped[Media] = relationship(lazy="raise")


class Correction(Base):
    """What a person put right."""

    __tablename__ = "corrections"

    row: Mapped[int] = mapped_column(primary_key=True)
    turn_row: Mapped[int] = mapped_column(ForeignKey("turns.row", ondelete="CASCADE"), index=True)
    source: Mapped[str]
    original: Mapped[str]
    corrected: Mapped[str]
    created_at: Mapped[float] = mapped_column(default=time.time)


class PictureVector(Base):
    """The sentence embedding of what is known of a picture, for search. `vector`: float32, little-endian."""

    __tablename__ = "picture_vectors"
    __table_args__ = (UniqueConstraint("attachment_row", "place"),)

    row: Mapped[int] = mapped_column(primary_key=True)
    attachment_row: Mapped[int] = mapped_column(ForeignKey("attachments.row", ondelete="CASCADE"))
    place: Mapped[str]
    text: Mapped[str]
    model: Mapped[str]
    vector: Mapped[bytes] = mapped_column(LargeBinary)
