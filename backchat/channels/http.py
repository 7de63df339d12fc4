"""What the channels that speak HTTP share: reading a request, answering an error, collecting the messages."""

from __future__ import annotations

import json
import logging
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel
from sanic import Blueprint, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024


class RequestRefused(SanicException):
    """A request can't be used. The reason repeats nothing of what was sent."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason, status_code=status, quiet=True)


class MessageList(CollectingOutputChannel):
    """Collects a turn's messages for one HTTP answer, each text in one piece and in its place."""

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:  # noqa: ARG002
        """Keeps the text whole, where Rasa would make a message of each paragraph."""
        await self._persist_message(self._message(recipient_id, text=text.strip()))


async def read_body(request: Request) -> bytes:
    """Reads the body of a request to a streaming route, and stops where it gets too long.

    Args:
        request: The request, its body not read yet.

    Returns:
        The body.

    Raises:
        RequestRefused: The body is larger than `MAX_BODY_BYTES`.
    """
    body = bytearray()
    async for chunk in request.stream:
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise RequestRefused(f"The body is larger than {MAX_BODY_BYTES} bytes.", status=413)
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
    try:
        content = json.loads(await read_body(request))
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


def answer_errors(blueprint: Blueprint) -> None:
    """Makes a blueprint answer every error as `{"error": reason}`, without a trace or the person's words.

    Args:
        blueprint: The blueprint of a channel.
    """

    @blueprint.exception(RequestRefused)
    async def refused(_: Request, error: RequestRefused) -> HTTPResponse:
        return response.json({"error": str(error)}, status=error.status_code)

    @blueprint.exception(Exception)
    async def failed(request: Request, error: Exception) -> HTTPResponse:
        status = getattr(error, "status_code", 500)
        logger.error("%s %s failed: %s", request.method, request.path, type(error).__qualname__)
        return response.json({"error": "The request failed."}, status=status)
