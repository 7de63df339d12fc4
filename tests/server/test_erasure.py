"""What is erased is gone, down to the bytes of the files, and nothing else is."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet

from backchat.retention import ERASED, RETENTION_VARIABLE, RetentionError, read_age, retention_days
from backchat.server.erasure import Purged, erase, purge, purge_daily
from backchat.server.store import DATABASE_VARIABLE, TURNS_READ, BoundedSQLTrackerStore, StoreError
from tests.server.test_store import DOMAIN, LISTEN, say, store, take_turn

__all__ = ["store"]

DAY = 24 * 60 * 60
TABLES = ("events", "checkpoints")
TOLD_ERASED = [BotUttered("all is deleted", {"custom": {ERASED: True}}), *LISTEN]
RESULT = {"urgency": "emergency", "rules": ["E1", "D2"], "knowledge_version": "1.2", "said": "numb"}


def rows(store: BoundedSQLTrackerStore, sender: str) -> list[int]:
    with store.engine.connect() as connection:
        return [
            connection.execute(
                sa.text(f"SELECT COUNT(*) FROM {table} WHERE sender_id = :sender"), {"sender": sender}
            ).scalar_one()
            for table in TABLES
        ]


def told(words: str) -> list[Event]:
    """A turn in which a person says something that stands in many places."""
    turn = [*say("ask"), SlotSet("pain", words), SlotSet("notes", [words]), BotUttered(words), *LISTEN]
    turn[0].text = words
    return turn


def dated(events: list[Event], days_ago: float) -> list[Event]:
    for event in events:
        event.timestamp = time.time() - days_ago * DAY
    return events


@pytest.fixture
def file_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BoundedSQLTrackerStore:
    """A store in SQLite, whose files can be read."""
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    return BoundedSQLTrackerStore(DOMAIN, db=str(tmp_path / "var" / "backchat.db"))


def holds(store: BoundedSQLTrackerStore, words: str) -> bool:
    files = list(Path(store.engine.url.database).parent.iterdir())
    assert "backchat.db-wal" in {file.name for file in files}
    return any(words.encode() in file.read_bytes() for file in files)


async def test_a_conversation_is_erased_whole_and_others_are_left(store: BoundedSQLTrackerStore) -> None:
    for _ in range(TURNS_READ + 2):
        for sender in ("leaving", "staying"):
            await take_turn(store, sender, [*say("ask"), *LISTEN])
    before = rows(store, "staying")
    events = rows(store, "leaving")[0]
    assert 0 not in rows(store, "leaving")
    assert await erase(store, "leaving") == events
    assert rows(store, "leaving") == [0, 0]
    assert rows(store, "staying") == before
    assert await store.retrieve("leaving") is None
    assert await store.retrieve_full_tracker("leaving") is None
    await erase(store, "staying")


async def test_no_byte_of_an_erased_conversation_is_left_in_the_files(
    file_store: BoundedSQLTrackerStore,
) -> None:
    store = file_store
    for number in range(TURNS_READ + 6):
        await take_turn(store, "person-who-leaves", told(f"my legs went numb {number} " + "so " * 2_000))
        await take_turn(store, "person-who-stays", told(f"my neck is stiff {number}"))
    assert holds(store, "my legs went numb")
    await erase(store, "person-who-leaves")
    assert not holds(store, "my legs went numb")
    assert not holds(store, "person-who-leaves")
    assert holds(store, "my neck is stiff")
    assert len((await store.retrieve_full_tracker("person-who-stays")).events) == (TURNS_READ + 6) * 5


async def test_an_erased_conversation_can_begin_anew(store: BoundedSQLTrackerStore) -> None:
    await take_turn(store, "person", [*say("ask"), *LISTEN])
    await erase(store, "person")
    await take_turn(store, "person", [*say("inform"), *LISTEN])
    assert len((await store.retrieve("person")).events) == len(say("inform")) + len(LISTEN)
    await erase(store, "person")


async def test_erasing_what_is_not_there_is_no_error(store: BoundedSQLTrackerStore) -> None:
    assert await erase(store, "nobody") == 0


async def test_a_database_that_fails_is_told_aloud(store: BoundedSQLTrackerStore) -> None:
    store.sessionmaker.configure(bind=sa.create_engine("sqlite:////nowhere/at/all.db"))
    with pytest.raises(StoreError, match="can't be erased"):
        await erase(store, "person")


async def test_a_log_that_can_not_be_emptied_is_told_aloud(file_store: BoundedSQLTrackerStore) -> None:
    store = file_store
    await take_turn(store, "person", told("my legs went numb"))
    reader = sa.create_engine(store.engine.url).connect()
    reader.execute(sa.text("BEGIN"))
    reader.execute(sa.text("SELECT * FROM events")).fetchone()
    store.engine.dispose()
    sa.event.listen(store.engine, "connect", lambda c, _: c.execute("PRAGMA busy_timeout = 50"))
    with pytest.raises(StoreError, match="still in its log"):
        await erase(store, "person")
    reader.close()
    assert await erase(store, "person") == 0
    assert not holds(store, "my legs went numb")


async def test_a_turn_that_tells_of_the_erasure_erases(store: BoundedSQLTrackerStore) -> None:
    await take_turn(store, "person", told("my legs went numb"))
    tracker = await take_turn(store, "person", [*say("ask"), *TOLD_ERASED])
    assert rows(store, "person") == [0, 0]
    await store.save(tracker)
    assert rows(store, "person") == [0, 0]
    await take_turn(store, "person", [*say("inform"), *LISTEN])
    assert rows(store, "person")[0] == 2
    await erase(store, "person")


async def test_a_turn_under_way_brings_nothing_of_an_erased_conversation_back(
    store: BoundedSQLTrackerStore,
) -> None:
    await take_turn(store, "person", told("my legs went numb"))
    tracker = await store.retrieve("person")
    await erase(store, "person")
    for event in told("my legs went numb"):
        tracker.update(event)
    await store.save(tracker)
    assert rows(store, "person") == [0, 0]


# --- the audit trail --------------------------------------------------------------------------------------


def trail(store: BoundedSQLTrackerStore) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text("SELECT * FROM audit ORDER BY id"))]


async def test_the_audit_trail_outlives_the_conversation_and_tells_nothing_of_whom(
    store: BoundedSQLTrackerStore,
) -> None:
    before = len(trail(store))
    turn = [*say("ask"), SlotSet("assessment", RESULT), SlotSet("assessment", None), *LISTEN]
    await take_turn(store, "a-person", dated(turn, 0))
    await take_turn(store, "a-person", [*say("ask"), *LISTEN])
    await erase(store, "a-person")
    entries = trail(store)[before:]
    assert len(entries) == 1
    _, hour, urgency, rules, version = entries[0]
    assert hour == time.strftime("%Y-%m-%dT%H:00Z", time.gmtime(turn[1].timestamp))
    assert (urgency, version) == ("emergency", "1.2")
    assert "E1" in str(rules)
    assert "numb" not in str(entries)
    assert "a-person" not in str(entries)


@pytest.mark.parametrize("change", ["UPDATE audit SET urgency = 'self_care'", "DELETE FROM audit"])
async def test_the_audit_trail_refuses_every_change(store: BoundedSQLTrackerStore, change: str) -> None:
    await take_turn(store, "person", [*say("ask"), SlotSet("assessment", RESULT), *LISTEN])
    before = trail(store)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(sa.text(change))
    assert trail(store) == before
    await erase(store, "person")


# --- how long it is kept ----------------------------------------------------------------------------------


async def test_a_purge_deletes_what_is_old_and_leaves_what_is_young(store: BoundedSQLTrackerStore) -> None:
    purge(store, time.time())
    await take_turn(store, "old", dated(told("my legs went numb"), 31))
    await take_turn(store, "young", dated(told("my neck is stiff"), 29))
    assert purge(store, time.time() - 30 * DAY) == Purged(conversations=1, events=0)
    assert await store.retrieve_full_tracker("old") is None
    assert len((await store.retrieve_full_tracker("young")).events) == 5
    assert purge(store, time.time() - 30 * DAY) == Purged(0, 0)
    await erase(store, "young")


async def test_a_purge_deletes_the_old_sessions_of_a_conversation_that_goes_on(
    store: BoundedSQLTrackerStore,
) -> None:
    session = [ActionExecuted("action_session_start"), SessionStarted()]
    first = [*session, *told("my legs went numb")]
    await take_turn(store, "regular", dated(first, 90))
    await take_turn(store, "regular", dated([*session, *told("my neck is stiff")], 40))
    await take_turn(store, "regular", dated(told("still stiff"), 1))
    now = await store.retrieve("regular")
    assert purge(store, time.time() - 30 * DAY) == Purged(conversations=0, events=len(first) + 1)
    after = await store.retrieve("regular")
    assert [event.timestamp for event in after.events] == [event.timestamp for event in now.events]
    assert after.current_slot_values() == now.current_slot_values()
    assert "numb" not in str(await store.retrieve_full_tracker("regular"))
    await erase(store, "regular")


async def test_a_purge_leaves_no_byte_of_what_was_old(file_store: BoundedSQLTrackerStore) -> None:
    store = file_store
    await take_turn(store, "old", dated(told("my legs went numb"), 31))
    purge(store, time.time() - 30 * DAY)
    assert not holds(store, "my legs went numb")


async def test_the_server_purges_at_once_and_goes_on_after_a_failure(
    store: BoundedSQLTrackerStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(RETENTION_VARIABLE, "7")
    await take_turn(store, "old", dated(told("my legs went numb"), 8))
    await take_turn(store, "young", dated(told("my neck is stiff"), 6))
    delete, failures = store.delete, [StoreError("the disk is full")]
    monkeypatch.setattr("backchat.server.erasure.DAY", timedelta(seconds=0.05))

    def fail_once(conversation: str) -> int:
        if failures:
            raise failures.pop()
        return delete(conversation)

    monkeypatch.setattr(store, "delete", fail_once)
    purging = asyncio.create_task(purge_daily(store))
    for _ in range(100):
        await asyncio.sleep(0.05)
        if await store.retrieve_full_tracker("old") is None:
            break
    purging.cancel()
    assert await store.retrieve_full_tracker("old") is None
    assert await store.retrieve_full_tracker("young") is not None
    assert "the disk is full" in caplog.text
    monkeypatch.undo()
    await erase(store, "young")


@pytest.mark.parametrize(("given", "days"), [(None, 30), ("", 30), ("7", 7), ("3650", 3650)])
def test_the_environment_says_how_long(given: str | None, days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RETENTION_VARIABLE, raising=False)
    if given is not None:
        monkeypatch.setenv(RETENTION_VARIABLE, given)
    assert retention_days() == days


@pytest.mark.parametrize("given", ["0", "-1", "thirty", "30d", "1e3", "3651", "²"])
def test_days_that_are_none_are_refused_by_the_variables_name(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RETENTION_VARIABLE, given)
    with pytest.raises(RetentionError, match=RETENTION_VARIABLE):
        retention_days()


@pytest.mark.parametrize(("text", "days"), [("30d", 30), ("48h", 2), ("2W", 14), (" 1 d ", 1)])
def test_ages_are_read(text: str, days: int) -> None:
    assert read_age(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "30", "d", "0d", "-1d", "30x", "1d2h", "999999d"])
def test_ages_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(RetentionError, match="30d"):
        read_age(text)
