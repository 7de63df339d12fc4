"""A person can have all that is stored of them."""

from __future__ import annotations

import json
import uuid

from rasa.shared.core.events import BotUttered, SlotSet

from backchat.server.export import export
from backchat.server.store import BoundedSQLTrackerStore
from tests.server.test_store import LISTEN, say, store, take_turn

__all__ = ["store"]

FEVER = {"fever": {"value": "present", "said": "hot", "turn": 1}}
FOOT = {"leg_numbness": {"value": "present", "said": "my foot", "turn": 2}}


async def test_all_that_is_stored_is_exported_and_nothing_of_others(store: BoundedSQLTrackerStore) -> None:
    first = [*say("ask"), SlotSet("findings", FEVER), BotUttered("an answer"), *LISTEN]
    second = [*say("inform"), SlotSet("findings", FOOT), BotUttered(None, {"custom": {}}), *LISTEN]
    first[0].timestamp = 1_700_000_000.0
    for turn in (first, second):
        await take_turn(store, "export-person", turn)
    await take_turn(store, "export-other", say("start"))
    exported = export(store, "export-person")
    for conversation in ("export-person", "export-other"):
        store.delete(conversation)
    assert exported["conversation"] == "export-person"
    assert [(message["from"], message["text"]) for message in exported["messages"]] == [
        ("person", "ask"),
        ("backchat", "an answer"),
        ("person", "inform"),
    ]
    assert exported["messages"][0]["at"] == "2023-11-14T22:13:20+00:00"
    assert exported["findings"] == FOOT
    assert exported["assessment"] is None
    assert len(exported["events"]) == len(first) + len(second)


def test_what_has_not_been_answered_yet_is_exported_too(store: BoundedSQLTrackerStore) -> None:
    sender = f"slack:{uuid.uuid4().hex}"
    store.mailbox.put(sender, "k1", 1, {"text": "my legs went numb"})
    exported = export(store, sender)
    store.delete(sender)
    assert exported["messages"] == []
    assert [letter["content"] for letter in exported["letters"]] == [{"text": "my legs went numb"}]
    assert set(exported) >= {table.name for table in store.tables_of_conversations()}
    json.dumps(exported)


def test_of_an_unknown_conversation_there_is_nothing(store: BoundedSQLTrackerStore) -> None:
    assert export(store, "export-nobody") is None
