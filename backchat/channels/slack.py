"""Slack: what its Events API and its buttons send, at `/webhooks/slack/webhook`."""

from __future__ import annotations

import hashlib
import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs

from pydantic import BaseModel, Field, ValidationError
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from slack_sdk.signature import SignatureVerifier

from backchat.channels.guard import OnNewMessage
from backchat.channels.http import MAX_MESSENGER_BYTES, RequestRefused, answer_errors, parse_object, read_body
from backchat.channels.limits import Guesses
from backchat.channels.messenger import MakeMessenger
from backchat.channels.platform import Click, Deed, Incoming
from backchat.channels.settings import SlackSettings

PERSONAL = (None, "file_share", "me_message", "thread_broadcast")
"""The kinds of message that a person writes."""
FORM = "application/x-www-form-urlencoded"

_ID = r"^[A-Za-z0-9_-]{1,64}$"
_EVENT_ID = r"^[!-~]{1,200}$"
_TIMESTAMP = re.compile(r"(\d{1,12})\.(\d{6})")
_MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_NUMBER = re.compile(r"[0-9]{1,3}")
_OFFERED = re.compile(r"([0-9a-f]+)(?::ticks)?")


class SlackChannel(InputChannel):
    """Takes what Slack sends, once it is proven to come from Slack."""

    def __init__(self, settings: SlackSettings, messenger: MakeMessenger) -> None:
        """Takes what the channel works with.

        Args:
            settings: The secret that Slack signs with.
            messenger: Makes what answers.
        """
        self._verifier = SignatureVerifier(settings.signing_secret)
        self._messenger = messenger
        self._guesses = Guesses()

    @classmethod
    def name(cls) -> str:
        """The name by which Rasa knows the channel, and its place below `/webhooks/`."""
        return "slack"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Builds the routes below `/webhooks/slack`."""
        routes = Blueprint("slack_channel")
        messenger = self._messenger(on_new_message)
        messenger.attach(routes)
        answer_errors(routes)

        @routes.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            with self._guesses.counted(request):
                body = await read_body(request, MAX_MESSENGER_BYTES)
                self._verify(request, body)
            if request.headers.get("content-type", "").partition(";")[0].strip() == FORM:
                incoming = read_interaction(body)
            else:
                content = parse_object(body)
                if content.get("type") == "url_verification":
                    return response.json({"challenge": content.get("challenge")})
                incoming = read_event(content)
            if incoming is not None:
                await messenger.receive(incoming)
            return response.empty(status=200)

        return routes

    def _verify(self, request: Request, body: bytes) -> None:
        """Makes sure that Slack has signed the request, in the last five minutes."""
        timestamp = request.headers.get("x-slack-request-timestamp")
        signature = request.headers.get("x-slack-signature")
        try:
            signed = self._verifier.is_valid(body, timestamp, signature)
        except (ArithmeticError, ValueError, TypeError):  # what no timestamp or signature can be, or no text
            signed = False
        if not signed:
            raise RequestRefused("The request is not signed by Slack.", status=401)


class _Message(BaseModel):
    """A message, as far as it matters here."""

    type: str = ""
    subtype: str | None = None
    channel: str = ""
    channel_type: str | None = None
    user: str | None = Field(None, regex=_ID)
    bot_id: str | None = None
    text: str = ""
    ts: str = ""
    thread_ts: str | None = None
    files: list[dict[str, Any]] = []
    edited: dict[str, Any] | None = None


class _MessageEvent(_Message):
    """A message, or that one was changed."""

    message: _Message | None = None
    previous_message: _Message | None = None


class _Envelope(BaseModel):
    """An event and what is around it."""

    event_id: str = Field(regex=_EVENT_ID)
    event: _MessageEvent


class _Named(BaseModel):
    id: str = Field(regex=_ID)


class _Chosen(BaseModel):
    value: str


class _Action(BaseModel):
    """What was done with an element."""

    block_id: str
    action_id: str
    action_ts: str
    value: str | None = None
    selected_option: _Chosen | None = None


class _Ticked(BaseModel):
    """The state of an element; only boxes have these options."""

    selected_options: list[_Chosen] = []


class _State(BaseModel):
    values: dict[str, dict[str, _Ticked]] = {}


class _Interaction(BaseModel):
    """A click, as far as it matters here."""

    user: _Named
    channel: _Named
    actions: list[_Action]
    state: _State = _State()


def read_event(content: dict[str, Any]) -> Incoming | None:
    """Reads an event.

    Args:
        content: The body of a request of the Events API.

    Returns:
        What a person sends; nothing where nobody expects an answer.
    """
    try:
        envelope = _Envelope.parse_obj(content)
    except ValidationError:
        return None
    event = envelope.event
    if event.type == "app_mention" and _is_by_person(event):
        place = {
            "channel": event.channel,
            "user": event.user,
            "thread": event.thread_ts,
            "public": True,
        }
        return _incoming(envelope, event, place, notice="talk_in_private")
    if event.type != "message" or event.channel_type != "im":
        return None
    if event.subtype == "message_changed" and _is_changed_by_person(event):
        changed = event.message or event
        return _incoming(envelope, changed, _direct(event.channel, changed.user), notice="cant_see_changes")
    if event.subtype not in PERSONAL or not _is_by_person(event):
        return None
    text = plain_text(event.text)
    only_text = "only_text" if event.files or not text.strip() else None
    return _incoming(envelope, event, _direct(event.channel, event.user), only_text, text or None)


def read_interaction(body: bytes) -> Incoming | None:
    """Reads a click.

    Args:
        body: The body of a request about something interactive.

    Returns:
        What a person sends; nothing where nobody expects an answer.
    """
    try:
        payload = json.loads(parse_qs(body.decode())["payload"][0])
        if payload["type"] != "block_actions":
            return None
        interaction = _Interaction.parse_obj(payload)
        action = interaction.actions[0]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    click = _click(action, interaction.state)
    position = _position(action.action_ts)
    if click is None or position is None:
        return None
    # A click has no id of its own. The same body is the same click.
    key = hashlib.sha256(body).hexdigest()
    place = _direct(interaction.channel.id, interaction.user.id)
    return Incoming(key, _sender(interaction.user.id), position, place, click=click)


def plain_text(text: str) -> str:
    """Gives a message as it was written: without Slack's marks for links, mentions and special characters."""
    return unescape(_MARKUP.sub(_unmark, text))


def _unmark(found: re.Match[str]) -> str:
    kind, target, label = found.groups()
    if label is not None:
        return label
    return "" if kind else target


def _click(action: _Action, state: _State) -> Click | None:
    """Reads what was done; ticking a box is nothing yet."""
    offered = _OFFERED.fullmatch(action.block_id)
    deed = action.action_id.partition(":")[0]
    if offered is None or deed not in (Deed.PICK.value, Deed.DONE.value):
        return None
    ref = offered[1]
    if deed == Deed.PICK.value:
        chosen = action.selected_option.value if action.selected_option else action.value
        values = [chosen or ""]
    else:
        boxes = state.values.get(f"{ref}:ticks", {}).values()
        values = [option.value for box in boxes for option in box.selected_options]
    return Click(ref, Deed(deed), tuple(map(_option, values)))


def _option(value: str) -> int:
    """Reads the number of an option. What is none counts as an option that is not there."""
    return int(value) if _NUMBER.fullmatch(value) else -1


def _incoming(
    envelope: _Envelope,
    message: _Message,
    place: dict[str, Any],
    notice: str | None = None,
    text: str | None = None,
) -> Incoming | None:
    position = _position(message.ts)
    if position is None or not message.user:
        return None
    return Incoming(envelope.event_id, _sender(message.user), position, place, notice, text)


def _is_by_person(message: _Message) -> bool:
    return bool(message.user) and not message.bot_id and message.user != "USLACKBOT"


def _is_changed_by_person(event: _MessageEvent) -> bool:
    """Tells whether a person has written something else; a link that unfolds changes a message as well."""
    after, before = event.message, event.previous_message
    if after is None or not _is_by_person(after) or after.edited is None:
        return False
    return before is None or before.text != after.text


def _direct(channel: str, user: str | None) -> dict[str, Any]:
    return {"channel": channel, "user": user}


def _sender(user: str) -> str:
    return f"slack:{user}"


def _position(timestamp: str) -> int | None:
    """Gives a time of Slack in millionths of a second, in which no two of its times are the same."""
    found = _TIMESTAMP.fullmatch(timestamp)
    return int("".join(found.groups())) if found else None
