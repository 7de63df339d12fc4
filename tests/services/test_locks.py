"""Turns of one conversation never run at once, whichever process takes them, and never wait for nobody."""

from __future__ import annotations

import asyncio
import uuid

import pytest
import redis
from rasa.core.lock_store import LockError, LockStore
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio.lock import Lock

from backchat.server.locks import KEY_PREFIX, ConversationLocks, LocksError, open_locks

NOWHERE = "redis://127.0.0.1:1/0"


async def take_turns(turns: int, *processes: ConversationLocks) -> tuple[int, list[int]]:
    """Takes turns of one conversation, each on the next process: how many ran at once, and in which order."""
    running, most, order = 0, 0, []
    conversation = uuid.uuid4().hex

    async def take(number: int) -> None:
        nonlocal running, most
        async with processes[number % len(processes)].lock(conversation):
            running += 1
            most = max(most, running)
            order.append(number)
            await asyncio.sleep(0.005)
            running -= 1

    await asyncio.gather(*(take(number) for number in range(turns)))
    return most, order


async def test_in_one_process_turns_come_one_by_one_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BACKCHAT_REDIS_URL", raising=False)
    assert await take_turns(20, ConversationLocks()) == (1, list(range(20)))


async def test_on_several_processes_turns_come_one_by_one(redis_url: str) -> None:
    most, order = await take_turns(20, ConversationLocks(), ConversationLocks(), ConversationLocks())
    assert most == 1
    assert sorted(order) == list(range(20))


async def test_a_connection_that_broke_while_nobody_used_it_costs_no_turn(redis_url: str) -> None:
    locks = ConversationLocks()
    async with locks.lock("one"):
        connection = await locks._redis.client_id()
    with redis.Redis.from_url(redis_url) as operator:
        operator.client_kill_filter(_id=str(connection))
    async with locks.lock("one"):
        pass


async def test_other_conversations_do_not_wait(redis_url: str) -> None:
    locks = ConversationLocks()
    async with locks.lock("one"), locks.lock("another"):
        pass


async def test_a_process_that_died_in_a_turn_holds_a_conversation_no_longer_than_the_lock_lasts(
    redis_url: str,
) -> None:
    conversation = uuid.uuid4().hex

    async def take_turn() -> None:
        async with ConversationLocks().lock(conversation, lock_lifetime=0.5):
            holding.set()
            await asyncio.sleep(60)

    holding = asyncio.Event()
    died = asyncio.create_task(take_turn())
    await holding.wait()
    with pytest.MonkeyPatch.context() as patch:
        # What dies neither releases its lock nor holds on to it.
        patch.setattr(Lock, "release", _nothing)
        patch.setattr(Lock, "reacquire", _nothing)
        died.cancel()
        await asyncio.wait([died])
    async with ConversationLocks().lock(conversation, wait_time_in_seconds=20):
        pass


async def test_a_long_turn_is_not_overtaken_when_the_lock_would_be_over(redis_url: str) -> None:
    conversation = uuid.uuid4().hex
    async with ConversationLocks().lock(conversation, lock_lifetime=0.5):
        await asyncio.sleep(1.2)
        with pytest.raises(LockError):
            async with ConversationLocks().lock(conversation, wait_time_in_seconds=0.1):
                raise AssertionError("two hold it")


async def _nothing(*_: object) -> None:
    pass


async def test_a_lock_that_is_never_let_go_is_an_error_for_who_waits(redis_url: str) -> None:
    conversation = uuid.uuid4().hex
    async with ConversationLocks().lock(conversation):
        with pytest.raises(LockError) as refused:
            async with ConversationLocks().lock(conversation, wait_time_in_seconds=0.1):
                raise AssertionError("two hold it")
    assert conversation not in str(refused.value)


async def test_nobodys_id_stands_in_redis(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as looking:
        async with ConversationLocks().lock("telegram:12345"):
            keys = b" ".join(looking.scan_iter(f"{KEY_PREFIX}*"))
    assert keys
    assert b"12345" not in keys


async def test_without_redis_no_turn_begins_where_one_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKCHAT_REDIS_URL", NOWHERE)
    locks = ConversationLocks()
    with pytest.raises(redis.ConnectionError):
        locks.ask()
    with pytest.raises(redis.ConnectionError):
        async with locks.lock("anybody"):
            raise AssertionError("a turn began")
    monkeypatch.delenv("BACKCHAT_REDIS_URL")
    ConversationLocks().ask()


def test_they_are_what_endpoints_yml_names() -> None:
    """So `rasa run` has them, too."""
    endpoints = AvailableEndpoints.read_endpoints("endpoints.yml")
    assert isinstance(LockStore.create(endpoints.lock_store), ConversationLocks)
    assert isinstance(open_locks(endpoints), ConversationLocks)


def test_a_server_does_not_start_with_other_locks() -> None:
    with pytest.raises(LocksError, match="lock_store"):
        open_locks(AvailableEndpoints(lock_store=EndpointConfig(type="in_memory")))
