"""What the channels that speak HTTP share: reading a request, answering an error, collecting the messages."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel
from sanic import Blueprint, Sanic, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from backchat.metrics import REQUESTS_FAILED

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024
MAX_MESSENGER_BYTES = 1024 * 1024
"""What a messenger may send: 40,000 characters, twice over as Slack does, in the longest encoding."""
SERVER_ERROR = 500

IS_PUBLIC = "BACKCHAT_IS_PUBLIC"
"""The setting of the app that says whether it listens beyond this machine."""

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

# A browser names the page that asks, a proxy whom it asks for.
_FOR_SOMEBODY_ELSE = ("Origin", "Forwarded", "Via", "X-Forwarded-For", "X-Real-IP")


class RequestRefused(SanicException):
    """A request can't be used. The reason repeats nothing of what was sent."""

    def __init__(self, reason: str, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason, status_code=status, quiet=True)
        self.headers = dict(headers or {})


class MessageList(CollectingOutputChannel):
    """Collects a turn's messages for one HTTP answer, each text in one piece and in its place."""

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:  # noqa: ARG002
        """Keeps the text whole, where Rasa would make a message of each paragraph."""
        await self._persist_message(self._message(recipient_id, text=text.strip()))


async def read_body(request: Request, most: int = MAX_BODY_BYTES) -> bytes:
    """Reads the body of a request to a streaming route, and stops where it gets too long.

    Args:
        request: The request, its body not read yet.
        most: How many bytes it may have.

    Returns:
        The body.

    Raises:
        RequestRefused: The body is larger than that.
    """
    body = bytearray()
    async for chunk in request.stream:
        body += chunk
        if len(body) > most:
            raise RequestRefused(f"The body is larger than {most} bytes.", status=413)
    return bytes(body)


async def read_object(request: Request) -> dict[str, Any]:
    """Reads the body of a request to a streaming route as a JSON object.

    Args:
        request: The request, its body not read yet.

    Returns:
        The object.

    Raises:
        RequestRefused: The body is larger than `MAX_BODY_BYTES` or is no JSON object.
    """
    return parse_object(await read_body(request))


def parse_object(body: bytes) -> dict[str, Any]:
    """Reads a body as a JSON object.

    Args:
        body: The body of a request.

    Returns:
        The object.

    Raises:
        RequestRefused: It is no JSON object.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestRefused("The body is not JSON.") from None
    if not isinstance(content, dict):
        raise RequestRefused("The body is not a JSON object.")
    return content


def read_text(content: dict[str, Any], key: str) -> str:
    """Reads a text from a request's object.

    Args:
        content: The object.
        key: Where the text is.

    Returns:
        The text as it was sent.

    Raises:
        RequestRefused: It is missing or is no text.
    """
    text = content.get(key)
    if not isinstance(text, str):
        raise RequestRefused(f'"{key}" must be a text.')
    return text


def read_id(content: dict[str, Any], key: str, longest: int) -> str:
    """Reads an identifier from a request's object.

    Args:
        content: The object.
        key: Where the identifier is.
        longest: How many characters it may have.

    Returns:
        The identifier as it was sent.

    Raises:
        RequestRefused: It is missing, is no text, is empty or too long, or has characters that can't be seen.
    """
    identifier = read_text(content, key)
    if not identifier.strip() or len(identifier) > longest or not identifier.isprintable():
        raise RequestRefused(f'"{key}" must be 1 to {longest} visible characters.')
    return identifier


def is_local(request: Request) -> bool:
    """Tells whether a program on this machine asks for itself, of a server that listens to no others.

    Args:
        request: The request.
    """
    if request.app.config.get(IS_PUBLIC, False) or any(h in request.headers for h in _FOR_SOMEBODY_ELSE):
        return False
    return is_loopback(request.ip)


def is_loopback(address: str) -> bool:
    """Tells whether an address is one of this machine that no other can reach.

    Args:
        address: An IP address.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return (mapped or ip).is_loopback


def answer_errors(routes: Blueprint | Sanic) -> None:
    """Makes routes answer every error as `{"error": reason}`, without a trace or the person's words.

    Args:
        routes: The blueprint of a channel, or the app for whatever is in no blueprint.
    """

    @routes.exception(RequestRefused)
    async def refused(_: Request, error: RequestRefused) -> HTTPResponse:
        return response.json({"error": str(error)}, status=error.status_code, headers=error.headers)

    @routes.exception(Exception)
    async def failed(request: Request, error: Exception) -> HTTPResponse:
        status = getattr(error, "status_code", 500)
        if status >= SERVER_ERROR:
            REQUESTS_FAILED.inc()
            logger.error("%s %s failed: %s", request.method, request.uri_template, type(error).__qualname__)
        return response.json({"error": "The request failed."}, status=status)


def add_security_headers(routes: Blueprint | Sanic) -> None:
    """Makes all answers forbid what a browser has no need to do with them, where they don't say themselves.

    Args:
        routes: The blueprint of a channel, or the app.
    """

    @routes.middleware("response")
    async def secure(_: Request, answer: HTTPResponse) -> None:
        answer.headers.update({**SECURITY_HEADERS, **answer.headers})
