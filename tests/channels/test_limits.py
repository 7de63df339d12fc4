"""Limits count whom they should, as long as they should, and no mistake in them goes unseen."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from backchat.channels.http import RequestRefused
from backchat.channels.limits import Guesses, RateLimits, TooManyRequests
from backchat.channels.settings import (
    ADDRESS_VARIABLE,
    GUESSES_VARIABLE,
    SESSION_VARIABLE,
    ChannelConfigurationError,
)


@pytest.fixture(autouse=True)
def no_limits_in_the_environment(monkeypatch):
    for variable in (SESSION_VARIABLE, ADDRESS_VARIABLE, GUESSES_VARIABLE):
        monkeypatch.delenv(variable, raising=False)


def let_in(count, who, times=10):
    """Counts how often somebody is let in before they are refused."""
    for number in range(times):
        try:
            count(who)
        except TooManyRequests:
            return number
    return times


def test_each_conversation_and_each_address_has_its_own_count():
    limits = RateLimits("2/minute", "3/minute")
    assert [let_in(limits.count_message, who) for who in ("ann", "bob")] == [2, 2]
    assert [let_in(limits.count_request, who) for who in ("192.0.2.1", "192.0.2.2")] == [3, 3]


def test_one_home_has_one_count_however_many_addresses_it_has():
    limits = RateLimits("2/minute", "3/minute")
    assert let_in(limits.count_request, "2001:db8:1:2::1") == 3
    assert let_in(limits.count_request, "2001:db8:1:2:ffff::9") == 0
    assert let_in(limits.count_request, "[2001:db8:1:2::1]") == 0
    assert let_in(limits.count_request, "2001:db8:1:3::1") == 3
    assert let_in(limits.count_request, "no address") == 3


def test_whoever_waits_is_let_in_again():
    limits = RateLimits("2/second", "1/second")
    assert let_in(limits.count_message, "ann") == 2
    with pytest.raises(TooManyRequests) as refusal:
        limits.count_message("ann")
    time.sleep(int(refusal.value.headers["Retry-After"]) + 0.1)
    assert let_in(limits.count_message, "ann") == 2


def test_several_limits_hold_at_once():
    assert let_in(RateLimits("5/minute;3/hour", "1/minute").count_message, "ann") == 3


def test_the_environment_comes_first(monkeypatch):
    monkeypatch.setenv(SESSION_VARIABLE, "1/minute")
    monkeypatch.setenv(ADDRESS_VARIABLE, "4/minute")
    limits = RateLimits("2/minute", "3/minute")
    assert let_in(limits.count_message, "ann") == 1
    assert let_in(limits.count_request, "192.0.2.1") == 4


@pytest.mark.parametrize("variable", [SESSION_VARIABLE, ADDRESS_VARIABLE, GUESSES_VARIABLE])
@pytest.mark.parametrize("given", ["many", "5", "-1/minute", "5/fortnight", "5 a minute maybe"])
def test_a_limit_that_is_none_is_refused_by_its_name(monkeypatch, variable, given):
    monkeypatch.setenv(variable, given)
    with pytest.raises(ChannelConfigurationError, match=variable):
        (RateLimits("1/minute", "1/minute"), Guesses())


def guess(guesses, address, refusal=None):
    """Shows something, and tells whether it was looked at."""
    try:
        with guesses.counted(SimpleNamespace(remote_addr=address, ip="127.0.0.1")):
            if refusal:
                raise refusal
    except TooManyRequests:
        return False
    except RequestRefused:
        pass
    return True


def test_who_guesses_too_often_is_not_even_looked_at_and_others_are(monkeypatch):
    monkeypatch.setenv(GUESSES_VARIABLE, "3/minute")
    guesses, wrong = Guesses(), RequestRefused("no", status=401)
    assert [guess(guesses, "192.0.2.1", wrong) for _ in range(5)] == [True, True, True, False, False]
    assert not guess(guesses, "192.0.2.1")
    assert guess(guesses, "192.0.2.2", wrong)
    assert guess(guesses, "192.0.2.2")


def test_what_is_right_and_what_is_wrong_for_another_reason_is_no_guess(monkeypatch):
    monkeypatch.setenv(GUESSES_VARIABLE, "1/minute")
    guesses = Guesses()
    assert all(guess(guesses, "192.0.2.1") for _ in range(5))
    assert all(guess(guesses, "192.0.2.1", RequestRefused("too long", status=413)) for _ in range(5))
