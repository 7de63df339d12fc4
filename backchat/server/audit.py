"""The audit trail: what was decided, when and by which rules, and nothing about whom.

It outlives the conversations. So it holds no word of anybody, no id of a conversation, and of the time only
the hour. No code changes it, and in SQLite and PostgreSQL the database itself refuses to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, SlotSet

RESULT_SLOT = "assessment"


class Decision(SQLTrackerStore.Base):
    """One decision that was told."""

    __tablename__ = "audit"

    id = sa.Column(sa.Integer, primary_key=True)
    hour = sa.Column(sa.String(20), nullable=False)
    urgency = sa.Column(sa.String(40), nullable=False)
    rules = sa.Column(sa.JSON, nullable=False)
    knowledge_version = sa.Column(sa.String(40), nullable=False)

    def as_dict(self) -> dict[str, Any]:
        """Gives it as JSON can hold it."""
        return {name: getattr(self, name) for name in ("hour", "urgency", "rules", "knowledge_version")}


def decisions_in(events: Iterable[Event]) -> list[Decision]:
    """Finds the decisions that a turn told.

    Args:
        events: The events of the turn.

    Returns:
        An entry of the audit trail for each.
    """
    return [
        Decision(
            hour=_hour(event.timestamp),
            urgency=event.value["urgency"],
            rules=event.value["rules"],
            knowledge_version=event.value["knowledge_version"],
        )
        for event in events
        if isinstance(event, SlotSet) and event.key == RESULT_SLOT and event.value
    ]


def _hour(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, timezone.utc).strftime("%Y-%m-%dT%H:00Z")
