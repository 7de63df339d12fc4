"""What is erased is gone, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from backchat.server.erasure import erase
from backchat.server.store import DATABASE_VARIABLE, TURNS_READ, BoundedSQLTrackerStore, StoreError
from tests.server.test_store import DOMAIN, LISTEN, say, take_turn

TABLES = ("events", "checkpoints")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BoundedSQLTrackerStore:
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    return BoundedSQLTrackerStore(DOMAIN, db=str(tmp_path / "backchat.db"))


def rows(store: BoundedSQLTrackerStore, sender: str) -> list[int]:
    with store.engine.connect() as connection:
        return [
            connection.execute(
                sa.text(f"SELECT COUNT(*) FROM {table} WHERE sender_id = :sender"), {"sender": sender}
            ).scalar_one()
            for table in TABLES
        ]


async def test_a_conversation_is_erased_whole_and_others_are_left(store: BoundedSQLTrackerStore) -> None:
    for _ in range(TURNS_READ + 2):
        for sender in ("leaving", "staying"):
            await take_turn(store, sender, [*say("ask"), *LISTEN])
    before = rows(store, "staying")
    assert 0 not in rows(store, "leaving")
    await erase(store, "leaving")
    assert rows(store, "leaving") == [0, 0]
    assert rows(store, "staying") == before
    assert await store.retrieve("leaving") is None
    assert await store.retrieve_full_tracker("leaving") is None


async def test_an_erased_conversation_can_begin_anew(store: BoundedSQLTrackerStore) -> None:
    await take_turn(store, "person", [*say("ask"), *LISTEN])
    await erase(store, "person")
    await take_turn(store, "person", [*say("inform"), *LISTEN])
    assert len((await store.retrieve("person")).events) == len(say("inform")) + len(LISTEN)


async def test_erasing_what_is_not_there_is_no_error(store: BoundedSQLTrackerStore) -> None:
    await erase(store, "nobody")


async def test_a_database_that_fails_is_told_aloud(store: BoundedSQLTrackerStore) -> None:
    store.sessionmaker.configure(bind=sa.create_engine("sqlite:////nowhere/at/all.db"))
    with pytest.raises(StoreError, match="can't be erased"):
        await erase(store, "person")
