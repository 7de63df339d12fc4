"""Gives a person everything that is stored of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from backchat.server.store import BoundedSQLTrackerStore

SPEAKERS = {"user": "person", "bot": "backchat"}
SLOTS = ("findings", "assessment")
UNREADABLE = "unreadable"
"""Under this name stands what is damaged."""


def export(store: BoundedSQLTrackerStore, conversation_id: str) -> dict[str, Any] | None:
    """Reads all that a store holds of a conversation.

    Args:
        store: Where conversations are kept.
        conversation_id: The conversation.

    Returns:
        What was said, what was understood, the result, and every event and every row of other tables as it
        is stored, be it damaged; None if the conversation is unknown.

    Raises:
        StoreError: The database failed.
    """
    event = store.SQLEvent
    with store.transaction("exported") as session:
        own = session.query(event.data).filter(event.sender_id == conversation_id)
        events = [_read(data) for (data,) in own.order_by(event.id)]
        others = {
            table.name: [_content(table, row) for row in session.execute(_rows(table, conversation_id))]
            for table in store.tables_of_conversations()
            if table is not event.__table__
        }
    if not events and not any(others.values()):
        return None
    return {
        "conversation": conversation_id,
        "messages": [_message(event) for event in events if _is_message(event)],
        **{slot: _last_value(events, slot) for slot in SLOTS},
        "events": events,
        **others,
    }


def _rows(table: sa.Table, conversation_id: str) -> Any:
    columns = (
        sa.type_coerce(column, sa.Text).label(column.name) if isinstance(column.type, sa.JSON) else column
        for column in table.columns
    )
    return sa.select(*columns).where(table.c.sender_id == conversation_id).order_by(*table.primary_key)


def _content(table: sa.Table, row: Any) -> dict[str, Any]:
    return {
        name: _read(value) if isinstance(table.c[name].type, sa.JSON) else value
        for name, value in row._mapping.items()
    }


def _read(stored: Any) -> Any:
    """Reads JSON; what is none is given as it stands there. Some databases have read it already."""
    if not isinstance(stored, str):
        return stored
    try:
        return json.loads(stored)
    except ValueError:
        return {UNREADABLE: stored}


def _is_message(event: Any) -> bool:
    return (
        isinstance(event, dict)
        and event.get("event") in SPEAKERS
        and bool(event.get("text"))
        and isinstance(event.get("timestamp"), (int, float))
    )


def _message(event: dict[str, Any]) -> dict[str, str]:
    written_at = datetime.fromtimestamp(event["timestamp"], timezone.utc).isoformat(timespec="seconds")
    return {"from": SPEAKERS[event["event"]], "at": written_at, "text": event["text"]}


def _last_value(events: Sequence[Any], slot: str) -> Any:
    sets = [event for event in events if isinstance(event, dict) and event.get("event") == "slot"]
    values = [event.get("value") for event in sets if event.get("name") == slot]
    return values[-1] if values else None
