"""The chat widget and what it talks to, at `/chat/`.

`POST session` gives a token, which stands for one conversation from then on: in the body of `POST messages`,
which answers with the messages that the bot says, and as `Authorization: Bearer` for the rest. `GET messages`
retells the conversation, `GET understood` tells what is known, `GET stream` tells as server-sent events what
happens (`backchat.channels.turns.Happening`), to every page that follows, and `DELETE session` erases it all.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import os
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.tracker_store import TrackerStore
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from backchat.channels.guard import (
    ChannelGuard,
    OnNewMessage,
    UnreadableConversationError,
    describe,
    pseudonym,
)
from backchat.channels.http import (
    SECURITY_HEADERS,
    MessageList,
    RequestRefused,
    answer_errors,
    read_body,
    read_id,
    read_object,
    read_text,
)
from backchat.channels.limits import RateLimits, limit_addresses
from backchat.channels.privacy import privacy_page
from backchat.channels.retelling import Reteller, WireMessage, answer_to
from backchat.channels.sessions import SECRET_FILE, SESSION_SECONDS, InvalidTokenError, Sessions, load_secret
from backchat.channels.settings import read_origins, read_redis_url
from backchat.channels.tombstones import Tombstones
from backchat.channels.turns import ERASURE, Following, Happening, Turns
from backchat.database import aside
from backchat.knowledge.drawings import load_drawings, place_of
from backchat.knowledge.loader import load_knowledge
from backchat.retention import retention_days
from backchat.screening.speech import Speaker

logger = logging.getLogger(__name__)

PAGE_FOLDER = "web/dist"
LONGEST_MESSAGE_ID = 64
SECONDS_TO_LOOK_UP = 5.0
"""A database that takes longer to say whether a conversation was erased is not waited for."""
SECONDS_BETWEEN_SIGNS = 15.0
"""After so long without a happening a stream shows that it is alive: proxies cut off what stays silent."""

PER_SESSION, PER_ADDRESS = "60/minute", "1200/minute"

_PAGE_FILES = {
    "": ("index.html", "text/html; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "backchat.js": ("backchat.js", "text/javascript; charset=utf-8"),
    "privacy.css": ("privacy.css", "text/css; charset=utf-8"),
    "demo": ("demo.html", "text/html; charset=utf-8"),
    "demo.css": ("demo.css", "text/css; charset=utf-8"),
}

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# A drawing is the same for everybody and changes with a new version only.
_DRAWING_HEADERS = {"Cache-Control": "public, max-age=86400"}

# What a page of an origin that is let in may send. No cookie is ever used.
_CROSS_ORIGIN_HEADERS = {
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "600",
}

# No proxy may hold back what is streamed.
_STREAM_HEADERS = {"X-Accel-Buffering": "no"}
_SIGN_OF_LIFE = ": here\n\n"


class WebChannel(InputChannel):
    """Serves the chat widget, and conversations that belong to whoever holds their token."""

    def __init__(
        self,
        wording: Mapping[str, str],
        secret: bytes,
        page: Path,
        speaker: Speaker,
        origins: Collection[str] = (),
        *,
        privacy: bytes = b"",
        limits: RateLimits | None = None,
    ) -> None:
        """Takes what the channel works with.

        Args:
            wording: `Knowledge.wording`.
            secret: What session tokens are signed with.
            page: The folder of the widget's files.
            speaker: Names findings.
            origins: Whose pages may hold a conversation besides the server's own, such as
                `https://clinic.example`.
            privacy: The page on what happens with what people write.
            limits: How often somebody may ask.
        """
        self._wording = wording
        self._sessions = Sessions(secret)
        self._closed: set[str] = set()
        self._page = page
        self._reteller = Reteller(speaker)
        self._origins = frozenset(origins)
        self._privacy = privacy
        self._limits = limits or RateLimits(PER_SESSION, PER_ADDRESS)

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
            read_origins(os.environ),
            privacy=privacy_page(knowledge.privacy, retention_days()),
        )

    def url_prefix(self) -> str:
        """Where the page is; from the root, as Rasa puts channels below `/webhooks/` otherwise."""
        return "/chat"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Builds the routes below `/chat`."""
        routes = Blueprint("web_channel", strict_slashes=True)
        redis_url = read_redis_url(os.environ)
        turns = Turns(ChannelGuard(on_new_message, self._wording), self._reteller, redis_url)
        answer_errors(routes)
        limit_addresses(routes, self._limits)
        self._add_page(routes)
        self._add_drawings(routes)
        self._add_session(routes, turns)
        self._add_talk(routes, turns)

        @routes.middleware("response")
        async def secure(request: Request, answer: HTTPResponse) -> None:
            # The whole server's policy, under which no page works, may stand there already.
            own = {**SECURITY_HEADERS, **answer.headers, "Content-Security-Policy": _PAGE_POLICY}
            answer.headers.update(own)
            answer.headers["Vary"] = "Accept-Encoding, Origin"
            origin = request.headers.get("origin")
            if origin in self._origins:
                answer.headers.update({"Access-Control-Allow-Origin": origin, **_CROSS_ORIGIN_HEADERS})

        return routes

    def _add_session(self, routes: Blueprint, turns: Turns) -> None:
        @routes.post("/session", stream=True)
        async def start_session(request: Request) -> HTTPResponse:
            await read_body(request)
            return response.json({"token": self._sessions.issue()})

        @routes.delete("/session")
        async def erase_session(request: Request) -> HTTPResponse:
            sender = await self._sender(request, request.token)
            # Closed first, so that no message comes in while the conversation is erased.
            self._closed.add(sender)
            try:
                await turns.forget(sender)
                async with _locked(request, sender):
                    await request.app.ctx.erase(sender)
                    tombstones: Tombstones = request.app.ctx.tombstones
                    expires = time.time() + SESSION_SECONDS
                    await aside(tombstones.engine, tombstones.put, {sender: expires})
            finally:
                self._closed.discard(sender)
            turns.tell(sender, Happening(ERASURE, {}))
            return response.empty()

        routes.add_route(_allow, "/session", methods=["OPTIONS"], name="allow_session")

    def _add_talk(self, routes: Blueprint, turns: Turns) -> None:
        @routes.post("/messages", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            content = await read_object(request)
            sender = await self._sender(request, read_text(content, "token"))
            self._limits.count_message(sender)
            message = UserMessage(
                read_text(content, "text"),
                MessageList(),
                sender,
                input_channel=self.name(),
                message_id=read_id(content, "id", LONGEST_MESSAGE_ID) if "id" in content else None,
            )

            async def look_up() -> list[WireMessage]:
                async with _locked(request, sender):  # another process may still be answering it
                    pass
                return answer_to(message.message_id, await self._retell(request, message.sender_id))

            again = content.get("again") is True
            return response.json({"messages": await turns.take(message, look_up, again)})

        @routes.get("/messages")
        async def history(request: Request) -> HTTPResponse:
            sender = await self._sender(request, request.token)
            return response.json({"messages": await self._retell(request, sender)})

        @routes.get("/stream")
        async def stream(request: Request) -> None:
            sender = await self._sender(request, request.token)
            with turns.follow(sender) as following:
                told = Happening("told", {"messages": await self._retell(request, sender)})
                answer = await request.respond(content_type="text/event-stream", headers=_STREAM_HEADERS)
                await answer.send(str(told))
                while sent := await _next(following):
                    await answer.send(sent)

        @routes.get("/understood")
        async def understood(request: Request) -> HTTPResponse:
            sender = await self._sender(request, request.token)
            try:
                tracker = await _store(request).retrieve(sender)
            except UnreadableConversationError:
                tracker = None  # the next turn tells it
            findings = (tracker.get_slot("findings") if tracker else None) or {}
            return response.json(
                {"understood": [*map(self._reteller.understood, findings, findings.values())]}
            )

        @routes.listener("after_server_start")
        async def begin(_: Sanic, __: object) -> None:
            turns.begin()

        @routes.listener("before_server_stop")
        async def end(_: Sanic, __: object) -> None:
            await turns.end()

        for place in ("/messages", "/stream", "/understood"):
            routes.add_route(_allow, place, methods=["OPTIONS"], name=f"allow_{place[1:]}")

    def _add_page(self, routes: Blueprint) -> None:
        @routes.get("")
        async def to_page(_: Request) -> HTTPResponse:
            return response.redirect("chat/")

        for place, (file, content_type) in _PAGE_FILES.items():
            content = (self._page / file).read_bytes()
            routes.add_route(_serve(content, content_type), f"/{place}", name=file.replace(".", "_"))

        routes.add_route(_serve(self._privacy, "text/html; charset=utf-8"), "/privacy", name="privacy")

    def _add_drawings(self, routes: Blueprint) -> None:
        for name, drawing in load_drawings().items():
            place = place_of(name).removeprefix(self.url_prefix())
            routes.add_route(_serve(drawing.svg, "image/svg+xml", _DRAWING_HEADERS), place, name=name)

    async def _retell(self, request: Request, sender: str) -> list[WireMessage]:
        tracker = await _store(request).retrieve_full_tracker(sender)
        return await self._reteller.retell(tracker.events if tracker else ())

    async def _sender(self, request: Request, token: str | None) -> str:
        try:
            sender = self._sessions.sender_id(token or "")
        except InvalidTokenError:
            raise RequestRefused("The token is not valid.", status=401) from None
        if sender in self._closed or await _is_erased(request, sender):
            raise RequestRefused("The conversation was erased.", status=410)
        return sender


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


async def _next(following: Following) -> str:
    """Waits for the next happening, or for the next sign of life. At the end it is empty."""
    try:
        happening = await asyncio.wait_for(following.get(), SECONDS_BETWEEN_SIGNS)
    except asyncio.TimeoutError:
        return _SIGN_OF_LIFE
    return str(happening) if happening else ""


async def _is_erased(request: Request, sender: str) -> bool:
    tombstones: Tombstones | None = getattr(request.app.ctx, "tombstones", None)
    try:
        return tombstones is not None and await asyncio.wait_for(
            aside(tombstones.engine, tombstones.stands, sender), SECONDS_TO_LOOK_UP
        )
    except (SQLAlchemyError, asyncio.TimeoutError) as error:
        # The turn fails as well, and then tells the person what to do in an emergency.
        logger.error("Whether %s was erased is not known: %s", pseudonym(sender), describe(error))
        return False


def _locked(request: Request, sender: str) -> AbstractAsyncContextManager[Any]:
    """Waits until no process takes a turn of a conversation, and holds them off."""
    locked: AbstractAsyncContextManager[Any] = request.app.ctx.agent.lock_store.lock(sender)
    return locked


def _store(request: Request) -> TrackerStore:
    agent = getattr(request.app.ctx, "agent", None)
    if agent is None:
        raise RequestRefused("The server is not ready.", status=503)
    return agent.tracker_store
