"""A page hears all that is said in its conversation, whichever process says it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
import redis
import requests

from backchat.channels.relay import CHANNEL
from backchat.channels.web import WebChannel
from tests.channels.serving import SPEAKER, WORDING, ScriptedAgent, serve
from tests.channels.test_stream import erase, follow
from tests.channels.test_web import PAGE, SECRET, echo, post

NOWHERE = "redis://127.0.0.1:1/0"


class TwoProcesses:
    """Two servers with one record and one Redis."""

    def __init__(self, agent: ScriptedAgent, one: str, another: str) -> None:
        self.agent, self.one, self.another = agent, f"{one}/chat", f"{another}/chat"
        self.token = requests.post(f"{self.one}/session").json()["token"]


@pytest.fixture
def two(redis_url: str) -> Iterator[TwoProcesses]:
    agent = ScriptedAgent(echo)
    other = ScriptedAgent(echo)
    other.tracker_store, other.tombstones = agent.tracker_store, agent.tombstones
    before = listeners(redis_url)
    with (
        serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as one,
        serve(other, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as another,
    ):
        # A page that follows a process which does not hear the others yet is cut off once it does.
        while listeners(redis_url) < before + 2:
            time.sleep(0.05)
        yield TwoProcesses(agent, one, another)


def listeners(redis_url: str) -> int:
    with redis.Redis.from_url(redis_url) as asked:
        return int(asked.pubsub_numsub(CHANNEL)[0][1])


def test_what_is_said_on_one_process_is_heard_on_the_other(two: TwoProcesses) -> None:
    with follow(two.another, two.token) as stream:
        assert stream.next() == ("told", {"messages": []})
        said = post(two.one, token=two.token, text="my back hurts", id="m1").json()["messages"]
        assert stream.next() == ("heard", {"id": "m1", "text": "my back hurts"})
        assert stream.next() == ("answered", {"id": "m1", "messages": said})


def test_an_erasure_on_one_process_is_heard_on_the_other_and_ends_the_session_there(
    two: TwoProcesses,
) -> None:
    post(two.one, token=two.token, text="my back hurts", id="m1")
    with follow(two.another, two.token) as stream:
        stream.next()
        assert erase(two.one, two.token).status_code == 204
        # What was said just before may arrive as well; a page knows it by its id.
        assert (
            next(name for name, _ in iter(stream.next, None) if name not in ("heard", "answered")) == "erased"
        )
    assert post(two.another, token=two.token, text="and now?", id="m2").status_code == 410


def test_what_nobody_can_read_ends_nothing(two: TwoProcesses, redis_url: str) -> None:
    with follow(two.another, two.token) as stream, redis.Redis.from_url(redis_url) as stranger:
        stream.next()
        for rubbish in ("{", "[]", "{}", '{"from": "somebody"}'):
            stranger.publish(CHANNEL, rubbish)
        post(two.one, token=two.token, text="my back hurts", id="m1")
        assert stream.next() == ("heard", {"id": "m1", "text": "my back hurts"})


def test_nobody_hears_another_conversation(two: TwoProcesses) -> None:
    other = requests.post(f"{two.one}/session").json()["token"]
    with follow(two.another, two.token) as stream:
        stream.next()
        post(two.one, token=other, text="a stranger's words", id="m1")
        post(two.one, token=two.token, text="my own", id="m2")
        assert stream.next() == ("heard", {"id": "m2", "text": "my own"})


def test_a_message_that_is_sent_again_to_another_process_while_the_first_answers_is_taken_once(
    redis_url: str,
) -> None:
    begun = threading.Event()

    async def slow(message):
        begun.set()
        await asyncio.sleep(0.5)
        return [{"text": "answer"}]

    agent, other = ScriptedAgent(slow), ScriptedAgent(echo)
    other.tracker_store = agent.tracker_store
    handle = agent.handle_message

    async def locked(message):
        async with agent.lock_store.lock(message.sender_id):
            await handle(message)

    agent.handle_message = locked
    with (
        serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as one,
        serve(other, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as another,
    ):
        token = requests.post(f"{one}/chat/session").json()["token"]
        answers = []
        first = threading.Thread(
            target=lambda: answers.append(post(f"{one}/chat", token=token, text="it hurts", id="m1").json())
        )
        first.start()
        begun.wait(10)
        again = post(f"{another}/chat", token=token, text="it hurts", id="m1", again=True).json()
        first.join(10)
    assert [message["text"] for message in again["messages"]] == ["answer"]
    assert answers == [again]
    assert other.received == []


def test_while_redis_is_gone_a_process_still_answers_and_tells_its_own_followers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BACKCHAT_REDIS_URL", raising=False)
    agent = ScriptedAgent(echo)
    monkeypatch.setenv("BACKCHAT_REDIS_URL", NOWHERE)
    with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as one:
        token = requests.post(f"{one}/chat/session").json()["token"]
        with follow(f"{one}/chat", token) as stream:
            stream.next()
            assert post(f"{one}/chat", token=token, text="it hurts", id="m1").status_code == 200
            assert stream.next() == ("heard", {"id": "m1", "text": "it hurts"})
