"""Tells pages that follow a conversation on another process what happens in it, over Redis."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

from backchat.channels.guard import describe
from backchat.channels.shared_redis import open_redis

logger = logging.getLogger(__name__)

CHANNEL = "backchat:happenings"
MOST_WAITING = 1_000
"""While Redis is slow no more than this waits for it."""
SECONDS_TO_TRY_AGAIN = 1.0
SECONDS_BETWEEN_LOOKS = 15
"""After so long without a word Redis is asked whether it is still there."""

Hear = Callable[[str, str, dict[str, Any]], None]


class Relay:
    """Passes on what happens. It is never stored, and lost where nobody listens."""

    def __init__(self, url: str, hear: Hear, miss: Callable[[], None]) -> None:
        """Takes what it works with; Redis is not asked for anything yet.

        Args:
            url: Where Redis is.
            hear: Told of what happens on other processes: the conversation, the name of it, and its data.
            miss: Called when something may have been missed.
        """
        self._redis = open_redis(url, health_check_interval=SECONDS_BETWEEN_LOOKS)
        self._hear = hear
        self._miss = miss
        self._own_name = secrets.token_hex(8)
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)

    def tell(self, sender: str, name: str, data: dict[str, Any]) -> None:
        """Tells the other processes of something, as soon as Redis takes it.

        Args:
            sender: The conversation.
            name: What happens.
            data: What belongs to it.
        """
        told = {"from": self._own_name, "sender": sender, "name": name, "data": data}
        try:
            self._waiting.put_nowait(json.dumps(told))
        except asyncio.QueueFull:
            logger.error("Redis is too slow: other processes are not told what happens")

    async def run(self) -> None:
        """Tells and hears until it is cancelled."""
        try:
            await asyncio.gather(self._send(), self._listen())
        finally:
            await self._redis.close()

    async def _send(self) -> None:
        while True:
            told = await self._waiting.get()
            try:
                await self._redis.publish(CHANNEL, told)
            except RedisError as error:
                logger.error("Other processes are not told what happens: %s", describe(error))

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as heard:
                    await heard.subscribe(CHANNEL)
                    self._miss()
                    while True:
                        self._pass_on(await heard.get_message(timeout=SECONDS_BETWEEN_LOOKS))
            except RedisError as error:
                logger.error("Nothing is heard from other processes: %s", describe(error))
            await asyncio.sleep(SECONDS_TO_TRY_AGAIN)

    def _pass_on(self, message: dict[str, Any] | None) -> None:
        if message is None:
            return
        try:
            told = json.loads(message["data"])
            source, what = told["from"], (told["sender"], told["name"], told["data"])
        except (ValueError, TypeError, LookupError) as error:
            logger.error("What another process tells can't be read: %s", describe(error))
            return
        if source != self._own_name:
            self._hear(*what)
