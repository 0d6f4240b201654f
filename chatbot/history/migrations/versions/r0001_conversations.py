"""Conversations, turns, files, corrections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "conversations",
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("root_row", sa.Integer()),
        sa.Column("leaf_row", sa.Integer()),
        sa.PrimaryKeyConstraint("row", name="pk_conversations"),
        sa.UniqueConstraint("id", name="uq_conversations_id"),
    )
    op.create_index("ix_conversations_owner_updated_at", "conversations", ["owner", "updated_at"])
    op.create_table(
        "turns",
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_row", sa.Integer(), nullable=False),
        sa.Column("parent_row", sa.Integer()),
        sa.Column("next_row", sa.Integer()),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("writer", sa.String()),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reply", sa.String(), nullable=False),
        sa.Column("transcript", sa.String(), nullable=False),
        sa.Column("captions", sa.String(), nullable=False),
        sa.Column("ocr", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("context", sa.JSON()),
        sa.Column("answer", sa.JSON()),
        sa.Column("error", sa.String()),
        sa.Column("emotion", sa.String()),
        sa.Column("emotion_confidence", sa.Double()),
        sa.Column("valence", sa.Double()),
        sa.Column("opinion", sa.String()),
        sa.Column("opinion_reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_turns"),
        sa.UniqueConstraint("id", name="uq_turns_id"),
        sa.ForeignKeyConstraint(
            ["conversation_row"],
            ["conversations.row"],
            name="fk_turns_conversation_row_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["parent_row"], ["turns.row"], name="fk_turns_parent_row_turns", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_turns_conversation_row", "turns", ["conversation_row"])
    op.create_index("ix_turns_parent_row", "turns", ["parent_row"])
    op.create_index("ix_turns_status", "turns", ["status"])
    op.create_table(
        "media",
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("suffix", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_media"),
        sa.UniqueConstraint("id", name="uq_media_id"),
        sa.UniqueConstraint("owner", "sha256", name="uq_media_owner"),
    )
    op.create_table(
        "attachments",
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("turn_row", sa.Integer(), nullable=False),
        sa.Column("media_row", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_attachments"),
        sa.ForeignKeyConstraint(
            ["turn_row"], ["turns.row"], name="fk_attachments_turn_row_turns", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["media_row"], ["media.row"], name="fk_attachments_media_row_media"),
    )
    op.create_index("ix_attachments_turn_row", "attachments", ["turn_row"])
    op.create_index("ix_attachments_media_row", "attachments", ["media_row"])
    op.create_table(
        "corrections",
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("turn_row", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("corrected", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_corrections"),
        sa.ForeignKeyConstraint(
            ["turn_row"], ["turns.row"], name="fk_corrections_turn_row_turns", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_corrections_turn_row", "corrections", ["turn_row"])


def downgrade() -> None:
    """Drop the tables."""
    for name in ("corrections", "attachments", "media", "turns", "conversations"):
        op.drop_table(name)
