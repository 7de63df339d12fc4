"""Erases what is stored of people."""

from __future__ import annotations

from backchat.server.store import BoundedSQLTrackerStore


async def erase(store: BoundedSQLTrackerStore, conversation_id: str) -> None:
    """Deletes all that a store holds of a conversation; of an unknown one that is nothing.

    No turn of the conversation may be under way: it would be stored afterwards.

    Args:
        store: Where conversations are kept.
        conversation_id: The conversation.

    Raises:
        StoreError: The database failed; nothing is deleted.
    """
    with store.transaction("erased") as session:
        for table in (store.SQLEvent, store.Checkpoint):
            session.query(table).filter(table.sender_id == conversation_id).delete()
