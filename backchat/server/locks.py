"""Lets a turn of a conversation begin only when the one before it is stored, on however many processes."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from rasa.core.lock_store import LockError, LockStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig
from redis import Redis as BlockingRedis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError as RedisLockError
from redis.exceptions import RedisError

from backchat.channels.guard import TURN_SECONDS, describe, pseudonym
from backchat.channels.settings import REDIS_SECONDS, read_redis_url
from backchat.channels.shared_redis import open_redis

logger = logging.getLogger(__name__)

KEY_PREFIX = "backchat:turn:"
LOCK_SECONDS = 15.0
"""A process that dies in a turn leaves the conversation locked for so long; one that lives holds on."""
TIMES_RENEWED = 3
"""How often a lock is renewed in the time for which it lasts."""
SECONDS_BETWEEN_TRIES = 0.02


class LocksError(RasaException):
    """Other locks are asked for than those that hold on several processes."""


class ConversationLocks(LockStore):
    """Locks for conversations, kept in this process, and with `BACKCHAT_REDIS_URL` also in Redis.

    Rasa's own stores look every second whether a lock is free, and its Redis store may give the same ticket
    to two processes that ask at once.
    """

    def __init__(self, endpoint_config: EndpointConfig | None = None) -> None:  # noqa: ARG002 (given by Rasa)
        """Reads where Redis is; it is not asked for anything yet.

        Args:
            endpoint_config: What `endpoints.yml` says of it; nothing but this class is needed.

        Raises:
            ChannelConfigurationError: The environment names none that can be used.
        """
        super().__init__()
        self._url = read_redis_url(os.environ)
        self._held_here: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._redis = open_redis(self._url) if self._url is not None else None

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LOCK_SECONDS,
        wait_time_in_seconds: float = TURN_SECONDS,
    ) -> AsyncIterator[None]:
        """Holds the lock of a conversation; in one process those who wait come in their order.

        Args:
            conversation_id: The conversation.
            lock_lifetime: How long the lock is held in Redis if this process dies.
            wait_time_in_seconds: How long to wait for other processes.

        Yields:
            Once, while it is held.

        Raises:
            LockError: Another process holds it for too long.
            RedisError: Redis does not answer.
        """
        here = self._held_here.setdefault(conversation_id, asyncio.Lock())
        async with here:
            if self._redis is None:
                yield
                return
            key = KEY_PREFIX + hashlib.sha256(conversation_id.encode()).hexdigest()
            shared = self._redis.lock(key, timeout=lock_lifetime, sleep=SECONDS_BETWEEN_TRIES)
            if not await shared.acquire(blocking_timeout=wait_time_in_seconds):
                raise LockError(f"{pseudonym(conversation_id)} is held by another process")
            holding_on = asyncio.create_task(_hold_on(shared, lock_lifetime))
            try:
                yield
            finally:
                holding_on.cancel()
                await _let_go(shared)

    def ask(self) -> None:
        """Asks Redis whether it is there, if there is one; it blocks, so it is called in a thread.

        Raises:
            RedisError: It does not answer.
        """
        if self._url is not None:
            with BlockingRedis.from_url(self._url, socket_timeout=REDIS_SECONDS) as asked:
                asked.ping()


def open_locks(endpoints: AvailableEndpoints | None) -> ConversationLocks:
    """Makes the locks that `endpoints.yml` names.

    Args:
        endpoints: Its content, if there is any.

    Returns:
        The locks.

    Raises:
        LocksError: They are not these, without which turns of one person may run at once.
        ChannelConfigurationError: The environment names no Redis that can be used.
    """
    if endpoints is None or endpoints.lock_store is None:
        return ConversationLocks()
    locks = LockStore.create(endpoints.lock_store)
    if not isinstance(locks, ConversationLocks):
        raise LocksError("endpoints.yml: the lock_store must be backchat.server.locks.ConversationLocks")
    return locks


async def _hold_on(lock: Lock, lock_lifetime: float) -> None:
    """Makes a lock last for as long as the turn does."""
    while True:
        await asyncio.sleep(lock_lifetime / TIMES_RENEWED)
        try:
            await lock.reacquire()
        except (RedisLockError, RedisError) as error:
            # Another process may then take a turn beside this one. Both are stored.
            logger.error("A lock can't be held on to: %s", describe(error))


async def _let_go(lock: Lock) -> None:
    try:
        await lock.release()
    except (RedisLockError, RedisError) as error:
        # The turn is stored, and the lock goes by itself.
        logger.error("A lock can't be released: %s", describe(error))
