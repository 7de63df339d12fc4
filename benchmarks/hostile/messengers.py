"""Slack and Telegram behind the server that is attacked: they sign what they send, and take what it says."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from benchmarks.hostile.wire import Request

SLACK, TELEGRAM = "/webhooks/slack/webhook", "/webhooks/telegram/webhook"
SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TELEGRAM_SECRET = "a-secret_for-the-webhook"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

_numbers = itertools.count(1_000)


class Messengers:
    """Takes every call of both programming interfaces, and keeps what was said to whom.

    Attributes:
        url: Where the interfaces are.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._said: defaultdict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()

    @property
    def settings(self) -> dict[str, str]:
        """What switches both on, in the environment of the server."""
        return {
            "SLACK_BOT_TOKEN": "xoxb-of-the-benchmark",
            "SLACK_SIGNING_SECRET": SLACK_SECRET,
            "SLACK_API_URL": f"{self.url}/api",
            "TELEGRAM_TOKEN": "123456:of-the-benchmark-alone",
            "TELEGRAM_WEBHOOK_SECRET": TELEGRAM_SECRET,
            "TELEGRAM_API_URL": self.url,
        }

    def take(self, call: dict[str, Any]) -> dict[str, Any]:
        """Keeps a call, and answers it as both do."""
        place = str(call.get("channel", call.get("chat_id", "")))
        number = next(_numbers)
        with self._lock:
            self._said[place].append(json.dumps(call, ensure_ascii=False))
        return {
            "ok": True,
            "ts": f"{number}.000001",
            "channel": {"id": f"D{call.get('users', '')}"},
            "result": {"message_id": number},
        }

    def said_to(self, place: str) -> list[str]:
        """Gives what was said in a chat."""
        with self._lock:
            return list(self._said[place])

    def places(self) -> list[str]:
        """Names the chats in which something was said."""
        with self._lock:
            return list(self._said)


@contextmanager
def messengers() -> Iterator[Messengers]:
    """Runs both."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.both
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.both = Messengers(f"http://127.0.0.1:{self.server_address[1]}")


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        sent = json.dumps(self.server.both.take(call)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        """Says nothing: what counts is in the figures."""


def slack_request(
    body: bytes, *, form: bool = False, secret: str = SLACK_SECRET, age: float = 0.0
) -> Request:
    """Signs a request as Slack does.

    Args:
        body: Its body.
        form: Whether it is about something interactive.
        secret: What it is signed with.
        age: How many seconds ago.
    """
    timestamp = str(int(time.time() - age))
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    signed = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}
    return Request("POST", SLACK, {**(FORM if form else JSON), **signed}, body)


def telegram_request(body: bytes, secret: str = TELEGRAM_SECRET) -> Request:
    """Makes a request with the secret that Telegram was told.

    Args:
        body: Its body.
        secret: The secret.
    """
    return Request("POST", TELEGRAM, {**JSON, "X-Telegram-Bot-Api-Secret-Token": secret}, body)


def slack_event(user: str, text: Any, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Makes the event of a direct message."""
    number = next(_numbers)
    message = {
        "type": "message",
        "channel": f"D{user}",
        "channel_type": "im",
        "user": user,
        "text": text,
        "ts": f"{int(time.time())}.{number % 1_000_000:06d}",
        **(more or {}),
    }
    return {"type": "event_callback", "event_id": f"Ev{number}", "event": message}


def telegram_update(person: int, text: Any, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Makes the update of a private message."""
    sender = {"id": person, "is_bot": False, "first_name": "Ann"}
    message = {
        "message_id": 1,
        "from": sender,
        "chat": {"id": person, "type": "private"},
        "text": text,
        **(more or {}),
    }
    return {"update_id": next(_numbers), "message": message}
