"""Full-text search, kept up by triggers, and vectors of pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = "words, transcript, reply, captions, ocr"
_STORED = "text, transcript, reply, captions, ocr"
_NEW = "new.text, new.transcript, new.reply, new.captions, new.ocr"
_STATEMENTS = (
    f"CREATE VIRTUAL TABLE turn_search USING fts5({_COLUMNS}, tokenize='trigram')",
    "CREATE VIRTUAL TABLE title_search USING fts5(title, tokenize='trigram')",
    # A reply that is still being written is indexed once, when it has ended.
    f"""CREATE TRIGGER turn_search_insert AFTER INSERT ON turns WHEN new.status <> 'answering' BEGIN
          INSERT INTO turn_search(rowid, {_COLUMNS}) VALUES (new.row, {_NEW});
        END""",
    f"""CREATE TRIGGER turn_search_update AFTER UPDATE OF status, {_STORED} ON turns
        WHEN new.status <> 'answering' BEGIN
          DELETE FROM turn_search WHERE rowid = old.row;
          INSERT INTO turn_search(rowid, {_COLUMNS}) VALUES (new.row, {_NEW});
        END""",
    """CREATE TRIGGER turn_search_delete AFTER DELETE ON turns BEGIN
          DELETE FROM turn_search WHERE rowid = old.row;
        END""",
    """CREATE TRIGGER title_search_insert AFTER INSERT ON conversations BEGIN
          INSERT INTO title_search(rowid, title) VALUES (new.row, new.title);
        END""",
    """CREATE TRIGGER title_search_update AFTER UPDATE OF title ON conversations BEGIN
          UPDATE title_search SET title = new.title WHERE rowid = old.row;
        END""",
    """CREATE TRIGGER title_search_delete AFTER DELETE ON conversations BEGIN
          DELETE FROM title_search WHERE rowid = old.row;
        END""",
    f"""INSERT INTO turn_search(rowid, {_COLUMNS})
        SELECT row, {_STORED} FROM turns WHERE status <> 'answering'""",
    "INSERT INTO title_search(rowid, title) SELECT row, title FROM conversations",
)


def upgrade() -> None:
    """Make the index, fill it from what is there, and make the table of vectors."""
    for statement in _STATEMENTS:
        op.execute(statement)
    op.create_table(
        "picture_vectors",
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("attachment_row", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_picture_vectors"),
        sa.UniqueConstraint("attachment_row", "place", name="uq_picture_vectors_attachment_row"),
        sa.ForeignKeyConstraint(
            ["attachment_row"],
            ["attachments.row"],
            name="fk_picture_vectors_attachment_row_attachments",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop the index, its triggers and the vectors."""
    op.drop_table("picture_vectors")
    for table in ("turn_search", "title_search"):
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER {table}_{event}")
        op.execute(f"DROP TABLE {table}")
