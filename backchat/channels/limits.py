"""How often anybody may ask: counted for each conversation, and for each address that asks."""

from __future__ import annotations

import math
import os
import time
from ipaddress import ip_address, ip_network

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sanic.request import Request

from backchat.channels.http import RequestRefused

SESSION_VARIABLE = "BACKCHAT_RATE_PER_SESSION"
ADDRESS_VARIABLE = "BACKCHAT_RATE_PER_ADDRESS"

IPV6_NETWORK = 64
"""So many bits of an IPv6 address name one home; the others its owner chooses."""


class LimitsError(RasaException):
    """The environment gives a limit that can't be used."""


class TooManyRequests(RequestRefused):
    """Somebody asks too often; it is told when they may ask again."""

    def __init__(self, seconds: int) -> None:
        reason = f"Too many requests. Try again in {seconds} seconds."
        super().__init__(reason, status=429, headers={"Retry-After": str(seconds)})


class RateLimits:
    """Counts what is asked, in the memory of this process.

    The limits are written as `limits` reads them, such as "60/minute" or "10/second;1000/day".
    """

    def __init__(self, per_session: str, per_address: str) -> None:
        """Takes the limits; the environment's come first.

        Args:
            per_session: How many messages a conversation may have in a time.
            per_address: How many requests may come from an address in a time.

        Raises:
            LimitsError: The environment gives one that can't be used.
        """
        self._session = _read(SESSION_VARIABLE, per_session)
        self._address = _read(ADDRESS_VARIABLE, per_address)
        self._counted = FixedWindowRateLimiter(MemoryStorage())

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
            if not self._counted.hit(item, kind, who):
                reset = self._counted.get_window_stats(item, kind, who).reset_time
                raise TooManyRequests(max(math.ceil(reset - time.time()), 1))


def limit_addresses(routes: Blueprint, limits: RateLimits) -> None:
    """Makes a blueprint refuse addresses that ask too often, before it looks at what they ask.

    Args:
        routes: The blueprint of a channel.
        limits: What counts the requests.
    """

    @routes.middleware("request")
    async def count(request: Request) -> None:
        limits.count_request(request.remote_addr or request.ip)


def _read(variable: str, default: str) -> list[RateLimitItem]:
    try:
        return list(parse_many(os.environ.get(variable) or default))
    except ValueError:
        raise LimitsError(f'{variable} must be written like "60/minute" or "10/second;1000/day".') from None


def _owner(address: str) -> str:
    try:
        ip = ip_address(address.strip("[]"))
    except ValueError:
        return address
    return str(ip_network((ip, IPV6_NETWORK), strict=False)) if ip.version == 6 else str(ip)  # noqa: PLR2004
