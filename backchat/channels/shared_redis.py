"""The Redis that processes share: how it is reached.

A connection that broke off while nobody used it, as when Redis was started anew, is made again once.
"""

from __future__ import annotations

from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry as BlockingRetry

from backchat.channels.settings import REDIS_SECONDS

AGAIN: Final = {"retry_on_error": [RedisConnectionError]}
BLOCKING_AGAIN: Final = {**AGAIN, "retry": BlockingRetry(NoBackoff(), 1)}
"""What a client of the other kind takes, which waits for each answer."""


def open_redis(url: str, **settings: Any) -> Redis:
    """Makes a client; Redis is not asked for anything yet.

    Args:
        url: Where Redis is.
        **settings: More that the client takes.
    """
    return Redis.from_url(url, socket_timeout=REDIS_SECONDS, retry=Retry(NoBackoff(), 1), **AGAIN, **settings)
