"""Whoever runs the server learns whether it lives, whether it can serve, and what it did."""

from __future__ import annotations

import re
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from sanic import Sanic

from backchat.channels.guard import MAX_CHARACTERS, ChannelGuard
from backchat.channels.http import IS_PUBLIC
from backchat.channels.rest import Door
from backchat.channels.settings import REDIS_VARIABLE, ChannelConfigurationError, read_redis_url
from backchat.metrics import REGISTRY
from backchat.server.operation import REQUEST_ID_HEADER, Readiness, name_requests, operation_routes
from tests.channels.serving import WORDING

KEY = "a key of some length"
WORDS = "my legs went numb"


def fails() -> None:
    raise RuntimeError(WORDS)


@asynccontextmanager
async def served(
    readiness: Readiness,
    key: str | None = None,
    is_public: bool = False,
    letters: Callable[[], int] = lambda: 3,
) -> AsyncIterator[aiohttp.ClientSession]:
    listening = socket.create_server(("127.0.0.1", 0))
    app = Sanic(f"test_{uuid.uuid4().hex}", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config[IS_PUBLIC] = is_public
    app.blueprint(operation_routes(readiness, Door(key), letters))
    name_requests(app)
    server = await app.create_server(sock=listening, return_asyncio_server=True)
    await server.startup()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
            yield client
    finally:
        server.close()


async def test_a_server_lives_even_where_it_can_not_serve() -> None:
    async with served(Readiness({"database": fails})) as client:
        assert (await client.get("/healthz")).status == 200
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert await answer.json() == {"ready": False, "lacking": ["database"]}


async def test_it_is_ready_when_every_part_answers(caplog: pytest.LogCaptureFixture) -> None:
    parts = {"database": lambda: None, "redis": lambda: None}
    async with served(Readiness(parts)) as client:
        answer = await client.get("/readyz")
        assert (answer.status, await answer.json()) == (200, {"ready": True})
        parts["redis"] = fails
        assert (await (await client.get("/readyz")).json())["lacking"] == ["redis"]
        parts["redis"] = lambda: None
        assert (await client.get("/readyz")).status == 200
    assert WORDS not in caplog.text


async def test_a_part_that_hangs_counts_as_gone_and_is_asked_once() -> None:
    asked = []

    def hangs() -> None:
        asked.append(1)
        time.sleep(0.5)

    readiness = Readiness({"database": hangs}, seconds=0.05)
    assert [await readiness.lacking() for _ in range(3)] == [["database"]] * 3
    assert len(asked) == 1


async def test_who_is_stopping_is_sent_no_more_work() -> None:
    readiness = Readiness({})
    async with served(readiness) as client:
        readiness.is_stopping = True
        assert (await (await client.get("/readyz")).json())["lacking"] == ["stopping"]
        assert (await client.get("/healthz")).status == 200


async def test_counts_are_told_to_this_machine_alone_or_to_who_has_the_key() -> None:
    async with served(Readiness({})) as client:
        assert (await client.get("/metrics")).status == 200
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})).status == 401
    async with served(Readiness({}), is_public=True) as client:
        assert (await client.get("/metrics")).status == 401
    async with served(Readiness({}), key=KEY, is_public=True) as client:
        assert (await client.get("/metrics", headers={"Authorization": "Bearer no"})).status == 401
        answer = await client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
        assert answer.status == 200
        families = {family.name for family in text_string_to_metric_families(await answer.text())}
        assert {
            "backchat_turns",
            "backchat_turn_seconds",
            "backchat_results",
            "backchat_letters_waiting",
        } <= families
        assert "process_resident_memory_bytes" in families
        assert REGISTRY.get_sample_value("backchat_letters_waiting") == 3


def under_way_now() -> float:
    """Not nought where another test left a turn behind that never ends."""
    return REGISTRY.get_sample_value("backchat_turns_under_way") or 0


@pytest.mark.parametrize(
    ("text", "said", "outcome"),
    [
        (WORDS, {"text": "Where?"}, "answered"),
        (WORDS, None, "failed"),
        ("x" * (MAX_CHARACTERS + 1), {"text": "Where?"}, "refused"),
    ],
)
async def test_each_message_is_counted_by_what_became_of_it(
    text: str, said: dict | None, outcome: str
) -> None:
    async def bot(message: UserMessage) -> None:
        if said is None:
            raise RuntimeError(WORDS)
        await message.output_channel.send_response(message.sender_id, said)

    def counted() -> float:
        labels = {"channel": "rest", "outcome": outcome}
        return REGISTRY.get_sample_value("backchat_turns_total", labels) or 0

    before, under_way = counted(), under_way_now()
    message = UserMessage(text, CollectingOutputChannel(), "somebody", input_channel="rest")
    await ChannelGuard(bot, WORDING).handle(message)
    assert counted() == before + 1
    assert under_way_now() == under_way


async def test_a_message_that_is_being_answered_is_counted_as_under_way() -> None:
    seen = []

    async def bot(message: UserMessage) -> None:
        seen.append(under_way_now())
        await message.output_channel.send_response(message.sender_id, {"text": "Where?"})

    before = under_way_now()
    message = UserMessage(WORDS, CollectingOutputChannel(), "somebody", input_channel="rest")
    await ChannelGuard(bot, WORDING).handle(message)
    assert seen == [before + 1]


async def test_results_are_counted_by_urgency() -> None:
    async def bot(message: UserMessage) -> None:
        custom = {"assessment": {"urgency": "self_care"}}
        await message.output_channel.send_response(message.sender_id, {"custom": custom})

    def counted() -> float:
        return REGISTRY.get_sample_value("backchat_results_total", {"urgency": "self_care"}) or 0

    before = counted()
    message = UserMessage(WORDS, CollectingOutputChannel(), "somebody", input_channel="rest")
    await ChannelGuard(bot, WORDING).handle(message)
    assert counted() == before + 1


async def test_every_answer_bears_the_id_of_its_request() -> None:
    async with served(Readiness({})) as client:
        own = {(await client.get("/healthz")).headers[REQUEST_ID_HEADER] for _ in range(3)}
        assert len(own) == 3
        given = await client.get("/healthz", headers={REQUEST_ID_HEADER: "abc-1.2"})
        assert given.headers[REQUEST_ID_HEADER] == "abc-1.2"
        for forged in ("x" * 65, "a b", '"}{"level":"x'):
            answer = await client.get("/healthz", headers={REQUEST_ID_HEADER: forged})
            assert re.fullmatch("[0-9a-f]{32}", answer.headers[REQUEST_ID_HEADER])


def test_a_redis_that_is_none_is_refused_without_its_password() -> None:
    assert read_redis_url({}) is None
    assert read_redis_url({REDIS_VARIABLE: "rediss://:secret@host:6379/0"}) == "rediss://:secret@host:6379/0"
    with pytest.raises(ChannelConfigurationError) as refused:
        read_redis_url({REDIS_VARIABLE: "http://:secret@host"})
    assert "secret" not in str(refused.value)
