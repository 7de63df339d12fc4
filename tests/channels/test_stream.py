"""The stream of a conversation: everything that is said, to every page that follows; and its erasure."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest
import requests

from backchat.channels import web
from backchat.channels.sessions import Sessions
from backchat.channels.turns import MOST_FOLLOWERS
from backchat.channels.web import WebChannel
from tests.channels.serving import SPEAKER, WORDING, ScriptedAgent, serve
from tests.channels.test_web import PAGE, PRIVATE, SECRET, echo, history, post, understood

SLOW = 0.5


class Stream:
    """Follows a conversation as a page does.

    Attributes:
        lines: Every line that came, signs of life included.
    """

    def __init__(self, answer):
        self.answer = answer
        self.lines = []
        self._reading = answer.iter_lines(decode_unicode=True)

    def next(self):
        """Gives the next event: its name and its data."""
        name = ""
        for line in self._reading:
            self.lines.append(line)
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                return name, json.loads(line.removeprefix("data: "))
        return None


@contextmanager
def follow(chat, token):
    answer = requests.get(
        f"{chat}/stream", headers={"Authorization": f"Bearer {token}"}, stream=True, timeout=20
    )
    with answer:
        yield Stream(answer)


def erase(chat, token):
    return requests.delete(f"{chat}/session", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def agent():
    return ScriptedAgent(echo)


@pytest.fixture
def chat(agent):
    with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as server:
        yield f"{server}/chat"


@pytest.fixture
def token(chat):
    return requests.post(f"{chat}/session").json()["token"]


# --- what is said ------------------------------------------------------------------------------------------


def test_tells_the_conversation_so_far_and_then_every_turn(chat, token):
    post(chat, token=token, text="before", id="one")
    with follow(chat, token) as stream:
        assert stream.answer.headers["content-type"] == "text/event-stream"
        assert stream.answer.headers["cache-control"] == "no-store"
        assert stream.answer.headers["x-accel-buffering"] == "no"
        assert "default-src 'none'" in stream.answer.headers["content-security-policy"]
        assert stream.next() == ("told", history(chat, token).json())
        answer = post(chat, token=token, text="now", id="two").json()
        assert stream.next() == ("heard", {"id": "two", "text": "now"})
        assert stream.next() == ("answered", {"id": "two", **answer})


def test_all_pages_of_a_conversation_are_told_and_no_page_of_another(chat, token):
    other = requests.post(f"{chat}/session").json()["token"]
    with follow(chat, token) as one, follow(chat, token) as two, follow(chat, other) as stranger:
        for stream in (one, two, stranger):
            assert stream.next() == ("told", {"messages": []})
        post(chat, token=token, text=PRIVATE, id="one")
        assert one.next() == two.next() == ("heard", {"id": "one", "text": PRIVATE})
        post(chat, token=other, text="hi", id="two")
        assert stranger.next() == ("heard", {"id": "two", "text": "hi"})
    assert PRIVATE not in "".join(stranger.lines)


def test_who_comes_in_the_middle_of_a_turn_hears_what_is_under_way(chat, token):
    thread = threading.Thread(
        target=post, args=(chat,), kwargs={"token": token, "text": "SLOWLY", "id": "one"}
    )
    thread.start()
    time.sleep(SLOW / 2)
    with follow(chat, token) as stream:
        assert stream.next() == ("told", {"messages": []})
        assert stream.next() == ("heard", {"id": "one", "text": "SLOWLY"})
        name, data = stream.next()
    thread.join()
    assert (name, data["id"]) == ("answered", "one")


def test_a_turn_that_fails_is_told_as_it_is_to_the_page_that_sent_it(chat, token):
    with follow(chat, token) as stream:
        stream.next()
        post(chat, token=token, text="RAISE", id="one")
        stream.next()
        assert stream.next() == (
            "answered",
            {"id": "one", "messages": [{"text": "SAFETY NET"}, {"custom": {"unread": True}}]},
        )


def test_shows_that_it_is_alive(chat, token, monkeypatch):
    monkeypatch.setattr(web, "SECONDS_BETWEEN_SIGNS", 0.1)
    with follow(chat, token) as stream:
        stream.next()
        threading.Timer(SLOW, post, args=(chat,), kwargs={"token": token, "text": "hi", "id": "one"}).start()
        assert stream.next()[0] == "heard"
    assert stream.lines.count(": here") >= 2


def test_is_for_nobody_without_the_token(chat, token):
    for forged in ("", "forged", token[:-2]):
        with follow(chat, forged) as stream:
            assert stream.answer.status_code == 401


def test_ends_with_the_server(agent):
    token = Sessions(SECRET).issue()
    with ExitStack() as following:
        with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as server:
            stream = following.enter_context(follow(f"{server}/chat", token))
            stream.next()
        assert stream.next() is None


def test_pages_that_left_are_not_kept(chat, token):
    def queues():
        return sum(isinstance(kept, asyncio.Queue) for kept in gc.get_objects())

    before = queues()
    with ExitStack() as pages:
        streams = [pages.enter_context(follow(chat, token)) for _ in range(5)]
        for stream in streams:
            stream.next()
        assert queues() >= before + 5
    give_up = time.monotonic() + 20
    while queues() > before and time.monotonic() < give_up:
        time.sleep(0.1)
    assert queues() <= before


# --- messages that are sent again --------------------------------------------------------------------------


def test_a_message_that_an_earlier_process_took_is_not_taken_again(agent, token):
    first = second = None
    for attempt in ("first", "second"):
        with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as server:
            answer = post(f"{server}/chat", token=token, text="hurts", id="one", again=attempt == "second")
        first, second = second, answer.json()
    assert first == second
    assert [message.text for message in agent.received] == ["hurts"]


def test_a_message_that_nobody_took_is_taken_when_it_is_sent_again(chat, token, agent):
    post(chat, token=token, text="before", id="zero")
    answer = post(chat, token=token, text="hurts", id="one", again=True)
    assert answer.json()["messages"][0]["text"] == "You said hurts"
    assert [message.text for message in agent.received] == ["before", "hurts"]


def test_a_record_that_cannot_be_read_takes_no_message_and_lets_it_be_sent_once_more(chat, token, agent):
    store = agent.tracker_store

    class BrokenStore:
        async def retrieve_full_tracker(self, _):
            raise OSError(PRIVATE)

    agent.tracker_store = BrokenStore()
    assert post(chat, token=token, text="hurts", id="one", again=True).status_code == 500
    agent.tracker_store = store
    assert post(chat, token=token, text="hurts", id="one", again=True).status_code == 200
    assert [message.text for message in agent.received] == ["hurts"]


def test_so_many_pages_may_follow_a_conversation_and_one_more_waits(chat, token):
    other = requests.post(f"{chat}/session").json()["token"]
    with ExitStack() as pages:
        streams = [pages.enter_context(follow(chat, token)) for _ in range(MOST_FOLLOWERS)]
        assert {stream.next()[0] for stream in streams} == {"told"}
        refused = requests.get(f"{chat}/stream", headers={"Authorization": f"Bearer {token}"}, timeout=10)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 15
        assert pages.enter_context(follow(chat, other)).next()[0] == "told"
    assert post(chat, token=token, text="still here").status_code == 200


# --- erasing -----------------------------------------------------------------------------------------------


def test_what_was_said_is_erased_told_and_the_token_opens_nothing_more(chat, token, agent):
    post(chat, token=token, text=PRIVATE, id="one")
    with follow(chat, token) as stream:
        stream.next()
        assert erase(chat, token).status_code == 204
        assert stream.next() == ("erased", {})
    assert agent.tracker_store.store == {}
    for answer in (
        post(chat, token=token, text="hi", id="two"),
        post(chat, token=token, text=PRIVATE, id="one"),
        history(chat, token),
        understood(chat, token),
        erase(chat, token),
    ):
        assert answer.status_code == 410
        assert PRIVATE not in answer.text


def test_the_token_of_an_erased_conversation_opens_nothing_after_a_restart_either(agent):
    token = Sessions(SECRET).issue()
    with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as server:
        post(f"{server}/chat", token=token, text=PRIVATE)
        assert erase(f"{server}/chat", token).status_code == 204
    with serve(agent, WebChannel(WORDING, SECRET, PAGE, SPEAKER)) as server:
        assert post(f"{server}/chat", token=token, text="hi").status_code == 410
        assert history(f"{server}/chat", token).status_code == 410
        assert history(f"{server}/chat", Sessions(SECRET).issue()).status_code == 200
    assert agent.tracker_store.store == {}


def test_a_turn_that_is_under_way_is_erased_too(chat, token, agent):
    thread = threading.Thread(
        target=post, args=(chat,), kwargs={"token": token, "text": "SLOWLY", "id": "one"}
    )
    thread.start()
    time.sleep(SLOW / 2)
    assert erase(chat, token).status_code == 204
    thread.join()
    assert agent.tracker_store.store == {}


def test_nothing_of_others_is_erased(chat, token, agent):
    other = requests.post(f"{chat}/session").json()["token"]
    post(chat, token=other, text="hi", id="one")
    post(chat, token=token, text="hi", id="one")
    erase(chat, token)
    assert list(agent.tracker_store.store) == [Sessions(SECRET).sender_id(other)]


def test_what_cannot_be_erased_is_said_and_the_conversation_goes_on(chat, token, agent, monkeypatch):
    post(chat, token=token, text="hi", id="one")

    def fail(*_):
        raise OSError(PRIVATE)

    monkeypatch.setattr(
        agent.tracker_store, "store", type("Broken", (dict,), {"pop": fail})(agent.tracker_store.store)
    )
    answer = erase(chat, token)
    assert answer.status_code == 500
    assert PRIVATE not in answer.text
    assert history(chat, token).status_code == 200


def test_erasing_needs_the_token(chat, token):
    assert erase(chat, "").status_code == 401
    assert erase(chat, "forged").status_code == 401


def test_what_was_deleted_in_the_chat_is_no_longer_in_memory(chat, token, agent):
    async def echo_or_delete(message):
        return [{"custom": {"erased": True}}] if "DELETE" in message.text else await echo(message)

    agent.reply = echo_or_delete
    other = requests.post(f"{chat}/session").json()["token"]
    for text in ("hurts", "DELETE"):
        post(chat, token=token, text=text, id=text)
    post(chat, token=other, text="hurts", id="hurts")
    heard = len(agent.received)
    for own in (other, token):
        post(chat, token=own, text="hurts", id="hurts")
    assert [message.sender_id for message in agent.received[heard:]] == [Sessions(SECRET).sender_id(token)]
