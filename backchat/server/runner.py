"""Serves everything from one process: the model, the actions, the store and the channels."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.lock_store import LockStore
from rasa.core.run import close_resources, configure_app, create_http_input_channels
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.exceptions import RasaException
from sanic import Sanic

from backchat.channels.guard import TURN_SECONDS
from backchat.channels.http import (
    IS_PUBLIC,
    MAX_BODY_BYTES,
    MAX_MESSENGER_BYTES,
    add_security_headers,
    answer_errors,
    is_loopback,
)
from backchat.channels.settings import CREDENTIALS
from backchat.knowledge.loader import load_knowledge
from backchat.retention import retention_days
from backchat.server.action_schema import compile_action_schema
from backchat.server.actions import InProcessActions
from backchat.server.erasure import erase, purge_daily
from backchat.server.logs import configure_logging
from backchat.server.messengers import Messengers
from backchat.server.rasa_api import close_to_strangers, read_token
from backchat.server.store import ENDPOINTS, open_store

PURGING = "purging"
"""The task that deletes what has been kept long enough."""

SECONDS_TO_CLOSE = 3.0
SECONDS_TO_ANSWER = 4 * TURN_SECONDS
"""A turn that takes too long ends in the safety net; on a busy machine Sanic must not end it without one."""
PROXIES_VARIABLE = "BACKCHAT_PROXIES"
MOST_PROXIES = 9


class ProxiesError(RasaException):
    """The environment gives a number of proxies that can't be used."""


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
    compile_action_schema()
    agent = Agent.load(
        model,
        generator=endpoints and endpoints.nlg,
        lock_store=LockStore.create(endpoints and endpoints.lock_store),
        action_endpoint=InProcessActions(),
    )
    store.domain = agent.domain
    agent.tracker_store = agent.processor.tracker_store = store
    return agent


def serve(model: Path, listening: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serves the channels of `credentials.yml` and of the environment until the process is told to stop.

    Args:
        model: A model's file that was checked.
        listening: A socket bound to the address to serve at.
        on_ready: Called when messages can come in.

    Raises:
        RasaException: A channel, the store or another part can't be set up; the message says why.
        ChannelConfigurationError: A messenger is set up by half.
    """
    retention_days()
    token = read_token()
    endpoints = AvailableEndpoints.read_endpoints(ENDPOINTS)
    store = open_store(endpoints)
    messengers = Messengers(store, load_knowledge()).channels(os.environ)
    agent = load_agent(model, store, endpoints)
    # All that is loaded stays. Unless told so, the collector walks through it again and again, for up to half
    # a second each time.
    gc.collect()
    gc.freeze()
    channels = create_http_input_channels(None, CREDENTIALS) + messengers
    app = configure_app(channels, enable_api=token is not None, auth_token=token)
    configure_logging()  # Sanic may have brought its own
    _secure(app, is_public=not is_loopback(listening.getsockname()[0]))
    if token is not None:
        close_to_strangers(app, token)
    app.config.REQUEST_MAX_SIZE = 2 * (MAX_MESSENGER_BYTES if messengers else MAX_BODY_BYTES)
    app.ctx.agent = agent
    app.ctx.erase = partial(erase, agent.tracker_store)

    @app.before_server_start
    async def connect_broker(_: Sanic, loop: object) -> None:
        agent.tracker_store.event_broker = await EventBroker.create(endpoints.event_broker, loop=loop)

    @app.after_server_start
    async def announce(running: Sanic, _: object) -> None:
        running.add_task(purge_daily(agent.tracker_store), name=PURGING)
        on_ready()

    @app.before_server_stop
    async def end_purging(running: Sanic, _: object) -> None:
        await running.cancel_task(PURGING)

    app.register_listener(close_resources, "after_server_stop")
    app.run(sock=listening, motd=False, access_log=False)


def _secure(app: Sanic, is_public: bool) -> None:
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = SECONDS_TO_CLOSE
    app.config.RESPONSE_TIMEOUT = SECONDS_TO_ANSWER
    app.config.PROXIES_COUNT = _read_proxies()
    app.config[IS_PUBLIC] = is_public
    answer_errors(app)
    add_security_headers(app)


def _read_proxies() -> int | None:
    """Reads how many proxies stand before the server: so many entries of X-Forwarded-For are believed."""
    given = os.environ.get(PROXIES_VARIABLE) or "0"
    if not given.isdecimal() or int(given) > MOST_PROXIES:
        raise ProxiesError(f"{PROXIES_VARIABLE} must be a number from 0 to {MOST_PROXIES}.")
    return int(given) or None
