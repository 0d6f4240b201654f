"""Summaries of long conversations, and what a person wants of the replies of one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is there has neither."""
    op.add_column("turns", sa.Column("summary", sa.String()))
    nothing = sa.text("''")
    op.add_column(
        "conversations", sa.Column("instructions", sa.String(), nullable=False, server_default=nothing)
    )
