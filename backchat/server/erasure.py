"""Erases what is stored of people: when they want it, and when it has been kept long enough."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from rasa.shared.core.events import SessionStarted
from sqlalchemy.orm import Session

from backchat.database import aside
from backchat.retention import retention_days
from backchat.server.store import BoundedSQLTrackerStore, StoreError

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Purged:
    """What a purge deleted.

    Attributes:
        conversations: How many conversations, whole.
        events: How many events of earlier sessions, of conversations that still go on.
    """

    conversations: int
    events: int


async def erase(store: BoundedSQLTrackerStore, conversation_id: str) -> int:
    """Deletes all that a store holds of a conversation; of an unknown one that is nothing.

    A turn that is under way is not stored afterwards.

    Args:
        store: Where conversations are kept.
        conversation_id: The conversation.

    Returns:
        How many rows of all tables there were.

    Raises:
        StoreError: The database failed; repeated later, it deletes what is left.
    """
    return await aside(store.engine, store.delete, conversation_id)


def purge(store: BoundedSQLTrackerStore, before: float) -> Purged:
    """Deletes what is older than a moment.

    A conversation is as old as its last message. Of one that is younger, the earlier sessions go: in a
    messenger a conversation never ends.

    Args:
        store: Where conversations are kept.
        before: The moment, in seconds since 1970.

    Returns:
        What was deleted.

    Raises:
        StoreError: The database failed; repeated later, it deletes what is left.
    """
    with store.transaction("purged") as session:
        ages = _ages(store, session)
    old = [conversation for conversation, (_, last) in ages.items() if last < before]
    purged = sum(_purge_whole(store, conversation, before) for conversation in old)
    going_on = [conversation for conversation, (first, last) in ages.items() if first < before <= last]
    events = sum(_purge_earlier(store, conversation, before) for conversation in going_on)
    store.tombstones.forget()
    store.overwrite_deleted()
    return Purged(purged, events)


def _ages(store: BoundedSQLTrackerStore, session: Session) -> dict[str, tuple[float, float]]:
    """Tells when the first and the last of each conversation came, whichever table holds it.

    What has no time of its own is as old as the rest; without any rest it is of no use to anybody.
    """
    tables = store.tables_of_conversations()
    # Listed before their times are read: what begins in the meantime has none yet, and is not old.
    listed = (session.execute(sa.select(table.c.sender_id).distinct()) for table in tables)
    senders = {sender for rows in listed for (sender,) in rows}
    event, at = store.SQLEvent, _time_of(store)
    told = session.query(event.sender_id, sa.func.min(at), sa.func.max(at))
    ages = store.mailbox.ages(session.connection())
    for sender, first, last in told.group_by(event.sender_id):
        earlier = ages.get(sender, (first, last))
        ages[sender] = min(first, earlier[0]), max(last, earlier[1])
    return {sender: ages.get(sender, (0.0, 0.0)) for sender in senders}


def _time_of(store: BoundedSQLTrackerStore) -> sa.sql.ColumnElement[float]:
    """When an event was; a damaged row may hold no time."""
    return sa.func.coalesce(sa.cast(store.SQLEvent.timestamp, sa.Float), 0.0)


def _purge_whole(store: BoundedSQLTrackerStore, conversation_id: str, before: float) -> bool:
    """Deletes an old conversation, unless somebody has gone on with it in the meantime."""
    with store.transaction("purged") as session:
        own = session.query(store.SQLEvent.id).filter(store.SQLEvent.sender_id == conversation_id)
        if own.filter(_time_of(store) >= before).first() is not None:
            return False
    store.remove(conversation_id)
    return True


def _purge_earlier(store: BoundedSQLTrackerStore, conversation_id: str, before: float) -> int:
    """Deletes of a conversation that goes on the old letters, and the old events of its earlier sessions."""
    event = store.SQLEvent
    with store.transaction("purged") as session:
        store.mailbox.bury(session.connection(), conversation_id, before)
        own = session.query(event).filter(event.sender_id == conversation_id)
        started = own.filter(event.type_name == SessionStarted.type_name)
        current = started.with_entities(sa.func.max(event.id)).scalar() or 0
        old = own.filter(event.id < current, event.timestamp < before)
        return int(old.delete(synchronize_session=False))


async def purge_daily(store: BoundedSQLTrackerStore) -> None:
    """Purges at once and then every day what is older than the environment says, until it is cancelled.

    Args:
        store: Where conversations are kept.

    Raises:
        RetentionError: The environment does not say it in a way that can be used.
    """
    kept = timedelta(days=retention_days())
    while True:
        try:
            await asyncio.to_thread(purge, store, time.time() - kept.total_seconds())
        except StoreError as error:
            logger.error("What is too old could not be purged: %s", error)
        await asyncio.sleep(DAY.total_seconds())
