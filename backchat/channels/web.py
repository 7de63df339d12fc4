"""The chat widget and what it talks to, at `/chat/`."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import BotUttered, Event, UserUttered
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from backchat.channels.guard import ChannelGuard, OnNewMessage
from backchat.channels.http import (
    MessageList,
    RequestRefused,
    answer_errors,
    read_body,
    read_id,
    read_object,
    read_text,
)
from backchat.channels.sessions import InvalidTokenError, Sessions, load_secret
from backchat.knowledge.drawings import load_drawings, place_of
from backchat.knowledge.loader import load_knowledge
from backchat.screening.record import Known
from backchat.screening.speech import Speaker

PAGE_FOLDER = "web/dist"
SECRET_FILE = "var/session_secret"  # noqa: S105 (where it is, not what it is)
LONGEST_MESSAGE_ID = 64
RECENT_TURNS = 1_000

ORIGINS_VARIABLE = "BACKCHAT_ORIGINS"

_PAGE_FILES = {
    "": ("index.html", "text/html; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "backchat.js": ("backchat.js", "text/javascript; charset=utf-8"),
    "demo": ("demo.html", "text/html; charset=utf-8"),
    "demo.css": ("demo.css", "text/css; charset=utf-8"),
}

_SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

# A drawing is the same for everybody and changes with a new version only.
_DRAWING_HEADERS = {"Cache-Control": "public, max-age=86400"}

# What a page of an origin that is let in may send. No cookie is ever used.
_CROSS_ORIGIN_HEADERS = {
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Max-Age": "600",
}

WireMessage = dict[str, Any]


class WebChannel(InputChannel):
    """Serves the chat widget, and conversations that belong to whoever holds their token."""

    def __init__(
        self,
        wording: Mapping[str, str],
        secret: bytes,
        page: Path,
        speaker: Speaker,
        origins: Collection[str] = (),
    ) -> None:
        """Takes what the channel works with.

        Args:
            wording: `Knowledge.wording`.
            secret: What session tokens are signed with.
            page: The folder of the widget's files.
            speaker: Names findings.
            origins: Whose pages may hold a conversation besides the server's own, such as
                `https://clinic.example`.
        """
        self._wording = wording
        self._sessions = Sessions(secret)
        self._page = page
        self._speaker = speaker
        self._origins = frozenset(origins)

    @classmethod
    def name(cls) -> str:
        """The name by which Rasa knows the channel."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebChannel:
        """Builds the channel from `credentials.yml`: `page` (a folder) and `secret` (a file) may be given.

        The environment names other origins, with spaces between them, in `BACKCHAT_ORIGINS`.
        """
        settings = credentials or {}
        secret = load_secret(Path(settings.get("secret", SECRET_FILE)))
        knowledge = load_knowledge()
        return cls(
            knowledge.wording,
            secret,
            Path(settings.get("page", PAGE_FOLDER)),
            Speaker(knowledge),
            os.environ.get(ORIGINS_VARIABLE, "").split(),
        )

    def url_prefix(self) -> str:
        """Where the page is; from the root, as Rasa puts channels below `/webhooks/` otherwise."""
        return "/chat"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Builds the routes below `/chat`."""
        routes = Blueprint("web_channel", strict_slashes=True)
        turns = _Turns(ChannelGuard(on_new_message, self._wording), self._speaker)
        answer_errors(routes)
        self._add_page(routes)
        self._add_drawings(routes)

        @routes.post("/session", stream=True)
        async def start_session(request: Request) -> HTTPResponse:
            await read_body(request)
            return response.json({"token": self._sessions.issue()})

        @routes.post("/messages", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            content = await read_object(request)
            message = UserMessage(
                read_text(content, "text"),
                MessageList(),
                self._sender(read_text(content, "token")),
                input_channel=self.name(),
                message_id=read_id(content, "id", LONGEST_MESSAGE_ID) if "id" in content else None,
            )
            return response.json({"messages": await turns.take(message)})

        @routes.get("/messages")
        async def history(request: Request) -> HTTPResponse:
            events = await _read_events(request, self._sender(request.token or ""))
            return response.json({"messages": await self._retell(events)})

        @routes.get("/understood")
        async def understood(request: Request) -> HTTPResponse:
            findings = await _read_findings(request, self._sender(request.token or ""))
            return response.json({"understood": [*map(self._understood, findings, findings.values())]})

        for place in ("/session", "/messages", "/understood"):
            routes.add_route(_allow, place, methods=["OPTIONS"], name=f"allow_{place[1:]}")

        @routes.middleware("response")
        async def secure(request: Request, answer: HTTPResponse) -> None:
            answer.headers.update({**_SECURITY_HEADERS, **answer.headers})
            answer.headers["Vary"] = "Accept-Encoding, Origin"
            origin = request.headers.get("origin")
            if origin in self._origins:
                answer.headers.update({"Access-Control-Allow-Origin": origin, **_CROSS_ORIGIN_HEADERS})

        return routes

    def _add_page(self, routes: Blueprint) -> None:
        @routes.get("")
        async def to_page(_: Request) -> HTTPResponse:
            return response.redirect("chat/")

        for place, (file, content_type) in _PAGE_FILES.items():
            content = (self._page / file).read_bytes()
            routes.add_route(_serve(content, content_type), f"/{place}", name=file.replace(".", "_"))

    def _add_drawings(self, routes: Blueprint) -> None:
        for name, drawing in load_drawings().items():
            place = place_of(name).removeprefix(self.url_prefix())
            routes.add_route(_serve(drawing.svg, "image/svg+xml", _DRAWING_HEADERS), place, name=name)

    async def _retell(self, events: list[Event]) -> list[WireMessage]:
        """Turns a conversation's record into messages as they were sent, each with who it is from."""
        told: list[WireMessage] = []
        for event in events:
            if isinstance(event, UserUttered) and event.text:
                told.append({"from": "person", "text": event.text})
            elif isinstance(event, BotUttered):
                said = MessageList()
                await said.send_response("", {"text": event.text, **event.data})
                told += [{"from": "bot", **_for_client(message, self._speaker)} for message in said.messages]
        return told

    def _understood(self, finding: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Gives something known as it is shown to the person, with what it takes to change it."""
        spec = self._speaker.knowledge.findings[finding]
        return {
            "id": finding,
            "kind": spec.kind.value,
            "unit": spec.unit,
            "label": spec.words,
            "words": self._speaker.name(finding, Known.from_dict(entry)),
            "said": entry["said"],
            "value": entry["value"],
        }

    def _sender(self, token: str) -> str:
        try:
            return self._sessions.sender_id(token)
        except InvalidTokenError:
            raise RequestRefused("The token is not valid.", status=401) from None


class _Turns:
    """Takes each message once: sent again under the same id, it gets the answer of the first time."""

    def __init__(self, guard: ChannelGuard, speaker: Speaker) -> None:
        self._guard = guard
        self._speaker = speaker
        self._recent: OrderedDict[tuple[str, str], asyncio.Task[list[WireMessage]]] = OrderedDict()

    async def take(self, message: UserMessage) -> list[WireMessage]:
        """Answers a message; a page that goes away in the middle finds the answer in the history."""
        key = (message.sender_id, message.message_id)
        if key not in self._recent:
            self._recent[key] = asyncio.create_task(self._answer(message))
            if len(self._recent) > RECENT_TURNS:
                self._recent.popitem(last=False)
        return await asyncio.shield(self._recent[key])

    async def _answer(self, message: UserMessage) -> list[WireMessage]:
        await self._guard.handle(message)
        return [_for_client(said, self._speaker) for said in message.output_channel.messages]


def _serve(
    content: bytes, content_type: str, headers: Mapping[str, str] | None = None
) -> Callable[[Request], HTTPResponse]:
    packed = gzip.compress(content)

    def serve(request: Request) -> HTTPResponse:
        sent = dict(headers or {})
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return response.raw(content, content_type=content_type, headers=sent)
        return response.raw(packed, content_type=content_type, headers={**sent, "Content-Encoding": "gzip"})

    return serve


def _allow(_: Request) -> HTTPResponse:
    """Answers a browser that asks whether a page of another origin may send something."""
    return response.empty()


async def _read_events(request: Request, sender: str) -> list[Event]:
    tracker = await _store(request).retrieve_full_tracker(sender)
    return list(tracker.events) if tracker else []


async def _read_findings(request: Request, sender: str) -> Mapping[str, Any]:
    tracker = await _store(request).retrieve(sender)
    return (tracker.get_slot("findings") if tracker else None) or {}


def _store(request: Request) -> TrackerStore:
    agent = getattr(request.app.ctx, "agent", None)
    if agent is None:
        raise RequestRefused("The server is not ready.", status=503)
    return agent.tracker_store


def _for_client(message: WireMessage, speaker: Speaker) -> WireMessage:
    """Leaves out the conversation's id, which a browser has no use for, and puts words to a result's ids."""
    sent = {key: value for key, value in message.items() if key != "recipient_id"}
    assessment = (sent.get("custom") or {}).get("assessment") or {}
    if "findings" in assessment:
        sent["custom"] = {**sent["custom"], "words": _words(assessment, speaker)}
    return sent


def _words(assessment: Mapping[str, Any], speaker: Speaker) -> dict[str, Any]:
    patterns = {pattern.id: pattern.name for pattern in speaker.knowledge.patterns}
    return {
        "findings": {
            finding: speaker.name(finding, Known.from_dict(entry))
            for finding, entry in assessment["findings"].items()
        },
        "pattern": patterns[assessment["pattern"]["id"]],
    }
