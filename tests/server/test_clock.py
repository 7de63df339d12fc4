"""A clock that is set forward or back locks nobody out, loses nothing and changes no result."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from rasa.core.agent import Agent
from rasa.shared.core.events import UserUttered

from backchat.channels.limits import RateLimits, TooManyRequests
from backchat.channels.sessions import Sessions
from backchat.knowledge import Knowledge
from tests.conversations.runner import reply_to
from tests.server.test_damaged_rows import OPENING, Person

HOUR, DAY = 3600.0, 24 * 3600.0

Set = Callable[[float], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Sets the clock by so many seconds, for everything in this process."""
    real, ahead = time.time, 0.0

    def put(seconds: float) -> None:
        nonlocal ahead
        ahead += seconds

    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    return put


@pytest.mark.parametrize("seconds", [-HOUR, -DAY, HOUR, DAY])
def test_nobody_who_asks_rarely_is_refused_after_the_clock_was_set(clock: Set, seconds: float) -> None:
    limits = RateLimits("2/minute", "2/minute")
    for _ in range(2):
        limits.count_message("ann")
    with pytest.raises(TooManyRequests):
        limits.count_message("ann")
    clock(seconds)
    limits.count_message("ann")
    limits.count_message("ann")
    with pytest.raises(TooManyRequests) as refusal:
        limits.count_message("ann")
    assert int(refusal.value.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("seconds", [-HOUR, HOUR])
def test_a_session_goes_on_when_the_clock_was_set(clock: Set, seconds: float) -> None:
    sessions = Sessions(b"a secret of the tests, which is long enough")
    clock(seconds)
    token = sessions.issue()
    clock(-seconds)
    assert sessions.sender_id(token).startswith("web:")


async def test_a_screening_ends_with_the_same_result_however_the_clock_jumps(
    agent: Agent, knowledge: Knowledge, clock: Set
) -> None:
    results = []
    for jumps in ([0.0], [-HOUR, HOUR], [-DAY, DAY - HOUR, HOUR]):
        person = Person(agent, knowledge)
        turn, said = await person.say(OPENING), 1
        while (question := turn.custom("question")) is not None:
            clock(jumps[said % len(jumps)])
            turn = await person.say(reply_to(question, {}))
            said += 1
        results.append(turn.custom("assessment"))
        tracker = await agent.tracker_store.retrieve_full_tracker(person.sender)
        assert sum(isinstance(event, UserUttered) for event in tracker.events) == said
    assert results[0] is not None
    assert results[1:] == results[:1] * 2
