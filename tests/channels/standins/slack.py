"""Slack: its Web API, one workspace with people in it, and the requests that it signs and sends to an app."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

from tests.channels.standins.block_kit import InvalidBlocksError, check_blocks
from tests.channels.standins.http_api import Answer, HttpApi, until

BOT, BOT_ID, TEAM, APP = "U0BACKCHAT", "B0BACKCHAT", "T0CLINIC", "A0BACKCHAT"
TOKEN = "xoxb-123-stand-in-token"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
SECONDS_TO_ACKNOWLEDGE = 3.0
PUBLIC = "C0GENERAL"

# Arguments of the methods, with their types, and whether they are required.
METHODS: dict[str, dict[str, tuple[type, bool]]] = {
    "chat.postMessage": {"channel": (str, True), "text": (str, False), "blocks": (list, False)},
    "chat.postEphemeral": {
        "channel": (str, True),
        "user": (str, True),
        "text": (str, False),
        "blocks": (list, False),
        "thread_ts": (str, False),
    },
    "chat.update": {
        "channel": (str, True),
        "ts": (str, True),
        "text": (str, False),
        "blocks": (list, False),
    },
    "conversations.open": {"users": (str, True)},
}


class SlackError(Exception):
    """An error code of the Web API."""


class Slack(HttpApi):
    """One workspace, and the app that is installed in it."""

    def __init__(self) -> None:
        super().__init__()
        self.webhook = ""
        self.direct: dict[str, str] = {}
        self.members: dict[str, set[str]] = {PUBLIC: {BOT}}
        self.messages: dict[str, dict[str, dict[str, Any]]] = {}
        self.unseen: list[dict[str, Any]] = []
        self.deliveries: list[requests.Response] = []
        self._numbers = itertools.count(1)

    def person(self, name: str) -> Person:
        user = f"U{name.upper()}"
        self.members[PUBLIC].add(user)
        return Person(self, user)

    def timestamp(self) -> str:
        return f"{int(time.time())}.{next(self._numbers):06d}"

    # --- the Web API -----------------------------------------------------------------------------------

    def handle(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        method = path.removeprefix("/api/")
        try:
            if method not in METHODS:
                raise SlackError("unknown_method")
            if headers.get("authorization") != f"Bearer {TOKEN}":
                raise SlackError("invalid_auth")
            if not headers.get("content-type", "").startswith("application/json"):
                raise SlackError("invalid_post_type")
            arguments = json.loads(body)
            check_arguments(method, arguments)
        except (SlackError, ValueError) as error:
            refused = refuse(str(error) if isinstance(error, SlackError) else "invalid_json")
            return self.answer(method, {}, lambda: refused)
        return self.answer(method, arguments, lambda: self.do(method, arguments))

    def do(self, method: str, arguments: dict[str, Any]) -> Answer:
        try:
            if "blocks" in arguments:
                check_blocks(arguments["blocks"])
            result = getattr(self, method.replace(".", "_"))(arguments)
        except InvalidBlocksError as error:
            return refuse("invalid_blocks", [f"[ERROR] {error}"])
        except SlackError as refusal:
            return refuse(str(refusal))
        return Answer({"ok": True, **result})

    def chat_postMessage(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        channel = self.direct.get(arguments["channel"], arguments["channel"])
        if channel not in self.members:
            raise SlackError("channel_not_found")
        check_content(arguments, 40_000)
        ts = self.timestamp()
        message = {
            "type": "message",
            "user": BOT,
            "bot_id": BOT_ID,
            "ts": ts,
            "text": arguments.get("text", ""),
            "blocks": arguments.get("blocks", []),
        }
        self.messages.setdefault(channel, {})[ts] = message
        return {"channel": channel, "ts": ts, "message": message}

    def chat_postEphemeral(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        members = self.members.get(arguments["channel"])
        if members is None:
            raise SlackError("channel_not_found")
        if arguments["user"] not in members:
            raise SlackError("user_not_in_channel")
        check_content(arguments, 40_000)
        self.unseen.append(arguments)
        return {"message_ts": self.timestamp()}

    def chat_update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        message = self.messages.get(arguments["channel"], {}).get(arguments["ts"])
        if message is None:
            raise SlackError("message_not_found")
        if message["user"] != BOT:
            raise SlackError("cant_update_message")
        check_content(arguments, 4_000)
        message.update({key: arguments[key] for key in ("text", "blocks") if key in arguments})
        return {"channel": arguments["channel"], "ts": arguments["ts"], "text": message["text"]}

    def conversations_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        user = arguments["users"]
        if user not in self.members[PUBLIC] or user == BOT:
            raise SlackError("user_not_found")
        return {"channel": {"id": self.direct_channel(user)}}

    def direct_channel(self, user: str) -> str:
        channel = self.direct.setdefault(user, f"D{user[1:]}")
        self.members[channel] = {user, BOT}
        return channel

    # --- what it sends to the app ----------------------------------------------------------------------

    def sign(self, body: bytes, secret: str = SIGNING_SECRET, at: float | None = None) -> dict[str, str]:
        timestamp = str(int(time.time() if at is None else at))
        base = b"v0:" + timestamp.encode() + b":" + body
        signature = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={signature}"}

    def post(self, body: bytes, kind: str, **headers: str) -> requests.Response:
        """Sends a signed request, as Slack does: it waits three seconds for the answer."""
        started = time.monotonic()
        answer = requests.post(
            self.webhook,
            data=body,
            headers={"Content-Type": kind, **self.sign(body), **headers},
            timeout=SECONDS_TO_ACKNOWLEDGE,
        )
        assert time.monotonic() - started < SECONDS_TO_ACKNOWLEDGE
        self.deliveries.append(answer)
        return answer

    def send_event(self, event: dict[str, Any], event_id: str = "", retry: int = 0) -> requests.Response:
        body = json.dumps(self.envelope(event, event_id)).encode()
        headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
        return self.post(body, "application/json", **headers)

    def envelope(self, event: dict[str, Any], event_id: str = "") -> dict[str, Any]:
        return {
            "token": "XXYYZZ",
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": event_id or f"Ev{next(self._numbers):09d}",
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": BOT,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }

    def send_interaction(self, payload: dict[str, Any]) -> requests.Response:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return self.post(body, "application/x-www-form-urlencoded")


def check_arguments(method: str, arguments: Any) -> None:
    if not isinstance(arguments, dict):
        raise SlackError("json_not_object")
    known = METHODS[method]
    for name, value in arguments.items():
        if name not in known or not isinstance(value, known[name][0]):
            raise SlackError("invalid_arguments")
    for name, (_, required) in known.items():
        if required and not arguments.get(name):
            raise SlackError("invalid_arguments")


def check_content(arguments: dict[str, Any], most: int) -> None:
    if not arguments.get("text") and not arguments.get("blocks"):
        raise SlackError("no_text")
    if len(arguments.get("text", "")) > most:
        raise SlackError("msg_too_long")


def refuse(code: str, messages: list[str] | None = None) -> Answer:
    details = {"response_metadata": {"messages": messages}} if messages else {}
    return Answer({"ok": False, "error": code, **details})


RATE_LIMITED = Answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "1"})
DOWN = Answer(b"<html>Server Error</html>", 500)


@dataclass
class Person:
    """A person in the workspace, at their screen."""

    slack: Slack
    user: str
    ticked: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def channel(self) -> str:
        return self.slack.direct_channel(self.user)

    @property
    def screen(self) -> list[dict[str, Any]]:
        """The bot's messages in the direct messages, in order."""
        with self.slack.lock:
            return [*self.slack.messages.get(self.channel, {}).values()]

    def message(self, text: str, **more: Any) -> dict[str, Any]:
        ts = self.slack.timestamp()
        return {
            "type": "message",
            "channel": self.channel,
            "channel_type": "im",
            "user": self.user,
            "text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "ts": ts,
            "event_ts": ts,
            "team": TEAM,
            "blocks": [{"type": "rich_text", "elements": []}],
            **more,
        }

    def says(self, text: str) -> list[dict[str, Any]]:
        """Writes to the bot, and gives the messages that come back."""
        return self._then(lambda: self.slack.send_event(self.message(text)))

    def mentions(self, text: str, **more: Any) -> requests.Response:
        """Mentions the bot in the public channel."""
        message = {
            **self.message(f"<@{BOT}> {text}"),
            "type": "app_mention",
            "channel": PUBLIC,
            "text": f"<@{BOT}> {text}",
            **more,
        }
        del message["channel_type"]
        return self.slack.send_event(message)

    def asked(self) -> dict[str, Any]:
        """The last message with something to pick from."""
        return next(message for message in reversed(self.screen) if elements_of(message))

    def options(self) -> list[str]:
        """What can be picked, as it is shown."""
        return [words for _, element in elements_of(self.asked()) for words in words_of(element)]

    def picks(self, words: str) -> list[dict[str, Any]]:
        """Clicks a button or chooses from a menu, and gives the messages that come back."""
        return self._then(lambda: self.slack.send_interaction(self.click(words)))

    def ticks(self, words: str) -> requests.Response:
        """Ticks or unticks a box."""
        block, element, chosen = self._find(words, "checkboxes")
        boxes = self.ticked.setdefault(element["action_id"], [])
        if chosen in boxes:
            boxes.remove(chosen)
        else:
            boxes.append(chosen)
        action = {"type": "checkboxes", "selected_options": [*boxes]}
        return self.slack.send_interaction(self.payload(block, element, action))

    def click(self, words: str) -> dict[str, Any]:
        """Makes the payload for a click on a button, or for a choice from a menu."""
        block, element, chosen = self._find(words, "button", "static_select")
        if element["type"] == "button":
            action = {
                "type": "button",
                "text": element["text"],
                **({"value": element["value"]} if "value" in element else {}),
            }
        else:
            action = {"type": "static_select", "selected_option": chosen}
        return self.payload(block, element, action)

    def payload(
        self, block: dict[str, Any], element: dict[str, Any], action: dict[str, Any]
    ) -> dict[str, Any]:
        message = self.asked()
        state: dict[str, dict[str, Any]] = {}
        for near, other in elements_of(message):
            if other["type"] == "checkboxes":
                boxes = [box for box in self.ticked.get(other["action_id"], []) if box in other["options"]]
                state.setdefault(near["block_id"], {})[other["action_id"]] = {
                    "type": "checkboxes",
                    "selected_options": boxes,
                }
            if other["type"] == "static_select":
                state.setdefault(near["block_id"], {})[other["action_id"]] = {
                    "type": "static_select",
                    "selected_option": None,
                }
        return {
            "type": "block_actions",
            "user": {"id": self.user, "username": "person", "name": "person", "team_id": TEAM},
            "api_app_id": APP,
            "token": "XXYYZZ",
            "container": {
                "type": "message",
                "message_ts": message["ts"],
                "channel_id": self.channel,
                "is_ephemeral": False,
            },
            "trigger_id": f"{self.slack.timestamp()}.trigger",
            "team": {"id": TEAM, "domain": "clinic"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": self.channel, "name": "directmessage"},
            "message": message,
            "state": {"values": state},
            "response_url": f"https://hooks.slack.com/actions/{TEAM}/1/abc",
            "actions": [
                {
                    "block_id": block["block_id"],
                    "action_id": element["action_id"],
                    "action_ts": self.slack.timestamp(),
                    **action,
                }
            ],
        }

    def _find(self, words: str, *kinds: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        for block, element in elements_of(self.asked()):
            if element["type"] in kinds:
                for option in element.get("options", [element]):
                    if words in words_of({"type": "option", "options": [option]}):
                        return block, element, option
        raise AssertionError(f"nothing says “{words}” but {self.options()}")

    def _then(self, deed: Any) -> list[dict[str, Any]]:
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


def elements_of(message: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (block, element)
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def words_of(element: dict[str, Any]) -> list[str]:
    """The words on an element: on each option with both of its lines."""
    if element["type"] == "button":
        return [element["text"]["text"]]
    return [
        " ".join(part["text"] for part in (option["text"], option.get("description")) if part)
        for option in element["options"]
    ]


def shown(messages: list[dict[str, Any]]) -> str:
    """All that can be read on messages, as a person reads it."""
    lines = []
    for message in messages:
        blocks = message["blocks"] or [{"type": "section", "text": {"text": message["text"]}}]
        for block in blocks:
            texts = block.get("elements", []) if block["type"] == "context" else [block.get("text")]
            lines += [text["text"] for text in texts if text]
    joined = "\n".join(lines)
    return joined.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("*", "")
