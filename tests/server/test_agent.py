from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from backchat.knowledge import Knowledge

OPENING = "my lower back has hurt for two weeks"


@pytest.fixture
def parsed(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the pipeline reads."""
    texts: list[str] = []
    parse = agent.processor.parse_message

    async def note(message: UserMessage, *rest: Any) -> Any:
        texts.append(message.text)
        return await parse(message, *rest)

    monkeypatch.setattr(agent.processor, "parse_message", note)
    monkeypatch.setattr(agent, "_read", {})
    return texts


async def say(agent: Agent, sender: str, text: str) -> None:
    await agent.handle_message(UserMessage(text, CollectingOutputChannel(), sender))


async def test_what_a_button_says_is_read_once_and_stored_as_the_pipeline_reads_it(
    agent: Agent, parsed: list[str], knowledge: Knowledge
) -> None:
    label = knowledge.wording["none_of_these"]
    read = json.loads(json.dumps(await agent.parse_message(label)))
    parsed.clear()
    for sender in (uuid.uuid4().hex, uuid.uuid4().hex):
        await say(agent, sender, OPENING)
        await say(agent, sender, label)
        tracker = await agent.tracker_store.retrieve(sender)
        assert tracker.latest_message.parse_data.items() >= read.items()
    assert parsed == [OPENING, label, OPENING]


async def test_what_people_write_is_kept_by_nothing_but_the_record(agent: Agent, parsed: list[str]) -> None:
    await say(agent, uuid.uuid4().hex, OPENING)
    assert OPENING not in agent._read
