"""The commands as one starts them: what is on, the webhook of Telegram, and a server with both messengers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from backchat.server.store import DATABASE_VARIABLE
from tests.channels.conftest import SLACK, TELEGRAM, slack_settings, telegram_settings
from tests.channels.standins.http_api import serving, until
from tests.channels.standins.slack import Slack
from tests.channels.standins.telegram import SECRET, TOKEN, Telegram, refuse

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from backchat.cli import main; main()"]
SECONDS_TO_START = 250.0
SECRETS = (TOKEN, SECRET)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    others = ("SLACK_", "TELEGRAM_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**inherited, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **variables}


def backchat(*arguments: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(variables),
        timeout=SECONDS_TO_START,
        check=False,
    )


def test_channels_tells_which_are_on_and_what_the_others_lack():
    told = backchat("channels", variables={**telegram_settings("http://x"), "SLACK_BOT_TOKEN": "xoxb-hidden"})
    assert told.returncode == 0
    assert re.findall(r"^([\w-]+) +(.*)$", told.stdout, re.MULTILINE) == [
        ("rest", "on"),
        ("web", "on"),
        (
            "slack",
            "can't start: Slack is set up by half: SLACK_SIGNING_SECRET must be set beside SLACK_BOT_TOKEN.",
        ),
        ("telegram", "on"),
        ("rasa-api", "off: it needs BACKCHAT_RASA_TOKEN"),
    ]
    assert not any(secret in told.stdout + told.stderr for secret in (*SECRETS, "hidden"))


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"BACKCHAT_API_KEY": "short"}, "rest       can't start: BACKCHAT_API_KEY must be"),
        ({"BACKCHAT_ORIGINS": "*"}, "web        can't start: BACKCHAT_ORIGINS: * is no origin"),
        (
            {"TELEGRAM_TOKEN": "garbage", "TELEGRAM_WEBHOOK_SECRET": SECRET},
            "telegram   can't start: TELEGRAM_TOKEN is not a token",
        ),
    ],
)
def test_what_channels_says_can_not_start_does_not_start(variables, told):
    assert told in backchat("channels", variables=variables).stdout
    started = backchat("run", "--port", "0", variables=variables)
    assert started.returncode == 1
    assert started.stderr.startswith(f"backchat: {told.partition(chr(39) + 't start: ')[2]}")
    assert len(started.stderr.splitlines()) == 1


def test_channels_tells_that_beyond_this_machine_rest_needs_a_key():
    told = backchat("channels", variables={"HOST": "0.0.0.0", "BACKCHAT_API_KEY": ""})
    assert "rest       refuses everybody: beyond this machine it needs BACKCHAT_API_KEY\n" in told.stdout
    told = backchat("channels", variables={"HOST": "localhost", "BACKCHAT_API_KEY": ""})
    assert "rest       on\n" in told.stdout


def test_a_messenger_that_is_set_up_by_half_stops_the_start_and_is_named():
    told = backchat("run", "--port", "0", variables={"TELEGRAM_WEBHOOK_SECRET": SECRET})
    assert told.returncode == 1
    assert told.stderr.strip() == (
        "backchat: Telegram is set up by half: TELEGRAM_TOKEN must be set beside TELEGRAM_WEBHOOK_SECRET."
    )


def test_set_webhook_tells_telegram_the_address_the_secret_and_the_kinds_of_update():
    telegram = Telegram()
    with serving(telegram) as api:
        told = backchat("telegram", "set-webhook", "https://x.org", variables=telegram_settings(api))
    assert told.returncode == 0
    assert told.stdout == "Telegram sends what people write to https://x.org/webhooks/telegram/webhook\n"
    assert telegram.set == {
        "url": "https://x.org/webhooks/telegram/webhook",
        "secret_token": SECRET,
        "allowed_updates": ["message", "edited_message", "callback_query"],
    }


@pytest.mark.parametrize(
    ("url", "failure", "reason"),
    [
        ("http://x.org", None, "https addresses alone"),
        ("https://x.org", refuse("Unauthorized", 401), "Unauthorized"),
        ("https://x.org", refuse("Bad Request: bad webhook: Failed to resolve host", 400), "resolve host"),
    ],
)
def test_set_webhook_says_why_it_failed_and_no_secret(url, failure, reason):
    telegram = Telegram()
    if failure is not None:
        telegram.fail("setWebhook", failure)
    with serving(telegram) as api:
        told = backchat("telegram", "set-webhook", url, variables=telegram_settings(api))
    assert told.returncode == 1
    assert reason in told.stderr
    assert not any(secret in told.stdout + told.stderr for secret in SECRETS)


def test_set_webhook_needs_the_settings_and_telegram():
    told = backchat("telegram", "set-webhook", "https://x.org", variables={})
    assert told.returncode == 1
    assert "TELEGRAM_TOKEN and TELEGRAM_WEBHOOK_SECRET" in told.stderr
    told = backchat(
        "telegram", "set-webhook", "https://x.org", variables=telegram_settings("http://127.0.0.1:9")
    )
    assert told.returncode == 1
    assert not any(secret in told.stdout + told.stderr for secret in SECRETS)


@contextmanager
def running(variables: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Runs the product in a process of its own, and gives it and its address."""
    process = subprocess.Popen(
        [*COMMAND, "run", "--port", "0"],
        cwd=ROOT,
        env=environment(variables),
        stdout=subprocess.PIPE,
        text=True,
    )
    give_up = threading.Timer(SECONDS_TO_START, process.kill)
    give_up.start()
    try:
        lines = (re.search(r"(?<=is ready: )http://\S+(?=/chat/)", line) for line in process.stdout or ())
        ready = next((found for found in lines if found), None)
        give_up.cancel()
        assert ready, "backchat run ended before it was ready"
        yield process, ready.group()
    finally:
        give_up.cancel()
        process.terminate()
        process.wait(20)


@pytest.mark.timeout(600)
def test_what_was_confirmed_is_answered_even_if_the_server_is_killed_at_once(model_path, tmp_path):
    slack, telegram = Slack(), Telegram()
    with serving(slack) as slack_api, serving(telegram) as telegram_api:
        variables = {
            **slack_settings(slack_api),
            **telegram_settings(telegram_api),
            DATABASE_VARIABLE: f"sqlite:///{tmp_path}/backchat.db",
        }
        people = []
        with running(variables) as (process, address):
            for backed, messenger in ((SLACK, slack), (TELEGRAM, telegram)):
                messenger.webhook = f"{address}/webhooks/{backed.name}/webhook"
                people.append((backed, backed.person(messenger)))
                assert backed.standin.shown(people[-1][1].says("hello"))
            before = [len(person.screen) for _, person in people]
            ann, bob = (person for _, person in people)
            assert slack.send_event(ann.message("my neck hurts")).status_code == 200
            assert (
                telegram.send(telegram.update(message=bob.message(text="my neck hurts"))).status_code == 200
            )
            process.kill()
            process.wait()
        assert [len(person.screen) for _, person in people] == before
        with running(variables):
            for (backed, person), seen in zip(people, before, strict=True):
                until(lambda person=person, seen=seen: len(person.screen) > seen)
                assert "neck" in backed.standin.shown(person.screen[seen:])
