"""One step each; Alembic finds them by their place."""
