"""Several processes count together who asks too often."""

from __future__ import annotations

import uuid

import pytest
import redis

from backchat.channels.limits import RateLimits, TooManyRequests


def test_processes_count_together(redis_url: str) -> None:
    one, another = (RateLimits("3/minute", "100/minute") for _ in range(2))
    who = uuid.uuid4().hex
    for limits in (one, another, one):
        limits.count_message(who)
    with pytest.raises(TooManyRequests):
        another.count_message(who)


def test_nobodys_id_or_address_stands_in_redis(redis_url: str) -> None:
    limits = RateLimits("3/minute", "100/minute")
    who = uuid.uuid4().hex
    limits.count_message(who)
    limits.count_request("192.0.2.77")
    with redis.Redis.from_url(redis_url) as looking:
        keys = b" ".join(looking.scan_iter("backchat:limits*"))
    assert keys
    assert who.encode() not in keys
    assert b"192.0.2" not in keys


def test_while_redis_is_gone_each_process_counts_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKCHAT_REDIS_URL", "redis://127.0.0.1:1/0")
    limits = RateLimits("2/minute", "100/minute")
    limits.count_message("somebody")
    limits.count_message("somebody")
    with pytest.raises(TooManyRequests):
        limits.count_message("somebody")


def test_a_redis_that_does_not_answer_is_not_waited_for_at_each_count(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BACKCHAT_REDIS_URL", "redis://127.0.0.1:1/0")
    limits = RateLimits("100/minute", "100/minute")
    for _ in range(20):
        limits.count_message("somebody")
    assert len([record for record in caplog.records if "Redis does not answer" in record.message]) == 1
