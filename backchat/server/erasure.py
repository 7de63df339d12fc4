"""Erases what is stored of people: when they want it, and when it has been kept long enough."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from rasa.shared.core.events import SessionStarted

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
        How many events of it there were.

    Raises:
        StoreError: The database failed; repeated later, it deletes what is left.
    """
    return store.delete(conversation_id)


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
    event = store.SQLEvent
    with store.transaction("purged") as session:
        begun = session.query(event.sender_id, sa.func.max(event.timestamp)).group_by(event.sender_id)
        ages = begun.having(sa.func.min(event.timestamp) < before).all()
    old = [conversation for conversation, last in ages if last < before]
    for conversation in old:
        store.delete(conversation)
    events = sum(
        _purge_sessions(store, conversation, before) for conversation, last in ages if last >= before
    )
    store.empty_log()
    return Purged(len(old), events)


def _purge_sessions(store: BoundedSQLTrackerStore, conversation_id: str, before: float) -> int:
    """Deletes the old events of a conversation that lie before its current session."""
    event = store.SQLEvent
    with store.transaction("purged") as session:
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
