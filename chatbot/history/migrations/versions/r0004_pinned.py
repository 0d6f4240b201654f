"""Conversations that stand before the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing that is there is pinned."""
    op.add_column(
        "conversations", sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.text("0"))
    )
