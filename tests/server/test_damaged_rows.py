"""Whose stored conversation is damaged is told so and begins anew, and nobody else notices."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
import sqlalchemy as sa
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import SessionStarted

from backchat.channels.guard import ChannelGuard, UnreadableConversationError
from backchat.channels.mailbox import LETTERS
from backchat.channels.offers import Offers
from backchat.knowledge import Knowledge
from backchat.server.erasure import purge
from backchat.server.export import export
from backchat.server.store import BoundedSQLTrackerStore
from tests.conversations.runner import Turn
from tests.server.test_store import LISTEN, WORDS, say, store, take_turn

__all__ = ["store"]

OPENING = "my lower back hurts like a rusty hinge"

DAMAGE = {
    "no JSON": '{"event": "user", "text": "rusty',
    "nothing": "",
    "no object": "[1, 2]",
    "no kind": '{"text": "rusty"}',
    "an unknown kind": '{"event": "rusty", "timestamp": 1.0}',
    "a text that is none": '{"event": "user", "timestamp": 1.0, "text": 5}',
    "a time that is none": '{"event": "user", "timestamp": "rusty", "text": "rusty"}',
    "an answer that is none": '{"event": "bot", "timestamp": 1.0, "text": "rusty", "data": "rusty"}',
    "a slot without a name": '{"event": "slot", "timestamp": 1.0, "value": "rusty"}',
    "findings that are none": '{"event": "slot", "timestamp": 1.0, "name": "findings", "value": "rusty"}',
    "a finding that is none": '{"event": "slot", "timestamp": 1.0, "name": "findings", "value": {"a": 1}}',
    "a result that is none": '{"event": "slot", "timestamp": 1.0, "name": "assessment", "value": ["rusty"]}',
}


class Person:
    def __init__(self, agent: Agent, knowledge: Knowledge) -> None:
        self._guard = ChannelGuard(agent.handle_message, knowledge.wording)
        self.sender = uuid4().hex

    async def say(self, text: str) -> Turn:
        channel = CollectingOutputChannel()
        await self._guard.handle(UserMessage(text, channel, self.sender, input_channel="rest"))
        return Turn(channel.messages)


def damage(store: BoundedSQLTrackerStore, sender: str, data: str, type_name: str = "slot") -> int:
    """Puts something in the place of the last row of a kind, and gives that row."""
    event = store.SQLEvent
    with store.transaction("damaged") as session:
        own = sa.select(sa.func.max(event.id)).where(event.sender_id == sender, event.type_name == type_name)
        row = session.execute(own).scalar_one()
        session.execute(sa.update(event).where(event.id == row).values(data=data))
    return row


@pytest.mark.parametrize("data", DAMAGE.values(), ids=DAMAGE)
async def test_the_person_is_told_and_begins_anew_and_nobody_else_notices(
    agent: Agent, knowledge: Knowledge, caplog: pytest.LogCaptureFixture, data: str
) -> None:
    person, other = Person(agent, knowledge), Person(agent, knowledge)
    for somebody in (person, other):
        assert (await somebody.say(OPENING)).custom("question") is not None
    row = damage(agent.tracker_store, person.sender, data)
    told = await person.say("4 out of 10")
    assert [message["text"] for message in told.messages if "text" in message] == [
        knowledge.wording["begun_anew"]
    ]
    assert (await other.say("4 out of 10")).custom("question") is not None

    anew = await person.say("my neck hurts")
    assert anew.custom("question") is not None
    assert "rusty" not in json.dumps(anew.messages)
    tracker = await agent.tracker_store.retrieve(person.sender)
    assert "rusty" not in json.dumps(tracker.get_slot("findings"))
    assert tracker.get_slot("findings")["region"]["value"] == ["neck"]

    assert f"Row {row} of events" in caplog.text
    assert person.sender not in caplog.text
    assert "rusty" not in caplog.text


async def test_what_can_be_read_is_told_again_exported_and_erased_with_the_rest(
    store: BoundedSQLTrackerStore,
) -> None:
    sender = uuid4().hex
    await take_turn(store, sender, say("ask") + LISTEN)
    await take_turn(store, sender, say("inform") + LISTEN)
    damage(store, sender, "{", type_name="action")
    with pytest.raises(UnreadableConversationError):
        await store.retrieve(sender)
    told = await store.retrieve_full_tracker(sender)
    assert [event.text for event in told.events if event.type_name == "user"] == ["ask", "inform"]
    exported = export(store, sender)
    assert [message["text"] for message in exported["messages"]] == ["ask", "inform"]
    assert {"unreadable": "{"} in exported["events"]
    assert store.delete(sender) == 4
    assert export(store, sender) is None


@pytest.mark.parametrize("data", DAMAGE.values(), ids=DAMAGE)
async def test_whatever_is_damaged_can_be_exported(store: BoundedSQLTrackerStore, data: str) -> None:
    sender = uuid4().hex
    await take_turn(store, sender, say("ask") + LISTEN)
    damage(store, sender, data, type_name="action")
    assert len(json.loads(json.dumps(export(store, sender)))["events"]) == 2
    store.delete(sender)


async def test_a_row_without_a_time_hinders_no_purge(store: BoundedSQLTrackerStore) -> None:
    for sender in ("timeless", "others"):
        await take_turn(store, sender, say("ask"))
    await take_turn(store, "others", [SessionStarted(), *say("ask")])
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE events SET timestamp = NULL WHERE sender_id = 'timeless'")
    assert purge(store, before=1.0).conversations == 1
    assert await store.retrieve("others") is not None


def test_a_letter_or_an_offer_that_is_damaged_stands_in_nobodys_way(store: BoundedSQLTrackerStore) -> None:
    if store.engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL itself takes nothing but JSON")
    sender = f"slack:{uuid4().hex}"
    for position in range(2):
        store.mailbox.put(sender, f"k{position}", position, {"text": WORDS})
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE letters SET content = '{' WHERE position = 0")
        connection.exec_driver_sql(f"INSERT INTO offers VALUES ('{sender}', '{{')")
    assert export(store, sender)["letters"][0]["content"] == {"unreadable": "{"}
    assert store.mailbox.claim(sender).key == "k1"
    assert Offers(store.engine).get(sender) is None
    assert store.delete(sender) == 3
    with store.engine.connect() as connection:
        assert connection.execute(sa.select(LETTERS.c.id)).first() is None
