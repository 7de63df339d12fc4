"""Plays screenings over REST as people do: an opening in free text, then an answer to whatever is asked.

Most answers are what a button says. Numbers, and every third "no", are typed, so that with the opening
nearly half of the turns are free text: what the networks cost is in the figures.
"""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

ANSWER_SECONDS = 60.0
MOST_TURNS_OF_A_SCREENING = 40
NONE_OPTION = "none"
IN_OTHER_WORDS = "It is my lower back. It aches when I move."
TYPED = {
    "duration_days": "3 days",
    "severity": "4 out of 10",
    "age": "38",
}
"""What is typed where a question has no options."""
IN_WORDS = {NONE_OPTION: "no, nothing like that", "absent": "no, I don't think so"}
"""What is typed in place of pressing a button, by the id of its option."""
TYPED_EACH = 3
"""So many answers for which there are such words go by until one is typed."""


@dataclass(frozen=True)
class Person:
    """Someone with a complaint.

    Attributes:
        opening: What they write first.
        answers: What they answer where the finding is asked for: an option's id, or words. Everything else is
            answered with what harms least.
    """

    opening: str
    answers: Mapping[str, str]

    def reply(self, question: Mapping[str, Any]) -> str:
        """Answers a question from its options, as its `id`, `kind`, `findings` and `options` allow."""
        payloads = {option["id"]: option["payload"] for option in question["options"]}
        findings = question["findings"]
        if question["kind"] == "checklist":
            ticked = [payloads[finding] for finding in findings if self.answers.get(finding) == "present"]
            return "; ".join(ticked) or payloads[NONE_OPTION]
        if question["kind"] == "text":
            return IN_OTHER_WORDS
        finding = findings[0]
        answer = self.answers.get(finding, TYPED.get(finding, "absent"))
        return payloads.get(answer) or (next(iter(payloads.values())) if payloads else answer)


def is_button(question: Mapping[str, Any], text: str) -> bool:
    """Whether a text is what buttons of a question say."""
    payloads = {option["payload"] for option in question["options"]}
    return text in payloads or payloads.issuperset(text.split("; "))


def in_words(question: Mapping[str, Any], text: str) -> str | None:
    """Gives the words that some people type in place of pressing a button, if there are any for it."""
    options = {option["payload"]: option["id"] for option in question["options"]}
    return IN_WORDS.get(options.get(text, ""))


PEOPLE = (
    Person("I pulled something low in my back carrying shopping on Monday. It's a dull ache.", {}),
    Person(
        "pain shoots from my bum down to my left foot",
        {"leg_numbness": "present", "duration_days": "3 weeks"},
    ),
    Person("my neck and shoulders have been stiff for months", {"age": "55", "severity": "3"}),
    Person("My back is really sore.", {"minor_trauma": "present", "age": "71", "severity": "8"}),
    Person("aching between the shoulder blades, no fever, worse at my desk", {"duration_days": "10 days"}),
)

CONTINUED = Person("My lower back has been hurting since I lifted a box two days ago.", {})
DIGRESSIONS = (
    "do I need a scan?",
    "the pain is about 4 out of 10 now",
    "why do you ask that?",
    "the pain is about 6 out of 10 now",
)
"""What keeps a conversation at the same question for as long as it is said."""


@dataclass(frozen=True)
class Turn:
    """One message and its answer.

    Attributes:
        seconds: From sending the message to having the whole answer.
        messages: What was answered, empty where the request failed.
        is_typed: Whether the message was free text; else it was what a button says.
    """

    seconds: float
    messages: list[dict[str, Any]]
    is_typed: bool

    @property
    def question(self) -> dict[str, Any] | None:
        """What was asked, as in the contract."""
        return self._custom("question")

    @property
    def failed(self) -> bool:
        """Whether the turn led nowhere: a failed request, no answer, or one that neither asks nor decides."""
        return self.question is None and self._custom("assessment") is None

    def _custom(self, key: str) -> dict[str, Any] | None:
        found = (message.get("custom", {}).get(key) for message in self.messages)
        return next((content for content in found if content), None)


class Client:
    """Talks to one server."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str | None = None) -> None:
        """Takes the session to talk in.

        Args:
            session: What the requests are made with.
            url: The server's address, without a path.
            key: What the server wants to be shown, if it wants any.
        """
        self._session = session
        self._url = f"{url}/webhooks/rest/webhook"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def say(self, sender: str, text: str, is_typed: bool = True) -> Turn:
        """Sends a message and takes the time until its answer is there."""
        began = time.perf_counter()
        body = {"sender": sender, "message": text}
        try:
            async with self._session.post(self._url, json=body, headers=self._headers) as response:
                messages = await response.json() if response.ok else []
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            messages = []
        return Turn(time.perf_counter() - began, messages, is_typed)

    async def screen(self, screenings: int, first: int, deadline: float) -> list[Turn]:
        """Plays one screening after another.

        Args:
            screenings: How many screenings to play.
            first: Index of the person to begin with.
            deadline: On the clock of `time.perf_counter`; no turn is begun after it.
        """
        played: list[Turn] = []
        denied = 0
        for index in range(first, first + screenings):
            person = PEOPLE[index % len(PEOPLE)]
            sender, text, is_typed = uuid.uuid4().hex, person.opening, True
            for _ in range(MOST_TURNS_OF_A_SCREENING):
                if time.perf_counter() > deadline:
                    return played
                turn = await self.say(sender, text, is_typed)
                played.append(turn)
                if turn.question is None:
                    break
                text = person.reply(turn.question)
                if words := in_words(turn.question, text):
                    denied += 1
                    text = text if denied % TYPED_EACH else words
                is_typed = not is_button(turn.question, text)
        return played

    async def go_on(self, turns: int) -> list[Turn]:
        """Plays one conversation that stays at its first question."""
        sender = uuid.uuid4().hex
        played = [await self.say(sender, CONTINUED.opening)]
        for text in itertools.islice(itertools.cycle(DIGRESSIONS), turns - 1):
            played.append(await self.say(sender, text))
        return played


def new_session() -> aiohttp.ClientSession:
    """Opens a session that keeps its connections and waits long enough for a slow answer."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    )
