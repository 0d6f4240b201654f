"""Why a turn failed, as JSON: a text with an id and values; what is there becomes a JSON string."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write the texts that are there as JSON."""
    op.execute("UPDATE turns SET error = json_quote(error) WHERE error IS NOT NULL")
