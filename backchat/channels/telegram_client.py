"""Says things on Telegram, over its Bot API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from backchat.channels import telegram_messages
from backchat.channels.platform import Call, Offer, Place, Platform, RefusedError, UnavailableError
from backchat.channels.said import Part
from backchat.channels.settings import TelegramSettings

SEND, ACKNOWLEDGE = "sendMessage", "answerCallbackQuery"
EDIT_TEXT, EDIT_KEYBOARD = "editMessageText", "editMessageReplyMarkup"
SECONDS_TO_ANSWER = 15
MOST_IN_NOTE = 200
TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500
TOKEN_ERRORS = (401, 404)
"""What is answered to a token that is not valid; that is the operator's to put right."""

WEBHOOK = "/webhooks/telegram/webhook"
UPDATE_KINDS = ("message", "edited_message", "callback_query")
"""What is asked of Telegram. Anything else that comes all the same is left alone."""

_ADDRESS = re.compile(r"https://[^\s/?#]+(/[^\s?#]*)?")


def webhook_address(url: str) -> str:
    """Gives the address that Telegram sends updates to.

    Args:
        url: Where the server is reached from outside, with the route of the channel or without.

    Returns:
        The address with the route.

    Raises:
        ValueError: It is no address that Telegram takes.
    """
    if not _ADDRESS.fullmatch(url):
        raise ValueError("Telegram sends to https addresses alone, such as https://backchat.example.org")
    return f"{url.rstrip('/').removesuffix(WEBHOOK)}{WEBHOOK}"


class TelegramApi:
    """The Bot API, as far as it is needed here."""

    def __init__(self, settings: TelegramSettings) -> None:
        """Takes the bot's token, and where the Bot API is."""
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Makes the session that all calls use; it connects with the first."""
        timeout = aiohttp.ClientTimeout(total=SECONDS_TO_ANSWER)
        self._session = aiohttp.ClientSession(timeout=timeout, trust_env=True)

    async def close(self) -> None:
        """Closes the session."""
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, arguments: Mapping[str, Any]) -> Any:
        """Calls a method.

        Args:
            method: Its name.
            arguments: What goes with it.

        Returns:
            Its result.

        Raises:
            UnavailableError: It can't be done now.
            RefusedError: It can't be done.
        """
        if self._session is None:
            raise UnavailableError("not open")
        url = f"{self._settings.api_url}bot{self._settings.token}/{method}"
        try:
            async with self._session.post(url, json=dict(arguments)) as answer:
                content = await answer.json(content_type=None)
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # Its message may hold the address, and so the token.
            raise UnavailableError(type(error).__name__) from None
        if not isinstance(content, dict):
            raise UnavailableError(f"no answer that can be read ({status})")
        if content.get("ok") is not True:
            raise _explain(status, content)
        return content.get("result")


async def set_webhook(settings: TelegramSettings, url: str) -> None:
    """Tells Telegram where to send updates, and with which secret.

    Args:
        settings: The bot's token and the secret.
        url: The address of the channel's route, as Telegram reaches it.

    Raises:
        UnavailableError: It can't be done now.
        RefusedError: It can't be done.
    """
    secret, kinds = settings.webhook_secret, list(UPDATE_KINDS)
    api = TelegramApi(settings)
    await api.open()
    try:
        await api.call("setWebhook", {"url": url, "secret_token": secret, "allowed_updates": kinds})
    finally:
        await api.close()


class TelegramPlatform(Platform):
    """Telegram, as one bot sees it."""

    name = "telegram"

    def __init__(self, settings: TelegramSettings, wording: Mapping[str, str]) -> None:
        """Takes what it works with.

        Args:
            settings: The bot's token, and where the Bot API is.
            wording: `Knowledge.wording`.
        """
        self._api = TelegramApi(settings)
        self._wording = wording

    async def open(self) -> None:
        """Gets ready to call."""
        await self._api.open()

    async def close(self) -> None:
        """Lets go of all connections."""
        await self._api.close()

    async def send(self, call: Call) -> str | None:
        """Makes a call."""
        result = await self._api.call(call.method, call.arguments)
        return str(result["message_id"]) if isinstance(result, dict) and "message_id" in result else None

    def say(self, place: Place, parts: Sequence[Part], ref: str) -> tuple[list[Call], Offer | None]:
        """Says a turn: a message for each part, with the keyboard of the question below it."""
        calls: list[Call] = []
        offer = None
        for part in parts:
            shown = telegram_messages.messages(part)
            posts = [Call(SEND, {"chat_id": place["chat"], **message}) for message in shown]
            if part.prompt is not None:
                offer = Offer(ref, part.prompt, shown[-1])
                posts[-1] = Call(SEND, {**posts[-1].arguments, **self._keyboard(offer)}, ref)
            calls += posts
        return calls, offer

    def notify(self, place: Place, text: str) -> list[Call]:
        """Says something in the chat."""
        return [Call(SEND, {"chat_id": place["chat"], "text": text})]

    def acknowledge(self, place: Place, text: str | None = None) -> list[Call]:
        """Ends the button's waiting, with words that pop up where the click did nothing."""
        words = {"text": text[:MOST_IN_NOTE], "show_alert": True} if text else {}
        return [Call(ACKNOWLEDGE, {"callback_query_id": place["query"], **words})]

    def redraw(self, place: Place, offer: Offer) -> list[Call]:
        """Shows on the buttons which options are ticked."""
        if offer.message is None:
            return []
        return [Call(EDIT_KEYBOARD, {**_posted(place, offer), **self._keyboard(offer)})]

    def conclude(self, place: Place, offer: Offer, answer: str | None) -> list[Call]:
        """Takes the keyboard away, and adds to the question what was picked."""
        words = answer and f"{offer.shown['text']}\n\n{self._wording['you_answered']} {answer}"
        if not words or telegram_messages.length(words) > telegram_messages.MOST_IN_MESSAGE:
            return [Call(EDIT_KEYBOARD, {**_posted(place, offer), "reply_markup": {"inline_keyboard": []}})]
        return [Call(EDIT_TEXT, {**_posted(place, offer), **offer.shown, "text": words})]

    def plainer(self, call: Call) -> Call | None:
        """Leaves the keyboard and what stands out away from a message."""
        plain = {key: call.arguments[key] for key in ("chat_id", "text") if key in call.arguments}
        return Call(SEND, plain) if call.method == SEND and plain != call.arguments else None

    def _keyboard(self, offer: Offer) -> dict[str, Any]:
        return {"reply_markup": telegram_messages.keyboard(offer, self._wording["done"])}


def _posted(place: Place, offer: Offer) -> dict[str, Any]:
    return {"chat_id": place["chat"], "message_id": int(offer.message or 0)}


def _explain(status: int, content: Mapping[str, Any]) -> UnavailableError | RefusedError:
    """Tells whether a call may succeed later."""
    reason = f"{content.get('description', 'no reason')} ({status})"
    if status == TOO_MANY_REQUESTS:
        parameters = content.get("parameters") or {}
        return UnavailableError(reason, parameters.get("retry_after"))
    if status >= SERVER_ERROR or status in TOKEN_ERRORS:
        return UnavailableError(reason)
    return RefusedError(reason)
