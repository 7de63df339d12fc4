"""Attacks a server, and looks whether it held."""

from __future__ import annotations

import json
import statistics
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from benchmarks.hostile.attacks import Prey, requests
from benchmarks.hostile.messengers import (
    SLACK_SECRET,
    TELEGRAM_SECRET,
    Messengers,
    slack_event,
    slack_request,
    telegram_request,
    telegram_update,
)
from benchmarks.hostile.server import Server
from benchmarks.hostile.wire import Answer, Request, send

AT_ONCE = 8
PATIENCE = 120.0
"""After so many seconds an answer counts as one that never comes; the longest turn takes 30."""
SERVER_ERROR, UNAUTHORISED = 500, 401
WARM_UP = 0.2
"""This share of the requests is over before memory is looked at: until then caches fill."""
SECRETS = ("marmalade-hinge", "cupboard-otter")
"""Words of the victims in the widget that nobody else writes."""
SLACK_VICTIM, TELEGRAM_VICTIM = "UVICTIM", 777
CHATS = {f"D{SLACK_VICTIM}": "teapot-badger", str(TELEGRAM_VICTIM): "lampshade-heron"}
"""The chats of the victims on Slack and Telegram, with their words."""
ALL_SECRETS = (*SECRETS, *CHATS.values())
SECONDS_BETWEEN_MESSAGES = 2.0
COMPLAINT = "my lower back has hurt for 3 weeks like a {}"
TRACE = b"Traceback (most recent call last)"


class _SiegeError(Exception):
    """The server did not do what the siege itself needs."""


@dataclass
class Figures:
    """What a siege brought to light.

    Attributes:
        statuses: How many answers had each status; 0 is a connection closed without one.
        seconds: How long each answer took.
        memory: Resident memory in MiB, measured along the way.
        faults: What must never happen and did, each with the request.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return len(self.seconds)

    @property
    def growth(self) -> float:
        """How much the memory grew after the warm-up: the last fifth beside the second one, in MiB."""
        fifth = max(int(len(self.memory) * WARM_UP), 1)
        return statistics.median(self.memory[-fifth:]) - statistics.median(self.memory[fifth : 2 * fifth])


def besiege(server: Server, messengers: Messengers, count: int, seed: int) -> Figures:
    """Sends requests that mean harm while others hold conversations, and checks every answer.

    Args:
        server: What is attacked.
        messengers: Slack and Telegram, which are on there.
        count: How many requests, at least.
        seed: Chooses them.

    Returns:
        The figures.
    """
    figures = Figures()
    victims = [_Victim(server, secret) for secret in SECRETS]
    others = [_MessengerVictim(server, messengers, chat) for chat in CHATS]
    token = _new_token(server)
    prey = Prey(victims[0].conversation, token, _break(token), SLACK_VICTIM, TELEGRAM_VICTIM)
    batches = st.lists(requests(prey), min_size=AT_ONCE, max_size=AT_ONCE)

    with ThreadPoolExecutor(AT_ONCE) as pool:

        @seeded(seed)
        @settings(
            max_examples=-(-count // AT_ONCE),
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(batches)
        def attack(batch: list[Request]) -> None:
            answers = pool.map(lambda request: send(server.port, request, PATIENCE), batch)
            for request, answer in zip(batch, answers, strict=True):
                _look_at(request, answer, figures)
            figures.memory.append(server.memory)

        attack()
    for victim in (*victims, *others):
        figures.faults += victim.complaints()
    figures.faults += _look_at_chats(messengers)
    figures.faults += _look_at_log(server, token)
    return figures


def _look_at(request: Request, answer: Answer, figures: Figures) -> None:
    figures.statuses[answer.status] += 1
    figures.seconds.append(answer.seconds)
    reasons = []
    if answer.status >= SERVER_ERROR:
        reasons.append(f"status {answer.status}")
    if not answer.is_whole:
        reasons.append(f"no end after {answer.seconds:.0f} s")
    if any(secret.encode() in answer.content for secret in ALL_SECRETS):
        reasons.append("it tells what somebody else said")
    if TRACE in answer.content or b"site-packages" in answer.content:
        reasons.append("it shows its inside")
    if request.sender is not None and not _is_theirs(answer, request.sender):
        reasons.append("it answers for another conversation")
    if request.is_forged and answer.status != UNAUTHORISED:
        reasons.append(f"it takes what no messenger sent, with status {answer.status}")
    figures.faults += [f"{reason}: {request.as_bytes()[:300]!r}" for reason in reasons]


def _is_theirs(answer: Answer, sender: str) -> bool:
    try:
        said = json.loads(answer.body)
    except ValueError:
        return True
    return not isinstance(said, list) or all(message["recipient_id"] == sender for message in said)


def _look_at_chats(messengers: Messengers) -> list[str]:
    """Looks whether anybody was told what somebody else had written."""
    return [
        f"{place} was told what somebody else said: {said[:300]}"
        for place in messengers.places()
        for said in messengers.said_to(place)
        if any(secret in said for secret in ALL_SECRETS if secret != CHATS.get(place))
    ]


def _look_at_log(server: Server, token: str) -> list[str]:
    log = server.log
    words = [
        *ALL_SECRETS,
        SLACK_SECRET,
        TELEGRAM_SECRET,
        SLACK_VICTIM,
        "UEVIL",
        token,
        "Traceback",
        "DROP TABLE",
        "attacker-",
    ]
    return [f"the log holds {word!r}" for word in words if word in log]


class _Victim:
    """Somebody who holds a conversation in the widget while the server is attacked."""

    def __init__(self, server: Server, secret: str) -> None:
        self._server = server
        self._token = _new_token(server)
        claims = self._token.split(".")[1]
        self.conversation = f"web:{json.loads(_unpack(claims))['sub']}"
        self._say(COMPLAINT.format(secret))
        self._before = self._told()

    def complaints(self) -> list[str]:
        """Says what has changed in the conversation, and whether it goes on."""
        found = [] if self._told() == self._before else ["a victim's conversation has changed"]
        question = [said for said in self._say("None of these") if "question" in said.get("custom", {})]
        return found if question else [*found, "a victim's conversation does not go on"]

    def _say(self, text: str) -> list[dict[str, Any]]:
        body = json.dumps({"token": self._token, "text": text}).encode()
        return list(_read(self._server, Request("POST", "/chat/messages", body=body))["messages"])

    def _told(self) -> Any:
        return _read(
            self._server, Request("GET", "/chat/messages", {"Authorization": f"Bearer {self._token}"})
        )


class _MessengerVictim:
    """Somebody who holds a conversation on Slack or Telegram while the server is attacked."""

    def __init__(self, server: Server, messengers: Messengers, chat: str) -> None:
        self._server, self._messengers, self._chat = server, messengers, chat
        self._say(COMPLAINT.format(CHATS[chat]))
        self._before = messengers.said_to(chat)

    def complaints(self) -> list[str]:
        """Says whether anything was said to them meanwhile, and whether the conversation goes on."""
        said = self._messengers.said_to(self._chat)
        found = [] if said == self._before else [f"{self._chat} was told something without asking"]
        told = self._say("None of these")
        return found if any("?" in text for text in told) else [*found, f"{self._chat} is not answered"]

    def _say(self, text: str) -> list[str]:
        """Writes something, and gives what is said until nothing more comes."""
        before = len(self._messengers.said_to(self._chat))
        if self._chat.startswith("D"):
            request = slack_request(json.dumps(slack_event(SLACK_VICTIM, text)).encode())
        else:
            request = telegram_request(json.dumps(telegram_update(TELEGRAM_VICTIM, text)).encode())
        send(self._server.port, request, PATIENCE)
        end, seen = time.monotonic() + PATIENCE, before
        while time.monotonic() < end:
            time.sleep(SECONDS_BETWEEN_MESSAGES)
            now = len(self._messengers.said_to(self._chat))
            if now > before and now == seen:
                break
            seen = now
        return self._messengers.said_to(self._chat)[before:]


def _new_token(server: Server) -> str:
    return str(_read(server, Request("POST", "/chat/session"))["token"])


def _read(server: Server, request: Request) -> dict[str, Any]:
    answer = send(server.port, request, PATIENCE)
    try:
        return dict(json.loads(answer.body))
    except ValueError:
        raise _SiegeError(f"{request.method} {request.path} brought {answer.content[:200]!r}") from None


def _break(token: str) -> tuple[str, ...]:
    """Makes of a token some that the server must not take."""
    head, body, signature = token.split(".")
    other = urlsafe_b64encode(b'{"sub": "somebody", "exp": 9999999999}').rstrip(b"=").decode()
    unsigned = urlsafe_b64encode(b'{"alg": "none"}').rstrip(b"=").decode()
    return (
        "",
        "null",
        token[:-3],
        f"{head}.{other}.{signature}",
        f"{unsigned}.{body}.",
        f"{head}.{body}.",
        f"{token}.{token}",
        token.swapcase(),
    )


def _unpack(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
