"""Plain REST, as in Rasa's documentation, for integrators and tests.

The caller names the conversation. So the caller has to be trusted: a program on this machine, or one that
shows the key.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from backchat.channels.guard import ChannelGuard, OnNewMessage
from backchat.channels.http import (
    MessageList,
    RequestRefused,
    add_security_headers,
    answer_errors,
    is_local,
    read_id,
    read_object,
    read_text,
)
from backchat.channels.limits import Guesses, RateLimits, limit_addresses
from backchat.channels.settings import KEY_VARIABLE, read_key
from backchat.knowledge.loader import load_knowledge

LONGEST_SENDER = 200
OTHERS_SENDERS = ("web:", "slack:", "telegram:")
"""How the conversations of the other channels begin: they belong to whom those channels know."""

PER_SESSION, PER_ADDRESS = "1200/minute", "20000/minute"


class Door:
    """Lets in who shows the key, or where there is none a program on this machine."""

    def __init__(self, key: str | None) -> None:
        """Takes the key.

        Raises:
            ChannelConfigurationError: The environment gives a limit for guesses that can't be used.
        """
        self._key = key
        self._guesses = Guesses()

    def admit(self, request: Request) -> None:
        """Refuses strangers.

        Args:
            request: What somebody asks.

        Raises:
            RequestRefused: It is a stranger, or somebody who guessed too often.
        """
        if self._key is None:
            if not is_local(request):
                raise RequestRefused(
                    f"Beyond its own machine the server answers here only with {KEY_VARIABLE}.", status=401
                )
            return
        with self._guesses.counted(request):
            self._check_key(request, self._key)

    @staticmethod
    def _check_key(request: Request, key: str) -> None:
        if not hmac.compare_digest((request.token or "").encode(errors="replace"), key.encode()):
            raise RequestRefused("The key is not valid.", 401, {"WWW-Authenticate": "Bearer"})


class RestChannel(InputChannel):
    """Answers `POST /webhooks/rest/webhook` with the list of messages that the bot says."""

    def __init__(
        self, wording: Mapping[str, str], key: str | None = None, limits: RateLimits | None = None
    ) -> None:
        """Takes what the channel works with.

        Args:
            wording: `Knowledge.wording`.
            key: What a caller has to show; without one only programs on this machine are let in.
            limits: How often a caller may ask.
        """
        self._wording = wording
        self._door = Door(key)
        self._limits = limits or RateLimits(PER_SESSION, PER_ADDRESS)

    @classmethod
    def name(cls) -> str:
        """The name by which Rasa knows the channel, and its place below `/webhooks/`."""
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> RestChannel:  # noqa: ARG003
        """Builds the channel; its key is in the environment, and nothing in `credentials.yml`."""
        return cls(load_knowledge().wording, read_key(os.environ))

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Builds the routes below `/webhooks/rest`."""
        routes = Blueprint("rest_channel")
        guard = ChannelGuard(on_new_message, self._wording)
        answer_errors(routes)
        add_security_headers(routes)
        limit_addresses(routes, self._limits)

        @routes.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            self._door.admit(request)
            message = self._read_message(await read_object(request))
            self._limits.count_message(message.sender_id)
            await guard.handle(message)
            return response.json(message.output_channel.messages)

        return routes

    def _read_message(self, content: dict[str, Any]) -> UserMessage:
        sender = read_id(content, "sender", LONGEST_SENDER)
        if sender.casefold().startswith(OTHERS_SENDERS):
            raise RequestRefused('"sender" must not begin with the name of another channel.')
        metadata = content.get("metadata")
        if metadata is not None and not isinstance(metadata, dict):
            raise RequestRefused('"metadata" must be an object.')
        text = read_text(content, "message")
        return UserMessage(text, MessageList(), sender, input_channel=self.name(), metadata=metadata)
