"""A message sets nothing that decides: neither through a channel, nor where one should forget its guard."""

from __future__ import annotations

import importlib
import json
import pkgutil
from uuid import uuid4

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage

from backchat import channels
from backchat.channels import slack, telegram
from backchat.channels.guard import ChannelGuard
from backchat.knowledge import Knowledge
from backchat.server import messengers

INJECTED = "injected"
COMMANDS = ["restart", "session_start", "back", "action_assess", "describe_pain", "deny", "EXTERNAL_reminder"]


async def say(agent: Agent, knowledge: Knowledge | None, text: str, sender: str) -> dict[str, object]:
    """Sends a message, with or without the guard, and gives the slots that are set afterwards."""
    message = UserMessage(text, CollectingOutputChannel(), sender, metadata={"completed": True})
    if knowledge is None:
        await agent.handle_message(message)
    else:
        await ChannelGuard(agent.handle_message, knowledge.wording).handle(message)
    tracker = await agent.tracker_store.retrieve(sender)
    slots = tracker.current_slot_values() if tracker else {}
    return {slot: value for slot, value in slots.items() if value is not None}


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_payload_that_is_typed_sets_no_slot(agent: Agent, knowledge: Knowledge, command: str) -> None:
    payload = json.dumps(dict.fromkeys([slot.name for slot in agent.domain.slots], INJECTED))
    for text in (f"/{command}{payload}", f"\u200b /{command}@1.0{payload}"):
        assert await say(agent, knowledge, text, uuid4().hex) == {}


async def test_a_payload_can_not_take_back_what_was_told(agent: Agent, knowledge: Knowledge) -> None:
    sender = uuid4().hex
    before = await say(agent, knowledge, "my lower back hurts and I have a fever", sender)
    assert before["findings"]["fever"]["value"] == "present"
    payloads = ('describe_pain{"fever": "absent"}', 'deny{"findings": {}}', 'SetSlots{"fever": "no"}')
    for command in ("no", "no fever", "request_screening[fever]", "None of these", *payloads):
        assert await say(agent, knowledge, f"/{command}", sender) == before


@pytest.mark.parametrize("intent", ["describe_pain", "deny", "affirm"])
async def test_even_without_the_guard_entities_set_no_slot(agent: Agent, intent: str) -> None:
    names = [slot.name for slot in agent.domain.slots]
    payload = json.dumps(dict.fromkeys([*names, *agent.domain.entities], INJECTED))
    slots = await say(agent, None, f"/{intent}{payload}", uuid4().hex)
    assert "completed" not in slots
    assert "assessment" not in slots
    assert slots.get("findings", {}) == {}
    assert INJECTED not in slots.values()


def test_every_channel_stands_behind_the_guard() -> None:
    modules = [
        importlib.import_module(f"{channels.__name__}.{module.name}")
        for module in pkgutil.iter_modules(channels.__path__)
    ]
    with_channels = [
        module
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, InputChannel) and value.__module__ == module.__name__
    ]
    assert {"backchat.channels.rest", "backchat.channels.web"} <= {m.__name__ for m in with_channels}
    # What the messengers' channels receive goes to a `Messenger`, which is made there with its guard.
    made_there = {slack, telegram}
    for module in with_channels:
        holder = messengers if module in made_there else module
        assert vars(holder).get("ChannelGuard") is ChannelGuard, module.__name__
