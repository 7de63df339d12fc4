"""Serves everything from one process: the model, the actions, the store and the channels."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.run import close_resources, configure_app, create_http_input_channels
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from backchat.channels.guard import TURN_SECONDS
from backchat.channels.http import (
    IS_PUBLIC,
    MAX_BODY_BYTES,
    MAX_MESSENGER_BYTES,
    add_security_headers,
    answer_errors,
    is_loopback,
)
from backchat.channels.rest import Door
from backchat.channels.settings import CREDENTIALS, check, doubts, read_key, read_proxies, read_rasa_token
from backchat.channels.web import WebChannel
from backchat.knowledge.loader import load_knowledge
from backchat.server.actions import InProcessActions, call_own_actions
from backchat.server.agent import ScreeningAgent
from backchat.server.erasure import erase, purge_daily
from backchat.server.locks import ConversationLocks, open_locks
from backchat.server.logs import configure_logging
from backchat.server.messengers import Messengers
from backchat.server.operation import Readiness, name_requests, operation_routes
from backchat.server.rasa_api import close_to_strangers, lead_to_page, leave_origins_to_channels
from backchat.server.shortcuts import take_shortcuts
from backchat.server.store import ENDPOINTS, open_store

logger = logging.getLogger(__name__)

PURGING = "purging"
"""The task that deletes what has been kept long enough."""

CHAT_PAGE = "chat/"
"""From the root; a proxy may have put that somewhere else."""
SECONDS_TO_SERVE = 0.2
"""So long after a signal a server that is just starting surely serves."""
SECONDS_TO_END = 35.0
"""So long after it was told to stop a process is there at most; deployments give it 40."""
SECONDS_TO_CLOSE = 25.0
"""So long the turns under way may take to end when the server is told to stop."""
SECONDS_TO_ANSWER = 4 * TURN_SECONDS
"""A turn that takes too long ends in the safety net; on a busy machine Sanic must not end it without one."""


def load_agent(model: Path, store: TrackerStore, endpoints: AvailableEndpoints | None = None) -> Agent:
    """Loads the model, with the actions in this process.

    Rasa wraps each store so that after an error a conversation silently begins anew. Here the error goes up
    to the channel, which tells the person what to do.

    Args:
        model: A model's file that was checked.
        store: Where conversations are kept.
        endpoints: What else `endpoints.yml` names.

    Returns:
        The agent, ready for messages.
    """
    call_own_actions()
    take_shortcuts()
    agent = ScreeningAgent(
        generator=endpoints and endpoints.nlg,
        lock_store=open_locks(endpoints),
        action_endpoint=InProcessActions(),
    )
    agent.load_model(model)
    store.domain = agent.domain
    agent.tracker_store = agent.processor.tracker_store = store
    return agent


def serve(model: Path, listening: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serves the channels of `credentials.yml` and of the environment until the process is told to stop.

    What is imported and loaded before messages come in is for good, so no garbage needs to be looked for
    until then.

    Args:
        model: A model's file that was checked.
        listening: A socket bound to the address to serve at.
        on_ready: Called when messages can come in.

    Raises:
        RasaException: A channel, the store or another part can't be set up; the message says why.
        ChannelConfigurationError: A messenger is set up by half.
    """
    check(os.environ)
    for doubt in doubts(os.environ):
        logger.warning("%s", doubt)
    token = read_rasa_token(os.environ)
    endpoints = AvailableEndpoints.read_endpoints(ENDPOINTS)
    store = open_store(endpoints)
    messengers = Messengers(store, load_knowledge()).channels(os.environ)
    agent = load_agent(model, store, endpoints)
    # All that is loaded stays. Unless told so, the collector walks through it again and again, for up to half
    # a second each time.
    gc.collect()
    gc.freeze()
    gc.enable()
    channels = create_http_input_channels(None, CREDENTIALS) + messengers
    leave_origins_to_channels()
    app = configure_app(channels, enable_api=token is not None, auth_token=token)
    configure_logging()  # Sanic may have brought its own
    name_requests(app)
    locks: ConversationLocks = agent.lock_store
    readiness = Readiness({"database": store.ask, "redis": locks.ask})
    app.blueprint(operation_routes(readiness, Door(read_key(os.environ)), store.mailbox.count_open))
    _secure(app, is_public=not is_loopback(listening.getsockname()[0]))
    lead_to_page(app, CHAT_PAGE if WebChannel.name() in {channel.name() for channel in channels} else None)
    if token is not None:
        close_to_strangers(app, token)
    app.config.REQUEST_MAX_SIZE = 2 * (MAX_MESSENGER_BYTES if messengers else MAX_BODY_BYTES)
    app.ctx.agent = agent
    app.ctx.erase = partial(erase, agent.tracker_store)
    app.ctx.tombstones = store.tombstones

    @app.before_server_start
    async def connect_broker(_: Sanic, loop: object) -> None:
        agent.tracker_store.event_broker = await EventBroker.create(endpoints.event_broker, loop=loop)

    @app.after_server_start
    async def announce(running: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        # Sanic loses a signal to stop that comes before it serves, and with it every later one.
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, loop.call_later, SECONDS_TO_SERVE, running.stop)
        running.add_task(purge_daily(agent.tracker_store), name=PURGING)
        on_ready()

    @app.before_server_stop
    async def end_purging(running: Sanic, _: object) -> None:
        readiness.is_stopping = True
        _end_after(SECONDS_TO_END)
        await running.cancel_task(PURGING)

    @app.on_response
    async def let_go(request: Request, _: HTTPResponse) -> None:
        if readiness.is_stopping and request.stream is not None:
            request.stream.keep_alive = False

    app.register_listener(close_resources, "after_server_stop")
    app.run(sock=listening, motd=False, access_log=False)


def _end_after(seconds: float) -> None:
    """Ends the process in any case: a thread that waits for a database can't be ended otherwise."""

    def end() -> None:
        logger.error("What is under way has not ended after %s seconds", seconds)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _secure(app: Sanic, is_public: bool) -> None:
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = SECONDS_TO_CLOSE
    app.config.RESPONSE_TIMEOUT = SECONDS_TO_ANSWER
    app.config.PROXIES_COUNT = read_proxies(os.environ)
    app.config[IS_PUBLIC] = is_public
    answer_errors(app)
    add_security_headers(app)
