"""How often anybody may ask: counted for each conversation, and for each address that asks."""

from __future__ import annotations

import hashlib
import logging
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network

from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from sanic import Blueprint
from sanic.request import Request

from backchat.channels.http import RequestRefused
from backchat.channels.settings import (
    ADDRESS_VARIABLE,
    GUESSES_VARIABLE,
    SESSION_VARIABLE,
    read_rate,
    read_redis_url,
)
from backchat.channels.shared_redis import BLOCKING_AGAIN

logger = logging.getLogger(__name__)

GUESSES = "30/minute"
"""So often an address may show a key, a token or a signature that is wrong."""
UNAUTHORISED = 401
SECONDS_TO_COUNT = 0.2
"""So long Redis may take to count. Everybody waits for it: to count in each process is better than that."""
SECONDS_ALONE = 15.0
"""So long Redis is not asked again once it did not answer: everybody would wait for it each time."""
SECONDS_SET = 5.0
"""A clock that is off by more than this since it was last looked at was set."""
IPV6_NETWORK = 64
"""So many bits of an IPv6 address name one home; the others its owner chooses."""


class TooManyRequests(RequestRefused):
    """Somebody asks too often; it is told when they may ask again.

    Attributes:
        until: When that is.
    """

    def __init__(self, until: float) -> None:
        self.until = until
        seconds = max(math.ceil(until - time.time()), 1)
        reason = f"Too many requests. Try again in {seconds} seconds."
        super().__init__(reason, status=429, headers={"Retry-After": str(seconds)})


class RateLimits:
    """Counts what is asked.

    The limits are written as `limits` reads them, such as "60/minute" or "10/second;1000/day".
    """

    def __init__(self, per_session: str, per_address: str) -> None:
        """Takes the limits; the environment's come first.

        Args:
            per_session: How many messages a conversation may have in a time.
            per_address: How many requests may come from an address in a time.

        Raises:
            ChannelConfigurationError: The environment gives one that can't be used.
        """
        self._session = read_rate(os.environ, SESSION_VARIABLE, per_session)
        self._address = read_rate(os.environ, ADDRESS_VARIABLE, per_address)
        self._counter = _Counter()

    def count_message(self, conversation_id: str) -> None:
        """Counts a message of a conversation.

        Args:
            conversation_id: The conversation.

        Raises:
            TooManyRequests: There were too many in this time.
        """
        self._count(self._session, "session", conversation_id)

    def count_request(self, address: str) -> None:
        """Counts a request of an address.

        Args:
            address: Who asks. An IPv6 address counts with its whole network.

        Raises:
            TooManyRequests: There were too many in this time.
        """
        self._count(self._address, "address", _owner(address))

    def _count(self, items: list[RateLimitItem], kind: str, who: str) -> None:
        for item in items:
            self._counter.count(item, kind, who)


class Guesses:
    """Counts what each address shows as a key, a token or a signature and is none.

    Who has guessed too often waits, whatever they show then: else there would be no limit to guessing.
    """

    def __init__(self) -> None:
        """Takes the limit from the environment.

        Raises:
            ChannelConfigurationError: It can't be used.
        """
        self._items = read_rate(os.environ, GUESSES_VARIABLE, GUESSES)
        self._counter = _Counter()

    @contextmanager
    def counted(self, request: Request) -> Iterator[None]:
        """Counts a guess where what is done inside refuses it.

        Args:
            request: Who guesses.

        Raises:
            TooManyRequests: They did so too often.
        """
        who = _owner(address_of(request))
        for item in self._items:
            self._counter.check(item, "guess", who)
        try:
            yield
        except RequestRefused as refusal:
            if refusal.status_code == UNAUTHORISED:
                for item in self._items:
                    self._counter.note(item, "guess", who)
            raise


class _Counter:
    """Counts in Redis where processes share one; while it is gone, in the memory of this process."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._here = FixedWindowRateLimiter(self._storage)
        self._clock = _wall_clock()
        self._alone_until = 0.0
        url = read_redis_url(os.environ)
        self._shared = FixedWindowRateLimiter(_storage(url)) if url else None

    def count(self, item: RateLimitItem, kind: str, who: str) -> None:
        """Counts once more, and refuses what is more than the limit."""
        self._use(_hit, item, kind, who)

    def check(self, item: RateLimitItem, kind: str, who: str) -> None:
        """Refuses who is at the limit already, and counts nothing."""
        self._use(_test, item, kind, who)

    def note(self, item: RateLimitItem, kind: str, who: str) -> None:
        """Counts once more."""
        self._use(FixedWindowRateLimiter.hit, item, kind, who)

    def _use(self, act: Callable[..., object], item: RateLimitItem, kind: str, who: str) -> None:
        name = hashlib.sha256(who.encode()).hexdigest()  # nobody's id or address stands in Redis
        if self._shared is not None and time.monotonic() >= self._alone_until:
            try:
                act(self._shared, item, kind, name)
                return
            except StorageError:
                self._alone_until = time.monotonic() + SECONDS_ALONE
                logger.error("Redis does not answer: each process counts for itself for a while")
        self._forget_where_clock_was_set()
        act(self._here, item, kind, name)

    def _forget_where_clock_was_set(self) -> None:
        """Counts anew: what was counted to the minute of another clock could shut people out for hours."""
        clock, self._clock = self._clock, _wall_clock()
        if abs(self._clock - clock) > SECONDS_SET:
            self._storage.reset()


def _wall_clock() -> float:
    """Gives what the clock shows beside one that nobody sets."""
    return time.time() - time.monotonic()


def _hit(counted: FixedWindowRateLimiter, item: RateLimitItem, kind: str, name: str) -> None:
    if not counted.hit(item, kind, name):
        raise TooManyRequests(counted.get_window_stats(item, kind, name).reset_time)


def _test(counted: FixedWindowRateLimiter, item: RateLimitItem, kind: str, name: str) -> None:
    if not counted.test(item, kind, name):
        raise TooManyRequests(counted.get_window_stats(item, kind, name).reset_time)


def _storage(url: str) -> RedisStorage:
    return RedisStorage(
        url,
        wrap_exceptions=True,
        socket_timeout=SECONDS_TO_COUNT,
        key_prefix="backchat:limits",
        **BLOCKING_AGAIN,
    )


def address_of(request: Request) -> str:
    """Gives the address that asks, as the proxies that are believed tell it."""
    return str(request.remote_addr or request.ip)


def limit_addresses(routes: Blueprint, limits: RateLimits) -> None:
    """Makes a blueprint refuse addresses that ask too often, before it looks at what they ask.

    Args:
        routes: The blueprint of a channel.
        limits: What counts the requests.
    """

    @routes.middleware("request")
    async def count(request: Request) -> None:
        limits.count_request(address_of(request))


def _owner(address: str) -> str:
    try:
        ip = ip_address(address.strip("[]"))
    except ValueError:
        return address
    return str(ip_network((ip, IPV6_NETWORK), strict=False)) if ip.version == 6 else str(ip)  # noqa: PLR2004
