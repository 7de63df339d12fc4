"""Gives a person everything that is stored of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from backchat.server.store import BoundedSQLTrackerStore

SPEAKERS = {"user": "person", "bot": "backchat"}
SLOTS = ("findings", "assessment")


def export(store: BoundedSQLTrackerStore, conversation_id: str) -> dict[str, Any] | None:
    """Reads all that a store holds of a conversation.

    Args:
        store: Where conversations are kept.
        conversation_id: The conversation.

    Returns:
        What was said, what was understood, the result, and every event as it is stored; None if the
        conversation is unknown.

    Raises:
        StoreError: The database failed.
    """
    event = store.SQLEvent
    with store.transaction("exported") as session:
        own = session.query(event.data).filter(event.sender_id == conversation_id)
        events = [json.loads(data) for (data,) in own.order_by(event.id)]
    if not events:
        return None
    return {
        "conversation": conversation_id,
        "messages": [_message(event) for event in events if event["event"] in SPEAKERS and event.get("text")],
        **{slot: _last_value(events, slot) for slot in SLOTS},
        "events": events,
    }


def _message(event: dict[str, Any]) -> dict[str, str]:
    written_at = datetime.fromtimestamp(event["timestamp"], timezone.utc).isoformat(timespec="seconds")
    return {"from": SPEAKERS[event["event"]], "at": written_at, "text": event["text"]}


def _last_value(events: Sequence[dict[str, Any]], slot: str) -> Any:
    values = [event["value"] for event in events if event["event"] == "slot" and event["name"] == slot]
    return values[-1] if values else None
