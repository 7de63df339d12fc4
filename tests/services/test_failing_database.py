"""A database that is slow or gone holds up nobody else, loses nothing and doubles nothing."""

from __future__ import annotations

import asyncio
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import UserUttered

from backchat.channels.guard import ChannelGuard
from backchat.channels.rest import RestChannel
from backchat.knowledge import Knowledge
from backchat.server.runner import load_agent
from backchat.server.store import DATABASE_VARIABLE, BoundedSQLTrackerStore
from benchmarks.soak.gate import Gate
from tests.channels.serving import serve

OPENING = "My lower back has been hurting since I lifted a box two days ago."
SECONDS_GONE = 0.3
MOST_PIECES_OF_A_TURN = 100


def open_store(url: str) -> BoundedSQLTrackerStore:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATABASE_VARIABLE, url)
        return BoundedSQLTrackerStore()


def asks(messages: list[dict[str, Any]]) -> bool:
    return any("question" in (message.get("custom") or {}) for message in messages)


def post(server: str, sender: str) -> list[dict[str, Any]]:
    answer = requests.post(f"{server}/webhooks/rest/webhook", json={"sender": sender, "message": OPENING})
    return answer.json()


def test_while_one_person_waits_for_the_database_others_are_answered(
    model_path: Path, postgres: str, knowledge: Knowledge
) -> None:
    agent = load_agent(model_path, open_store(postgres))
    other = sa.create_engine(postgres)
    with serve(agent, RestChannel(knowledge.wording)) as server, ThreadPoolExecutor(1) as pool:
        with other.begin() as connection:
            # Whoever stores the same row waits for the end of this transaction.
            connection.exec_driver_sql("INSERT INTO checkpoints VALUES ('held', 0, '[]')")
            held = pool.submit(post, server, "held")
            while not waiting(postgres):
                assert not held.done()
            assert requests.get(f"{server}/webhooks/rest/").json() == {"status": "ok"}
            assert asks(post(server, "another"))
            assert not held.done()
            connection.exec_driver_sql("DELETE FROM checkpoints")
        assert asks(held.result())
    other.dispose()
    agent.tracker_store.engine.dispose()


def waiting(url: str) -> bool:
    """Whether somebody waits for a lock of the database."""
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar())


async def test_a_turn_that_is_given_up_while_it_is_stored_counts_as_taken(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(postgres)
    store_turn, may_store = BoundedSQLTrackerStore._store, threading.Event()

    def wait_and_store(*arguments: Any) -> Any:
        may_store.wait()
        return store_turn(*arguments)

    monkeypatch.setattr(BoundedSQLTrackerStore, "_store", wait_and_store)
    tracker = store.init_tracker("somebody")
    tracker.update(UserUttered(OPENING))
    saving = asyncio.create_task(store.save(tracker))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.5, may_store.set)
    await asyncio.wait_for(saving, 0.1)  # as the guard does; it raises no TimeoutError
    assert len((await store.retrieve("somebody")).events) == 1
    store.engine.dispose()


class Person:
    """Somebody who says everything again to which the safety net was the answer."""

    def __init__(self, agent: Agent, knowledge: Knowledge) -> None:
        self._guard = ChannelGuard(agent.handle_message, knowledge.wording)
        self.sender = uuid.uuid4().hex
        self.failures = 0

    async def insist(self, text: str) -> str:
        """Says something until it is answered.

        Returns:
            The id of the message that was.
        """
        while True:
            channel, message_id = CollectingOutputChannel(), uuid.uuid4().hex
            message = UserMessage(text, channel, self.sender, input_channel="rest", message_id=message_id)
            await self._guard.handle(message)
            if asks(channel.messages):
                return message_id
            self.failures += 1
            await asyncio.sleep(SECONDS_GONE / 3)


@asynccontextmanager
async def gate_before(url: str):
    address = sa.engine.make_url(url)
    gate = Gate(address.host, address.port or 5432)
    await gate.start()
    try:
        yield gate, str(address.set(host="127.0.0.1", port=gate.port))
    finally:
        await gate.stop()


async def test_wherever_in_a_turn_the_database_is_lost_the_turn_is_taken_once_and_told(
    model_path: Path, postgres: str, knowledge: Knowledge
) -> None:
    """Before each of its statements, and before the answer to each of them."""
    async with gate_before(postgres) as (gate, url):
        store = await asyncio.to_thread(open_store, url)
        agent = load_agent(model_path, store)
        failures = 0
        for pieces in range(MOST_PIECES_OF_A_TURN):
            person = Person(agent, knowledge)
            told = [await person.insist(OPENING)]
            gate.pieces = pieces
            opening = asyncio.create_task(open_again(gate))
            told.append(await person.insist("4 out of 10"))
            was_lost = gate.pieces is None
            opening.cancel()
            gate.pieces = None
            tracker = await store.retrieve_full_tracker(person.sender)
            taken = [event.message_id for event in tracker.events if isinstance(event, UserUttered)]
            assert taken == told, pieces
            failures += person.failures
            if not was_lost:
                break
        else:
            raise AssertionError("a turn has no end")
        assert pieces > 10
        assert failures > 0
        store.engine.dispose()


async def open_again(gate: Gate) -> None:
    """Opens a gate some time after it closed by itself."""
    await gate.is_cut.wait()
    gate.is_cut.clear()
    await asyncio.sleep(SECONDS_GONE)
    gate.open()
