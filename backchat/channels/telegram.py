"""Telegram: the updates that its Bot API sends, at `/webhooks/telegram/webhook`."""

from __future__ import annotations

import hmac
from typing import Any

from pydantic import BaseModel, Extra, Field, ValidationError
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from backchat.channels.guard import OnNewMessage
from backchat.channels.http import MAX_MESSENGER_BYTES, RequestRefused, answer_errors, parse_object, read_body
from backchat.channels.limits import Guesses
from backchat.channels.messenger import MakeMessenger
from backchat.channels.platform import Click, Deed, Incoming
from backchat.channels.settings import TelegramSettings
from backchat.channels.telegram_messages import read_data

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 (where it is, not what it is)
PRIVATE = "private"
LARGEST_ID = 2**52

NO_TEXT = {
    *("animation", "audio", "contact", "dice", "document", "game", "location", "paid_media"),
    *("photo", "poll", "sticker", "story", "venue", "video", "video_note", "voice"),
}
"""What a person sends that is no text; anything else without a text is Telegram's own."""

_NOTHING_OFFERED = Click("", Deed.PICK)


class TelegramChannel(InputChannel):
    """Takes what Telegram sends, once it is proven to come from Telegram."""

    def __init__(self, settings: TelegramSettings, messenger: MakeMessenger) -> None:
        """Takes what the channel works with.

        Args:
            settings: The secret that Telegram sends.
            messenger: Makes what answers.
        """
        self._secret = settings.webhook_secret.encode()
        self._messenger = messenger
        self._guesses = Guesses()

    @classmethod
    def name(cls) -> str:
        """The name by which Rasa knows the channel, and its place below `/webhooks/`."""
        return "telegram"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Builds the routes below `/webhooks/telegram`."""
        routes = Blueprint("telegram_channel")
        messenger = self._messenger(on_new_message)
        messenger.attach(routes)
        answer_errors(routes)

        @routes.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            with self._guesses.counted(request):
                self._verify(request)
            incoming = read_update(parse_object(await read_body(request, MAX_MESSENGER_BYTES)))
            if incoming is not None:
                await messenger.receive(incoming)
            return response.empty(status=200)

        return routes

    def _verify(self, request: Request) -> None:
        """Makes sure that the request holds what only Telegram was told."""
        sent = request.headers.get(SECRET_HEADER, "").encode(errors="replace")
        if not hmac.compare_digest(sent, self._secret):
            raise RequestRefused("The request is not from Telegram.", status=401)


class _Person(BaseModel):
    id: int = Field(ge=1, le=LARGEST_ID)
    is_bot: bool = False


class _Chat(BaseModel):
    id: int = Field(ge=-LARGEST_ID, le=LARGEST_ID)
    type: str


class _Message(BaseModel):
    """A message. What else is in it tells what it is."""

    class Config:
        extra = Extra.allow

    chat: _Chat
    person: _Person = Field(alias="from")
    text: str | None = None
    caption: str | None = None


class _Query(BaseModel):
    """A click, as far as it matters here. Its message is missing where it is old."""

    id: str = Field(min_length=1, max_length=100)
    person: _Person = Field(alias="from")
    data: str = ""


class _Update(BaseModel):
    """An update of a kind that was asked for."""

    update_id: int = Field(ge=0, le=LARGEST_ID)
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _Query | None = None


def read_update(content: dict[str, Any]) -> Incoming | None:
    """Reads an update.

    Args:
        content: The body of a request.

    Returns:
        What a person sends; nothing where nobody expects an answer.
    """
    try:
        update = _Update.parse_obj(content)
    except ValidationError:
        return None
    if update.callback_query is not None:
        return _read_query(update.update_id, update.callback_query)
    message = update.message or update.edited_message
    if message is None or message.person.is_bot:
        return None
    return _read_message(update.update_id, message, update.message is None)


def _read_query(number: int, query: _Query) -> Incoming:
    """Reads a click. It is answered where the person is alone with the bot: that chat has the person's id."""
    place = {"chat": query.person.id, "query": query.id}
    click = read_data(query.data) or _NOTHING_OFFERED
    return Incoming(str(number), _sender(query.person), number, place, click=click)


def _read_message(number: int, message: _Message, was_changed: bool) -> Incoming | None:
    text: str | None = None
    notice: str | None = None
    if message.chat.type != PRIVATE:
        notice = "talk_in_private" if (message.text or "").startswith("/") else None
    elif was_changed:
        notice = "cant_see_changes"
    else:
        text = message.text or message.caption or ""
        notice = "only_text" if NO_TEXT & message.__fields_set__ else None
    if not text and notice is None:
        return None
    place = {"chat": message.chat.id}
    return Incoming(str(number), _sender(message.person), number, place, notice, text or None)


def _sender(person: _Person) -> str:
    return f"telegram:{person.id}"
