"""A real server with our channels, registered by Rasa, and an agent whose replies a test chooses."""

from __future__ import annotations

import asyncio
import socket
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from rasa.core.channels.channel import InputChannel, UserMessage, register
from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Sanic
from sqlalchemy.pool import StaticPool

from backchat.channels.http import IS_PUBLIC
from backchat.channels.tombstones import Tombstones
from backchat.knowledge.loader import load_knowledge
from backchat.screening.speech import Speaker
from backchat.server.locks import ConversationLocks

WORDING = {
    "safety_net_message": "SAFETY NET",
    "begun_anew": "BEGUN ANEW",
    "empty_message": "NOTHING WRITTEN",
    "too_long_message": "TOO LONG: {{ limit }}",
    "no_command": "NO COMMAND",
}

SPEAKER = Speaker(load_knowledge())

Sanic.test_mode = True  # otherwise a process can start one app only

Reply = Callable[[UserMessage], Awaitable[list[dict[str, Any]]]]


def tombstones_in_memory() -> Tombstones:
    engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    SQLTrackerStore.Base.metadata.create_all(engine)
    return Tombstones(engine, b"a secret of the tests")


class ScriptedAgent:
    """Says what `reply` returns, raises what it raises, and keeps the record that Rasa would keep."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.received: list[UserMessage] = []
        self.tracker_store = InMemoryTrackerStore(Domain.empty())
        self.lock_store = ConversationLocks()
        self.tombstones = tombstones_in_memory()

    async def handle_message(self, message: UserMessage) -> None:
        self.received.append(message)
        events: list[Any] = [UserUttered(message.text, message_id=message.message_id)]
        for said in await self.reply(message):
            data = {key: value for key, value in said.items() if key != "text"}
            events.append(BotUttered(said.get("text"), data))
            await message.output_channel.send_response(message.sender_id, dict(said))
        tracker = await self.tracker_store.retrieve(message.sender_id)
        tracker = tracker or DialogueStateTracker(message.sender_id, slots=[])
        for event in events:
            tracker.update(event)
        await self.tracker_store.save(tracker)

    async def erase(self, sender: str) -> None:
        """Forgets a conversation."""
        self.tracker_store.store.pop(sender, None)


@contextmanager
def serve(agent: Any, *channels: InputChannel, port: int = 0, is_public: bool = False) -> Iterator[str]:
    """Runs a server in a thread and gives its address."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    app = Sanic(f"test_{uuid.uuid4().hex}", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config[IS_PUBLIC] = is_public
    app.ctx.agent = agent
    app.ctx.erase = getattr(agent, "erase", None)
    app.ctx.tombstones = getattr(agent, "tombstones", None)
    register(list(channels), app, route="/webhooks/")

    loop = asyncio.new_event_loop()
    started = threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(app.create_server(sock=listener, return_asyncio_server=True))
        loop.run_until_complete(server.startup())
        loop.run_until_complete(server.after_start())
        loop.call_soon(started.set)
        loop.run_forever()
        loop.run_until_complete(server.before_stop())
        server.close()
        loop.run_until_complete(server.wait_closed())
        for connection in list(server.connections):
            connection.abort()
        loop.run_until_complete(asyncio.sleep(0))  # in which the connections are closed

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    if not started.wait(20):
        raise RuntimeError("the server did not start")
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
