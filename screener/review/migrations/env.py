"""Alembic's entry: runs the migrations in the transaction that `database.upgrade` began."""

from __future__ import annotations

from alembic import context

from screener.review.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
