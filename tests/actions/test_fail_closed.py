"""Whatever fails, a person gets the safety net: never a result, never silence, no words in a log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.utils.endpoints import EndpointConfig

from backchat.channels.guard import ChannelGuard
from backchat.knowledge import Knowledge
from backchat.server.runner import load_agent
from backchat.server.store import BoundedSQLTrackerStore
from tests.conversations.runner import Turn, reply_to

WORDS = "my lower back hurts like a rusty hinge"


class Person:
    """Somebody who writes through a channel's guard."""

    def __init__(self, agent: Agent, knowledge: Knowledge) -> None:
        self._guard = ChannelGuard(agent.handle_message, knowledge.wording)
        self._sender = uuid4().hex

    async def say(self, text: str) -> Turn:
        channel = CollectingOutputChannel()
        await self._guard.handle(UserMessage(text, channel, self._sender, input_channel="rest"))
        return Turn(channel.messages)


@pytest.fixture()
def own_agent(model_path: Path, tmp_path: Path) -> Agent:
    """An agent that a test may break."""
    return load_agent(model_path, BoundedSQLTrackerStore(db=str(tmp_path / "own.db")))


@pytest.fixture()
def actions(own_agent: Agent) -> dict[str, Any]:
    """The actions of `own_agent` by name, to be broken."""
    registered: dict[str, Any] = own_agent.processor.action_endpoint._executor.actions
    return registered


@pytest.fixture(autouse=True)
def no_words_in_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    records = caplog.get_records("call")
    assert records, "the cause is not in the log"
    assert not any("rusty" in str(vars(record)) for record in records)


async def fail(*_: Any) -> None:
    raise RuntimeError(f"cannot work with {WORDS}")


def is_safety_net(turn: Turn, knowledge: Knowledge) -> bool:
    answers = (knowledge.wording["safety_net_message"].strip(),)
    told = [message["text"].strip() for message in turn.messages if message.get("text")]
    return told[-1:] == [*answers] and turn.custom("assessment") is None


async def answer_all(person: Person, turn: Turn) -> Turn:
    while (question := turn.custom("question")) is not None:
        turn = await person.say(reply_to(question, {}))
    return turn


@pytest.mark.parametrize(
    "text", ["hello", WORDS, "none of these", "3 days", "yes", "I can't feel myself wipe"]
)
async def test_with_the_action_server_down_every_message_gets_the_safety_net(
    own_agent: Agent, knowledge: Knowledge, text: str
) -> None:
    own_agent.processor.action_endpoint = EndpointConfig("http://127.0.0.1:9/webhook")
    person = Person(own_agent, knowledge)
    for message in (WORDS, text, text):
        assert is_safety_net(await person.say(message), knowledge)


async def test_when_the_action_server_goes_down_in_the_middle_there_is_no_result(
    own_agent: Agent, knowledge: Knowledge
) -> None:
    person = Person(own_agent, knowledge)
    turn = await person.say(WORDS)
    working = own_agent.processor.action_endpoint
    own_agent.processor.action_endpoint = EndpointConfig("http://127.0.0.1:9/webhook")
    for _ in range(3):
        assert is_safety_net(await person.say("None of these"), knowledge)
    own_agent.processor.action_endpoint = working
    turn = await person.say("None of these")
    assert turn.custom("question") is not None, turn.text


async def test_when_the_result_fails_the_person_gets_the_safety_net(
    own_agent: Agent, actions: dict[str, Any], knowledge: Knowledge
) -> None:
    person = Person(own_agent, knowledge)
    actions["action_assess"] = fail
    turn = await answer_all(person, await person.say(WORDS))
    assert is_safety_net(turn, knowledge)


async def test_when_an_emergency_can_not_be_told_the_person_gets_the_safety_net(
    own_agent: Agent, actions: dict[str, Any], knowledge: Knowledge
) -> None:
    actions["action_assess"] = fail
    turn = await Person(own_agent, knowledge).say("my back hurts and I have lost control of my bladder")
    assert is_safety_net(turn, knowledge)


async def test_when_a_question_fails_the_person_gets_the_safety_net(
    own_agent: Agent, actions: dict[str, Any], knowledge: Knowledge
) -> None:
    person = Person(own_agent, knowledge)
    await person.say(WORDS)
    actions["action_ask_heart_and_vessel_signs"] = fail
    assert is_safety_net(await person.say("None of these"), knowledge)


@pytest.mark.parametrize("first", [True, False])
async def test_when_the_validator_fails_the_person_gets_the_safety_net(
    own_agent: Agent, actions: dict[str, Any], knowledge: Knowledge, first: bool
) -> None:
    person = Person(own_agent, knowledge)
    if not first:
        await person.say(WORDS)
    actions["validate_screening_form"] = fail
    for _ in range(2):
        assert is_safety_net(await person.say(WORDS), knowledge)


@pytest.mark.parametrize("first", [True, False])
async def test_a_red_flag_told_during_a_failure_is_heard_afterwards(
    own_agent: Agent, actions: dict[str, Any], knowledge: Knowledge, first: bool
) -> None:
    person = Person(own_agent, knowledge)
    if not first:
        await person.say(WORDS)
    working = actions["validate_screening_form"]
    actions["validate_screening_form"] = fail
    await person.say("I have lost control of my bladder")
    actions["validate_screening_form"] = working
    turn = await person.say("hello, are you there?")
    assessment = turn.custom("assessment")
    assert assessment is not None, turn.text
    assert assessment["urgency"] == "emergency"


@pytest.mark.parametrize("method", ["retrieve", "save"])
async def test_when_the_store_fails_the_person_gets_the_safety_net(
    own_agent: Agent, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    person = Person(own_agent, knowledge)
    turn = await person.say(WORDS)
    monkeypatch.setattr(own_agent.tracker_store, method, fail)
    assert is_safety_net(await person.say("None of these"), knowledge)
    monkeypatch.undo()
    turn = await person.say("None of these")
    assert turn.custom("question") is not None, turn.text
