"""Slack and Telegram with Backchat behind them, as `backchat run` puts it there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain

from backchat.knowledge import Knowledge
from backchat.retention import ERASED
from backchat.server.messengers import Messengers
from backchat.server.store import BoundedSQLTrackerStore
from tests.channels.serving import ScriptedAgent, serve
from tests.channels.standins import slack as slack_standin
from tests.channels.standins import telegram as telegram_standin
from tests.channels.standins.http_api import HttpApi, serving

PRIVATE = "my embarrassing secret"


def option(number: str, label: str) -> dict[str, str]:
    return {"id": number, "label": label, "payload": label}


def question(kind: str, *options: dict[str, str], findings: tuple[str, ...] = ("fever",)) -> dict[str, Any]:
    return {
        "custom": {
            "question": {"id": "q", "kind": kind, "findings": list(findings), "options": list(options)}
        }
    }


NONE, UNSURE = option("none", "None of these"), option("unsure", "Not sure")
CHECKLIST = question("checklist", option("a", "Numb"), option("b", "Weak"), option("c", "Hot"), NONE, UNSURE)
YES_NO = question("yes_no", option("present", "Yes"), option("absent", "No"), UNSURE)
MENU = question("choice", *(option(str(number), f"Choice number {number}") for number in range(9)))
OPEN = question("text", findings=())


async def reply(message: UserMessage) -> list[dict[str, Any]]:
    """A bot whose next words a test chooses with its own."""
    text = message.text
    if "RAISE" in text:
        raise ValueError(text)
    if "SLOWLY" in text:
        await asyncio.sleep(4)
    asked = {"CHECKLIST": CHECKLIST, "YES_NO": YES_NO, "MENU": MENU}.get(text.split(" ")[0])
    if asked is not None:
        return [{"text": f"About {text}?"}, asked]
    if text == "ERASE":
        return [{"text": "All is deleted"}, {"custom": {ERASED: True}}]
    if "TALK" in text:
        return [{"text": "Just talk"}]
    return [{"text": f"You said {text}"}, OPEN]


def scripted_agent(database: Path) -> ScriptedAgent:
    """That bot, with the record of the product."""
    agent = ScriptedAgent(reply)
    agent.tracker_store = BoundedSQLTrackerStore(Domain.empty(), db=str(database))
    return agent


@dataclass(frozen=True)
class Backed:
    """A messenger as a test sees it: its stand-in, and how Backchat is put behind it."""

    name: str
    standin: ModuleType
    make: Callable[[], Any]
    settings: Callable[[str], dict[str, str]]
    post: str
    members: tuple[Any, Any]

    @contextmanager
    def with_agent(self, agent: Any, knowledge: Knowledge, messenger: HttpApi | None = None) -> Iterator[Any]:
        """Puts an agent behind a new messenger, or behind one that there is."""
        messenger = messenger or self.make()
        with serving(messenger) as api:
            channels = Messengers(agent.tracker_store, knowledge).channels(self.settings(api))
            with serve(agent, *channels) as server:
                messenger.webhook = f"{server}/webhooks/{self.name}/webhook"
                yield messenger

    def person(self, messenger: Any, number: int = 0) -> Any:
        return messenger.person(self.members[number])


def slack_settings(api: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack_standin.TOKEN,
        "SLACK_SIGNING_SECRET": slack_standin.SIGNING_SECRET,
        "SLACK_API_URL": f"{api}/api",
    }


def telegram_settings(api: str) -> dict[str, str]:
    return {
        "TELEGRAM_TOKEN": telegram_standin.TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": telegram_standin.SECRET,
        "TELEGRAM_API_URL": api,
    }


SLACK = Backed(
    "slack", slack_standin, slack_standin.Slack, slack_settings, "chat.postMessage", ("ann", "bob")
)
TELEGRAM = Backed(
    "telegram", telegram_standin, telegram_standin.Telegram, telegram_settings, "sendMessage", (7, 8)
)

Running = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def agent_with_script(tmp_path: Path) -> ScriptedAgent:
    return scripted_agent(tmp_path / "backchat.db")


@pytest.fixture
def slack(agent_with_script: ScriptedAgent, knowledge: Knowledge) -> Iterator[slack_standin.Slack]:
    with SLACK.with_agent(agent_with_script, knowledge) as messenger:
        yield messenger


@pytest.fixture
def telegram(agent_with_script: ScriptedAgent, knowledge: Knowledge) -> Iterator[telegram_standin.Telegram]:
    with TELEGRAM.with_agent(agent_with_script, knowledge) as messenger:
        yield messenger


@pytest.fixture(params=[SLACK, TELEGRAM], ids=lambda backed: backed.name)
def backed(request: pytest.FixtureRequest) -> Backed:
    return request.param


@pytest.fixture
def start(backed: Backed, agent_with_script: ScriptedAgent, knowledge: Knowledge) -> Running:
    """Starts a messenger with the scripted bot behind it."""
    return partial(backed.with_agent, agent_with_script, knowledge)
