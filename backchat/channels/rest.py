"""Plain REST, as in Rasa's documentation, for integrators and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from backchat.channels.guard import ChannelGuard, OnNewMessage
from backchat.channels.http import MessageList, RequestRefused, answer_errors, read_id, read_object, read_text
from backchat.channels.sessions import SENDER_PREFIX
from backchat.knowledge.loader import load_knowledge

LONGEST_SENDER = 200


class RestChannel(InputChannel):
    """Answers `POST /webhooks/rest/webhook` with the list of messages that the bot says."""

    def __init__(self, wording: Mapping[str, str]) -> None:
        """Takes the wording.

        Args:
            wording: `Knowledge.wording`.
        """
        self._wording = wording

    @classmethod
    def name(cls) -> str:
        """The name by which Rasa knows the channel, and its place below `/webhooks/`."""
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> RestChannel:  # noqa: ARG003
        """Builds the channel; it has no settings in `credentials.yml`."""
        return cls(load_knowledge().wording)

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Builds the routes below `/webhooks/rest`."""
        routes = Blueprint("rest_channel")
        guard = ChannelGuard(on_new_message, self._wording)
        answer_errors(routes)

        @routes.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            message = self._read_message(await read_object(request))
            await guard.handle(message)
            return response.json(message.output_channel.messages)

        return routes

    def _read_message(self, content: dict[str, Any]) -> UserMessage:
        sender = read_id(content, "sender", LONGEST_SENDER)
        if sender.casefold().startswith(SENDER_PREFIX):
            raise RequestRefused(f'"sender" must not begin with "{SENDER_PREFIX}".')
        metadata = content.get("metadata")
        if metadata is not None and not isinstance(metadata, dict):
            raise RequestRefused('"metadata" must be an object.')
        text = read_text(content, "message")
        return UserMessage(text, MessageList(), sender, input_channel=self.name(), metadata=metadata)
