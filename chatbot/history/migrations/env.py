"""Alembic's entry: runs the revisions on the connection that `chatbot.history.database.migrate` gives."""

from __future__ import annotations

from alembic import context

from chatbot.history.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
    transactional_ddl=True,
)
context.run_migrations()
