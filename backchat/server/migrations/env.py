"""Runs the migrations, as Alembic wants it, on the connection that `backchat.server.schema` gives."""

from __future__ import annotations

from alembic import context

from backchat.server.schema import CONNECTION

context.configure(connection=context.config.attributes[CONNECTION])
with context.begin_transaction():
    context.run_migrations()
