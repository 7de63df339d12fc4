"""People who are screened over the web channel, as a page does: what is not answered is sent again."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import sqlalchemy as sa

from benchmarks.turns.screenings import MOST_TURNS_OF_A_SCREENING, PEOPLE, Person

SECONDS_TO_ANSWER = 60.0
SECONDS_UNTIL_AGAIN = 0.3

Answer = list[dict[str, Any]]


@dataclass(frozen=True)
class Attempt:
    """One request.

    Attributes:
        at: When it was sent, in seconds since the start.
        seconds: How long it took.
        failed: Whether it brought no answer, or none but the safety net.
    """

    at: float
    seconds: float
    failed: bool


@dataclass(frozen=True)
class Wait:
    """From a message, however often it had to be said, to its answer.

    Attributes:
        ended: When it was over, in seconds since the start.
        seconds: How long it took.
    """

    ended: float
    seconds: float


@dataclass
class Talk:
    """What one person said and was told.

    Attributes:
        person: Who they are.
        token: The token of their session.
        confirmed: By its id each message that was answered, in order, with its answer.
        sent: The ids of all messages.
        decided: What the screening ended with: the urgency, and the rules behind it.
    """

    person: Person
    token: str = ""
    confirmed: dict[str, Answer] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    decided: tuple[Any, ...] | None = None

    @property
    def sender(self) -> str:
        """The id of the conversation, which its token bears."""
        claims = self.token.split(".")[1]
        padded = claims + "=" * (-len(claims) % 4)
        return f"web:{json.loads(urlsafe_b64decode(padded))['sub']}"


class Crowd:
    """Many people at once, and what became of their conversations.

    Attributes:
        talks: The conversations that came to an end.
        attempts: All requests, in the order of their end.
        waits: How long people waited for what they said to be read, however often they had to say it.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, safety_net: str) -> None:
        """Takes whom they talk to.

        Args:
            session: What the requests are made with.
            url: The address of the service.
            safety_net: What is told where a turn fails.
        """
        self._session = session
        self._url = f"{url}/chat"
        self._safety_net = safety_net
        self._began = time.perf_counter()
        self.talks: list[Talk] = []
        self.attempts: list[Attempt] = []
        self.waits: list[Wait] = []

    @property
    def now(self) -> float:
        """The seconds since the start."""
        return time.perf_counter() - self._began

    async def keep_coming(self, first: int, is_over: asyncio.Event) -> None:
        """Sends one person after another, until it is over; whoever has begun then ends their screening."""
        number = first
        while not is_over.is_set():
            self.talks.append(await self.screen(PEOPLE[number % len(PEOPLE)]))
            number += 1

    async def screen(self, person: Person) -> Talk:
        """Plays a screening to its end, however often something has to be said again."""
        talk = await self.meet(person)
        return await self.go_on(talk, await self.say(talk, person.opening))

    async def meet(self, person: Person) -> Talk:
        """Opens the page."""
        return Talk(person, (await self._insist("session", {}))["token"])

    async def go_on(self, talk: Talk, answer: Answer) -> Talk:
        """Plays a screening from an answer on to its end."""
        for _ in range(MOST_TURNS_OF_A_SCREENING):
            assessment = custom(answer, "assessment")
            if assessment is not None:
                talk.decided = (assessment["urgency"], tuple(assessment["rules"]), assessment["pattern"])
                return talk
            question = custom(answer, "question")
            if question is None:
                return talk
            answer = await self.say(talk, talk.person.reply(question))
        return talk

    async def say(self, talk: Talk, text: str) -> Answer:
        """Says something until it is read; what the safety net answers is said anew, as people do."""
        began = self.now
        while True:
            answer = await self.send(talk, text)
            if answer:
                self.waits.append(Wait(self.now, self.now - began))
                return answer
            await asyncio.sleep(SECONDS_UNTIL_AGAIN)

    async def send(self, talk: Talk, text: str, message_id: str = "", port: int | None = None) -> Answer:
        """Sends one message until there is an answer.

        Args:
            talk: Whose it is.
            text: What they say.
            message_id: Its id; a new one if there is none.
            port: The port of a process; that of the service if there is none.

        Returns:
            The answer, or nothing where it was the safety net.
        """
        message_id = message_id or uuid.uuid4().hex
        talk.sent.add(message_id)
        body = {"token": talk.token, "text": text, "id": message_id}
        answer: Answer = (await self._insist("messages", body, port))["messages"]
        if any(message.get("text") == self._safety_net for message in answer):
            self.attempts.append(replace(self.attempts.pop(), failed=True))
            return []
        talk.confirmed[message_id] = answer
        return answer

    async def history(self, talk: Talk) -> Answer:
        """Has all told again that was said."""
        headers = {"Authorization": f"Bearer {talk.token}"}
        async with self._session.get(f"{self._url}/messages", headers=headers) as response:
            return list((await response.json())["messages"])

    async def _insist(self, place: str, body: Mapping[str, Any], port: int | None = None) -> dict[str, Any]:
        """Sends something until there is an answer, as the page does: from the second time on as "again"."""
        url = self._url if port is None else f"http://127.0.0.1:{port}/chat"
        again: dict[str, Any] = {}
        while True:
            began = self.now
            answered = await self._post(f"{url}/{place}", {**body, **again})
            self.attempts.append(Attempt(began, self.now - began, failed=answered is None))
            if answered is not None:
                return answered
            again = {"again": True}
            await asyncio.sleep(SECONDS_UNTIL_AGAIN)

    async def _post(self, url: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            async with self._session.post(url, json=body) as response:
                return await response.json() if response.status == 200 else None
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            return None


@dataclass(frozen=True)
class Losses:
    """What went wrong with what people said.

    Attributes:
        lost: Messages that were answered and are in no record.
        doubled: Messages of which two turns were taken.
        mixed: Messages in the record of a conversation that nobody sent there.
        wrong: Screenings that ended with another decision than without faults, or with none.
    """

    lost: int
    doubled: int
    mixed: int
    wrong: int


def check(talks: list[Talk], expected: Mapping[str, tuple[Any, ...] | None], database: str) -> Losses:
    """Holds what people were told against what the database has recorded.

    Args:
        talks: The conversations.
        expected: By their opening what each person is told without faults.
        database: The URL of the database.
    """
    recorded = _recorded(database)
    lost = doubled = mixed = 0
    for talk in talks:
        ids = recorded.get(talk.sender, [])
        lost += len(talk.confirmed.keys() - set(ids))
        doubled += len(ids) - len(set(ids))
        mixed += len(set(ids) - talk.sent)
    wrong = sum(talk.decided != expected[talk.person.opening] for talk in talks)
    return Losses(lost, doubled, mixed, wrong)


def _recorded(database: str) -> dict[str, list[str]]:
    """Reads by conversation the ids of the messages that turns were taken with."""
    engine = sa.create_engine(database)
    ids: dict[str, list[str]] = {}
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT sender_id, data FROM events WHERE type_name = 'user' ORDER BY id"
        )
        for sender, data in rows:
            ids.setdefault(sender, []).append(json.loads(data)["message_id"])
    engine.dispose()
    return ids


def custom(answer: Answer, key: str) -> dict[str, Any] | None:
    """Finds what a client draws: the last question or assessment of some messages."""
    found = ((message.get("custom") or {}).get(key) for message in reversed(answer))
    return next((content for content in found if content), None)
