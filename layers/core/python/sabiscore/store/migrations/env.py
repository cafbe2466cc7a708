"""Alembic's entry: runs the migrations inside the transaction it is handed."""

from __future__ import annotations

from alembic import context

from sabiscore.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
