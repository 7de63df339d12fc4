"""What is erased is gone, down to the bytes of the files, and nothing else is."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet

from backchat.channels.offers import Offers
from backchat.channels.platform import Offer
from backchat.channels.said import Option, Prompt
from backchat.retention import ERASED, RETENTION_VARIABLE, RetentionError, read_age, retention_days
from backchat.server import erasure
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


def contents(store: BoundedSQLTrackerStore) -> bytes:
    """All bytes of the store's files."""
    files = list(Path(store.engine.url.database).parent.iterdir())
    assert "backchat.db-wal" in {file.name for file in files}
    return b"".join(file.read_bytes() for file in files)


def holds(store: BoundedSQLTrackerStore, words: str) -> bool:
    return words.encode() in contents(store)


async def test_a_conversation_is_erased_whole_and_others_are_left(store: BoundedSQLTrackerStore) -> None:
    for _ in range(TURNS_READ + 2):
        for sender in ("leaving", "staying"):
            await take_turn(store, sender, [*say("ask"), *LISTEN])
    before = rows(store, "staying")
    stored = rows(store, "leaving")
    assert 0 not in stored
    assert await erase(store, "leaving") == sum(stored)
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


@pytest.mark.parametrize("seed", range(5))
async def test_no_byte_is_left_where_many_conversations_grew_side_by_side(
    file_store: BoundedSQLTrackerStore, seed: int
) -> None:
    """SQLite then moves rows from page to page, and leaves copies behind that no deletion reaches."""
    chance = random.Random(seed)
    people = [f"person-{number}-of-{seed}" for number in range(30)]
    for person in chance.choices(people, k=400):
        await take_turn(file_store, person, told(f"words of {person} " + "so " * chance.randrange(200)))
    erased, kept = people[:25], people[25:]
    for person in chance.sample(erased, len(erased)):
        await erase(file_store, person)
    left = contents(file_store)
    assert [person for person in erased if person.encode() in left] == []
    assert all(f"words of {person}".encode() in left for person in kept)


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
    with pytest.raises(StoreError, match="still in the files"):
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


# --- what the messengers keep ------------------------------------------------------------------------------


def new_sender() -> str:
    """Somebody whom no database knows yet, not even as erased."""
    return f"slack:{uuid.uuid4().hex}"


def letter(store: BoundedSQLTrackerStore, sender: str, key: str, days_ago: float = 0.0) -> None:
    """Puts in a letter that nobody has answered yet."""
    assert store.mailbox.put(sender, key, int(key[1:]), {"text": "my legs went numb"})
    with store.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE letters SET received = :at WHERE sender_id = :sender AND key = :key"),
            {"at": time.time() - days_ago * DAY, "sender": sender, "key": key},
        )


def offer(store: BoundedSQLTrackerStore, sender: str) -> None:
    Offers(store.engine).put(sender, Offer("ref", Prompt((Option("Numb", "Numb"),)), {"text": "words"}))


def left(store: BoundedSQLTrackerStore, sender: str) -> int:
    with store.engine.connect() as connection:
        return sum(
            connection.execute(
                sa.select(sa.func.count()).select_from(table).where(table.c.sender_id == sender)
            ).scalar_one()
            for table in store.tables_of_conversations()
        )


async def test_what_has_not_been_answered_yet_is_erased_and_it_counts_as_something(
    file_store: BoundedSQLTrackerStore,
) -> None:
    store = file_store
    letter(store, "telegram:7", "k1")
    offer(store, "telegram:7")
    assert holds(store, "my legs went numb")
    assert await erase(store, "telegram:7") == 2
    assert not holds(store, "my legs went numb")
    assert not holds(store, "telegram:7")
    assert await erase(store, "telegram:7") == 0


async def test_a_first_turn_under_way_brings_nothing_of_an_erased_conversation_back(
    store: BoundedSQLTrackerStore,
) -> None:
    sender = new_sender()
    letter(store, sender, "k1")
    tracker = store.init_tracker(sender)
    await erase(store, sender)
    for event in told("my legs went numb"):
        tracker.update(event)
    tracker.latest_message.message_id = "k1"
    await store.save(tracker)
    assert left(store, sender) == 0


async def test_a_purge_deletes_old_letters_and_offers_of_whom_nothing_else_is_there(
    store: BoundedSQLTrackerStore,
) -> None:
    purge(store, time.time())
    old, alone, young, told_of = (new_sender() for _ in range(4))
    letter(store, old, "k1", days_ago=31)
    offer(store, old)
    offer(store, alone)
    letter(store, young, "k1", days_ago=31)
    letter(store, young, "k2", days_ago=1)
    offer(store, young)
    await take_turn(store, told_of, dated(told("my neck is stiff"), 1))
    letter(store, told_of, "k1", days_ago=31)
    assert purge(store, time.time() - 30 * DAY) == Purged(conversations=2, events=0)
    assert [left(store, sender) for sender in (old, alone, young, told_of)] == [0, 0, 2, 5]
    assert len((await store.retrieve_full_tracker(told_of)).events) == 5
    for sender in (young, told_of):
        await erase(store, sender)


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


ROW = "(id, hour, urgency, rules, knowledge_version) VALUES ({id}, '', 'self_care', '[]', '1')"
CHANGES = ("UPDATE audit SET urgency = 'self_care'", "DELETE FROM audit")
REPLACEMENTS = {
    "sqlite": [
        "INSERT OR REPLACE INTO audit " + ROW.format(id="(SELECT MAX(id) FROM audit)"),
        "REPLACE INTO audit " + ROW.format(id="(SELECT MIN(id) FROM audit)"),
        "UPDATE OR REPLACE audit SET id = id",
        "INSERT INTO audit " + ROW.format(id="-1"),
        "INSERT INTO audit "
        + ROW.format(id="(SELECT MAX(id) FROM audit)")
        + " ON CONFLICT (id) DO UPDATE SET urgency = 'self_care'",
    ],
    "postgresql": [
        "INSERT INTO audit "
        + ROW.format(id="(SELECT MAX(id) FROM audit)")
        + " ON CONFLICT (id) DO UPDATE SET urgency = 'self_care'",
        "TRUNCATE audit",
    ],
}


async def test_nothing_takes_the_place_of_an_entry_of_the_audit_trail(store: BoundedSQLTrackerStore) -> None:
    await take_turn(store, "person", [*say("ask"), SlotSet("assessment", RESULT), *LISTEN])
    before = trail(store)
    for replacement in REPLACEMENTS[store.engine.dialect.name]:
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.engine.begin() as connection:
            connection.execute(sa.text(replacement))
        assert trail(store) == before
    await take_turn(store, "person", [*say("ask"), SlotSet("assessment", RESULT), *LISTEN])
    assert trail(store)[:-1] == before
    await erase(store, "person")


def test_a_database_of_an_earlier_version_gets_what_keeps_the_audit_trail(
    file_store: BoundedSQLTrackerStore,
) -> None:
    triggers = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    with file_store.engine.begin() as connection:
        made = connection.execute(triggers).scalars().all()
        connection.execute(sa.text("DROP TRIGGER audit_no_replace"))
        connection.execute(sa.text("DROP TABLE alembic_version"))
    again = BoundedSQLTrackerStore(DOMAIN, db=file_store.engine.url.database)
    with again.engine.connect() as connection:
        assert sorted(connection.execute(triggers).scalars()) == sorted(made)


@pytest.mark.parametrize("change", CHANGES)
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


async def test_a_conversation_that_begins_while_a_purge_looks_is_left(
    store: BoundedSQLTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take_turn(store, "old", dated(told("my legs went numb"), 31))
    ages, loop = store.mailbox.ages, asyncio.get_running_loop()

    def begin_meanwhile(connection: sa.engine.Connection) -> dict[str, tuple[float, float]]:
        known = ages(connection)
        asyncio.run_coroutine_threadsafe(take_turn(store, "new", told("my neck is stiff")), loop).result()
        return known

    monkeypatch.setattr(store.mailbox, "ages", begin_meanwhile)
    purged = await asyncio.to_thread(purge, store, time.time() - 30 * DAY)
    assert purged == Purged(conversations=1, events=0)
    assert await store.retrieve_full_tracker("new") is not None
    await erase(store, "new")


async def test_who_goes_on_with_an_old_conversation_while_a_purge_runs_keeps_it(
    store: BoundedSQLTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take_turn(store, "old", dated(told("my legs went numb"), 31))
    ages = erasure._ages

    def come_back_meanwhile(*of: Any) -> dict[str, tuple[float, float]]:
        known = ages(*of)
        asyncio.run(take_turn(store, "old", told("they still are")))
        return known

    monkeypatch.setattr(erasure, "_ages", come_back_meanwhile)
    purged = await asyncio.to_thread(purge, store, time.time() - 30 * DAY)
    assert purged == Purged(conversations=0, events=0)
    assert "they still are" in str((await store.retrieve_full_tracker("old")).events)
    await erase(store, "old")


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
    remove, failures = store.remove, [StoreError("the disk is full")]
    monkeypatch.setattr("backchat.server.erasure.DAY", timedelta(seconds=0.05))

    def fail_once(conversation: str) -> int:
        if failures:
            raise failures.pop()
        return remove(conversation)

    monkeypatch.setattr(store, "remove", fail_once)
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
