"""Whose a conversation's title is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; titles that are there may be a person's, and stay."""
    words = sa.text("'words'")
    op.add_column("conversations", sa.Column("title_by", sa.String(), nullable=False, server_default=words))
    op.execute("UPDATE conversations SET title_by = 'person' WHERE title <> ''")
