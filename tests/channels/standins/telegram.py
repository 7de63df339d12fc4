"""Telegram: its Bot API, people who chat with a bot, and the updates that it sends to the bot's webhook."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from tests.channels.standins.http_api import Answer, HttpApi, until

TOKEN = "123456:AAstand-in_token"
SECRET = "a-secret_for-the-webhook"
BOT = {"id": 123456, "is_bot": True, "first_name": "Backchat", "username": "backchat_bot"}
KINDS = ("message", "edited_message", "callback_query")

# Parameters of the methods, with their types, and whether they are required.
METHODS: dict[str, dict[str, tuple[tuple[type, ...], bool]]] = {
    "sendMessage": {
        "chat_id": ((int, str), True),
        "text": ((str,), True),
        "entities": ((list,), False),
        "reply_markup": ((dict,), False),
    },
    "editMessageText": {
        "chat_id": ((int, str), True),
        "message_id": ((int,), True),
        "text": ((str,), True),
        "entities": ((list,), False),
        "reply_markup": ((dict,), False),
    },
    "editMessageReplyMarkup": {
        "chat_id": ((int, str), True),
        "message_id": ((int,), True),
        "reply_markup": ((dict,), False),
    },
    "answerCallbackQuery": {
        "callback_query_id": ((str,), True),
        "text": ((str,), False),
        "show_alert": ((bool,), False),
    },
    "setWebhook": {
        "url": ((str,), True),
        "secret_token": ((str,), False),
        "allowed_updates": ((list,), False),
    },
}


class TelegramError(Exception):
    """An error of the Bot API."""

    def __init__(self, description: str, code: int = 400) -> None:
        super().__init__(description)
        self.code = code


class Telegram(HttpApi):
    """The Bot API, and the chats of one bot."""

    def __init__(self) -> None:
        super().__init__()
        self.webhook = ""
        self.set: dict[str, Any] = {}
        self.chats: dict[int, dict[int, dict[str, Any]]] = {}
        self.blocked: set[int] = set()
        self.waiting: dict[str, dict[str, Any] | None] = {}
        self._numbers = itertools.count(1000)

    def person(self, number: int) -> Person:
        self.chats.setdefault(number, {})
        return Person(self, number)

    def number(self) -> int:
        return next(self._numbers)

    # --- the Bot API -----------------------------------------------------------------------------------

    def handle(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", path)
        if found is None:
            return refuse("Not Found", 404)
        token, method = found.groups()
        if token != TOKEN:
            return self.answer(method, {}, lambda: refuse("Unauthorized", 401))
        if not headers.get("content-type", "").startswith("application/json"):
            return self.answer(method, {}, lambda: refuse("Bad Request: unsupported content type", 400))
        try:
            arguments = json.loads(body)
            check_arguments(method, arguments)
        except ValueError:
            return self.answer(method, {}, lambda: refuse("Bad Request: can't parse JSON", 400))
        except TelegramError as refusal:
            description, code = str(refusal), refusal.code
            return self.answer(method, {}, lambda: refuse(description, code))
        return self.answer(method, arguments, lambda: self.do(method, arguments))

    def do(self, method: str, arguments: dict[str, Any]) -> Answer:
        try:
            return Answer({"ok": True, "result": getattr(self, method)(**arguments)})
        except TelegramError as refusal:
            return refuse(str(refusal), refusal.code)

    def sendMessage(  # noqa: N802
        self,
        chat_id: int,
        text: str,
        entities: list[Any] | None = None,
        reply_markup: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        chat = self.chat(chat_id)
        check_text(text, entities)
        check_keyboard(reply_markup)
        number = self.number()
        message: dict[str, Any] = {
            "message_id": number,
            "from": BOT,
            "chat": {"id": chat_id, "type": "private"},
            "date": int(time.time()),
            "text": text,
        }
        if entities:
            message["entities"] = entities
        if reply_markup and reply_markup["inline_keyboard"]:
            message["reply_markup"] = reply_markup
        chat[number] = message
        return message

    def editMessageText(  # noqa: N802
        self,
        chat_id: int,
        message_id: int,
        text: str,
        entities: list[Any] | None = None,
        reply_markup: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        check_text(text, entities)
        return self.edit(chat_id, message_id, {"text": text, "entities": entities}, reply_markup)

    def editMessageReplyMarkup(  # noqa: N802
        self, chat_id: int, message_id: int, reply_markup: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return self.edit(chat_id, message_id, {}, reply_markup)

    def edit(
        self, chat_id: int, message_id: int, changes: dict[str, Any], reply_markup: dict[str, Any] | None
    ) -> dict[str, Any]:
        check_keyboard(reply_markup)
        message = self.chat(chat_id).get(message_id)
        if message is None:
            raise TelegramError("Bad Request: message to edit not found")
        keyboard = reply_markup if reply_markup and reply_markup["inline_keyboard"] else None
        edited = {**message, **changes, "reply_markup": keyboard}
        edited = {key: value for key, value in edited.items() if value is not None}
        if edited == message:
            raise TelegramError(
                "Bad Request: message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        self.chat(chat_id)[message_id] = edited
        return edited

    def answerCallbackQuery(  # noqa: N802
        self, callback_query_id: str, text: str = "", show_alert: bool = False
    ) -> bool:
        if callback_query_id not in self.waiting or self.waiting[callback_query_id] is not None:
            raise TelegramError(
                "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        if len(text) > 200:
            raise TelegramError("Bad Request: MESSAGE_TOO_LONG")
        self.waiting[callback_query_id] = {"text": text, "show_alert": show_alert}
        return True

    def setWebhook(  # noqa: N802
        self, url: str, secret_token: str = "", allowed_updates: list[str] | None = None
    ) -> bool:
        if not url.startswith("https://"):
            raise TelegramError("Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret_token):
            raise TelegramError("Bad Request: secret token contains unallowed characters")
        self.set = {"url": url, "secret_token": secret_token, "allowed_updates": allowed_updates}
        return True

    def chat(self, number: int) -> dict[int, dict[str, Any]]:
        if number not in self.chats:
            raise TelegramError("Bad Request: chat not found")
        if number in self.blocked:
            raise TelegramError("Forbidden: bot was blocked by the user", 403)
        return self.chats[number]

    # --- what it sends to the bot ----------------------------------------------------------------------

    def send(self, update: dict[str, Any], secret: str | None = SECRET) -> requests.Response:
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        return requests.post(self.webhook, json=update, headers=headers, timeout=30)

    def update(self, **content: Any) -> dict[str, Any]:
        return {"update_id": self.number(), **content}


def check_arguments(method: str, arguments: Any) -> None:
    if method not in METHODS:
        raise TelegramError("Not Found: method not found", 404)
    known = METHODS[method]
    for name, value in arguments.items():
        if name not in known:
            raise TelegramError(f"Bad Request: unknown parameter {name}")
        kinds = known[name][0]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise TelegramError(f"Bad Request: field {name} has a wrong type")
    for name, (_, required) in known.items():
        if required and name not in arguments:
            raise TelegramError(f"Bad Request: {name} is empty")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check_text(text: str, entities: list[Any] | None) -> None:
    if not text.strip():
        raise TelegramError("Bad Request: message text is empty")
    if units(text) > 4096:
        raise TelegramError("Bad Request: message is too long")
    for entity in entities or ():
        if entity["type"] not in ("bold", "italic", "underline", "code"):
            raise TelegramError("Bad Request: unsupported entity type")
        if entity["offset"] < 0 or entity["length"] < 1:
            raise TelegramError("Bad Request: ENTITY_BOUNDS_INVALID")
        if entity["offset"] + entity["length"] > units(text):
            raise TelegramError("Bad Request: ENTITY_BOUNDS_INVALID")


def check_keyboard(markup: dict[str, Any] | None) -> None:
    if markup is None:
        return
    rows = markup.get("inline_keyboard")
    if set(markup) != {"inline_keyboard"} or not isinstance(rows, list):
        raise TelegramError("Bad Request: object expected as reply markup")
    if sum(map(len, rows)) > 100 or any(not 1 <= len(row) <= 8 for row in rows):
        raise TelegramError("Bad Request: reply markup is too long")
    for button in itertools.chain(*rows):
        if set(button) != {"text", "callback_data"} or not button["text"].strip():
            raise TelegramError("Bad Request: can't parse inline keyboard button")
        if not 1 <= len(button["callback_data"].encode()) <= 64:
            raise TelegramError("Bad Request: BUTTON_DATA_INVALID")


def refuse(description: str, code: int, **parameters: Any) -> Answer:
    more = {"parameters": parameters} if parameters else {}
    return Answer({"ok": False, "error_code": code, "description": description, **more}, code)


RATE_LIMITED = refuse("Too Many Requests: retry after 1", 429, retry_after=1)
DOWN = Answer({"ok": False, "error_code": 500, "description": "Internal Server Error"}, 500)


@dataclass
class Person:
    """A person with the app of Telegram open."""

    telegram: Telegram
    id: int

    @property
    def user(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False, "first_name": "Ann", "language_code": "en"}

    @property
    def chat(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private", "first_name": "Ann"}

    @property
    def screen(self) -> list[dict[str, Any]]:
        """The bot's messages, in order."""
        with self.telegram.lock:
            return [*self.telegram.chats[self.id].values()]

    def message(self, **content: Any) -> dict[str, Any]:
        return {
            "message_id": self.telegram.number(),
            "from": self.user,
            "chat": self.chat,
            "date": int(time.time()),
            **content,
        }

    def says(self, text: str) -> list[dict[str, Any]]:
        """Writes to the bot, and gives the messages that come back."""
        return self.sends(text=text)

    def sends(self, **content: Any) -> list[dict[str, Any]]:
        """Sends a message of any kind, and gives the messages that come back."""
        update = self.telegram.update(message=self.message(**content))
        return self._then(lambda: self.telegram.send(update))

    def asked(self) -> dict[str, Any]:
        """The last message with a keyboard."""
        return next(message for message in reversed(self.screen) if "reply_markup" in message)

    def buttons(self) -> list[dict[str, str]]:
        return list(itertools.chain(*self.asked()["reply_markup"]["inline_keyboard"]))

    def options(self) -> list[str]:
        return [button["text"] for button in self.buttons()]

    def picks(self, words: str) -> list[dict[str, Any]]:
        """Presses a button, and gives the messages that come back."""
        return self._then(lambda: self.presses(words))

    def presses(self, words: str) -> requests.Response:
        """Presses the button with these words, or that begins with them."""
        found = next((b for b in self.buttons() if b["text"] == words), None)
        found = found or next((b for b in self.buttons() if b["text"].startswith(words)), None)
        assert found, f"nothing says “{words}” but {self.options()}"
        return self.telegram.send(self.press(found["callback_data"]))

    def press(self, data: str, **more: Any) -> dict[str, Any]:
        """Makes the update for a press of a button with this data."""
        query = str(self.telegram.number())
        self.telegram.waiting[query] = None
        content = {
            "id": query,
            "from": self.user,
            "message": self.asked(),
            "chat_instance": "1",
            "data": data,
            **more,
        }
        return self.telegram.update(callback_query=content)

    def _then(self, deed: Callable[[], requests.Response]) -> list[dict[str, Any]]:
        """Does something, and waits until the bot has said something and says no more."""
        before = len(self.screen)
        answer = deed()
        assert answer.status_code == 200, answer.text
        until(lambda: len(self.screen) > before)
        seen = -1
        while seen != len(self.screen):
            seen = len(self.screen)
            time.sleep(0.3)
        return self.screen[before:]


def shown(messages: list[dict[str, Any]]) -> str:
    """All that can be read on messages."""
    return "\n".join(message["text"] for message in messages)
