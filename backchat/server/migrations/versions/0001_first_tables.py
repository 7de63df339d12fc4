"""The first tables.

A database from before there were migrations has some of them, made by Rasa and by earlier versions. They are
left as they are, and what is missing is added.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

REFUSAL = "the audit trail is append-only"

# In SQLite INSERT OR REPLACE deletes a row and fires no trigger for that. Before the insertion an id that is
# yet to be chosen looks like -1, so that no row may have such an id.
SQLITE_TRIGGERS = {
    "update": "BEFORE UPDATE ON audit",
    "delete": "BEFORE DELETE ON audit",
    "replace": "BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)",
    "id": "AFTER INSERT ON audit WHEN NEW.id < 1",
}

# In PostgreSQL what replaces a row updates it.
POSTGRESQL_TRIGGER = (
    "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
    "DROP TRIGGER IF EXISTS audit_append_only ON audit",
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
)


def upgrade() -> None:
    """Makes the tables that are missing, and the triggers that keep the audit trail."""
    _make_tables_of_rasa()
    _make_tables_of_messengers()
    op.create_table(
        "checkpoints",
        sa.Column("sender_id", sa.String(255), primary_key=True),
        sa.Column("after", sa.Integer, nullable=False),
        sa.Column("kept", sa.JSON, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "tombstones",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("expires", sa.Float, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_tombstones_expires", "tombstones", ["expires"], if_not_exists=True)
    _make_audit_trail()


def _make_tables_of_rasa() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sender_id", sa.String(255), nullable=False),
        sa.Column("type_name", sa.String(255), nullable=False),
        sa.Column("timestamp", sa.Float),
        sa.Column("intent_name", sa.String(255)),
        sa.Column("action_name", sa.String(255)),
        sa.Column("data", sa.Text),
        if_not_exists=True,
    )
    op.create_index("ix_events_sender_id", "events", ["sender_id"], if_not_exists=True)
    op.create_index("ix_events_sender_id_id", "events", ["sender_id", "id"], if_not_exists=True)


def _make_tables_of_messengers() -> None:
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sender_id", sa.String(255), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("received", sa.Float, nullable=False),
        sa.Column("leased_until", sa.Float, nullable=False),
        sa.Column("begun", sa.Boolean, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("content", sa.JSON),
        sa.Column("calls", sa.JSON),
        sa.UniqueConstraint("sender_id", "key"),
        if_not_exists=True,
    )
    op.create_index("ix_letters_open", "letters", ["done", "sender_id", "position"], if_not_exists=True)
    op.create_table(
        "offers",
        sa.Column("sender_id", sa.String(255), primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
        if_not_exists=True,
    )


def _make_audit_trail() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("hour", sa.String(20), nullable=False),
        sa.Column("urgency", sa.String(40), nullable=False),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("knowledge_version", sa.String(40), nullable=False),
        if_not_exists=True,
    )
    dialect = op.get_context().dialect.name
    if dialect == "sqlite":
        for name, event in SQLITE_TRIGGERS.items():
            op.execute(
                f"CREATE TRIGGER IF NOT EXISTS audit_no_{name} {event} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
    elif dialect == "postgresql":
        for statement in POSTGRESQL_TRIGGER:
            op.execute(statement)
