"""Slack and Telegram are switched on by the environment; half of it is an error; no secret is ever shown."""

from __future__ import annotations

import pytest

from backchat.channels.sessions import load_secret
from backchat.channels.settings import (
    REQUIRED,
    SECRET_VARIABLE,
    SHORTEST_SECRET,
    ChannelConfigurationError,
    check,
    describe,
    doubts,
    read_slack,
    read_telegram,
)
from backchat.retention import RetentionError

SLACK = {"SLACK_BOT_TOKEN": "xoxb-very-secret", "SLACK_SIGNING_SECRET": "signed-very-secretly"}
TELEGRAM = {"TELEGRAM_TOKEN": "12345:a-very-secret-token", "TELEGRAM_WEBHOOK_SECRET": "hooked_very_secretly"}
SECRETS = ("very-secret", "signed-very-secretly", "hooked_very_secretly")


def described(environment, listed=(), is_public=False):
    return describe(environment, listed, is_public)


def shows_a_secret(text: str) -> bool:
    return any(secret in text for secret in SECRETS)


@pytest.mark.parametrize("environment", [{}, {"SLACK_BOT_TOKEN": "", "TELEGRAM_TOKEN": " "}])
def test_without_settings_both_are_off(environment):
    assert read_slack(environment) is None
    assert read_telegram(environment) is None
    assert described(environment) == {
        "slack": "off: it needs SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET",
        "telegram": "off: it needs TELEGRAM_TOKEN and TELEGRAM_WEBHOOK_SECRET",
        "rasa-api": "off: it needs BACKCHAT_RASA_TOKEN",
    }


def test_with_all_settings_they_are_on_and_talk_to_the_real_ones():
    slack, telegram = read_slack(SLACK), read_telegram(TELEGRAM)
    assert (slack.bot_token, slack.signing_secret) == ("xoxb-very-secret", "signed-very-secretly")
    assert (telegram.token, telegram.webhook_secret) == ("12345:a-very-secret-token", "hooked_very_secretly")
    assert slack.api_url == "https://slack.com/api/"
    assert telegram.api_url == "https://api.telegram.org/"
    states = described({**SLACK, **TELEGRAM, "BACKCHAT_RASA_TOKEN": "x" * 32})
    assert states == {"slack": "on", "telegram": "on", "rasa-api": "on"}


@pytest.mark.parametrize("channel", REQUIRED)
@pytest.mark.parametrize("kept", [0, 1])
def test_half_of_the_settings_is_an_error_that_names_the_other_half(channel, kept):
    there, lacking = REQUIRED[channel][kept], REQUIRED[channel][1 - kept]
    environment = {there: {**SLACK, **TELEGRAM}[there], lacking: ""}
    with pytest.raises(ChannelConfigurationError, match=f"{lacking} must be set beside {there}") as error:
        check(environment)
    assert not shows_a_secret(str(error.value))
    assert lacking in described(environment)[channel]
    assert not shows_a_secret(described(environment)[channel])


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({**TELEGRAM, "TELEGRAM_WEBHOOK_SECRET": "very-secret!"}, "TELEGRAM_WEBHOOK_SECRET"),
        ({**TELEGRAM, "TELEGRAM_WEBHOOK_SECRET": "very-secret" * 30}, "TELEGRAM_WEBHOOK_SECRET"),
        ({**TELEGRAM, "TELEGRAM_WEBHOOK_SECRET": "very-secret"}, "TELEGRAM_WEBHOOK_SECRET"),
        ({**TELEGRAM, "TELEGRAM_TOKEN": "very-secret/../x"}, "TELEGRAM_TOKEN"),
        ({**TELEGRAM, "TELEGRAM_TOKEN": "a-very-secret-token-of-nothing"}, "TELEGRAM_TOKEN"),
        ({**SLACK, "SLACK_BOT_TOKEN": "very-secret-garbage"}, "SLACK_BOT_TOKEN"),
        ({**SLACK, "SLACK_BOT_TOKEN": "xoxp-very-secret-user"}, "SLACK_BOT_TOKEN"),
        ({**SLACK, "SLACK_SIGNING_SECRET": "very-secret"}, "SLACK_SIGNING_SECRET"),
        ({**SLACK, "SLACK_SIGNING_SECRET": SLACK["SLACK_BOT_TOKEN"]}, "SLACK_SIGNING_SECRET"),
        ({**TELEGRAM, "TELEGRAM_API_URL": "very-secret"}, "TELEGRAM_API_URL"),
        ({**SLACK, "SLACK_API_URL": "ftp://very-secret"}, "SLACK_API_URL"),
        ({**SLACK, "SLACK_API_URL": "https://very-secret/?x"}, "SLACK_API_URL"),
    ],
)
def test_what_cannot_be_used_is_an_error_that_names_the_variable(environment, variable):
    with pytest.raises(ChannelConfigurationError, match=variable) as error:
        check(environment)
    assert not shows_a_secret(str(error.value))


def test_settings_do_not_show_their_secrets():
    assert not shows_a_secret(repr([read_slack(SLACK), read_telegram(TELEGRAM)]))


def test_an_address_may_end_in_a_slash_or_not():
    for url in ("http://127.0.0.1:1/api", "http://127.0.0.1:1/api/"):
        assert read_slack({**SLACK, "SLACK_API_URL": url}).api_url == "http://127.0.0.1:1/api/"


@pytest.mark.parametrize(
    ("environment", "channel", "variable"),
    [
        ({"BACKCHAT_API_KEY": "short"}, "rest", "BACKCHAT_API_KEY"),
        ({"BACKCHAT_ORIGINS": "*"}, "web", "BACKCHAT_ORIGINS"),
        ({"BACKCHAT_RASA_TOKEN": "short"}, "rasa-api", "BACKCHAT_RASA_TOKEN"),
        *(
            ({variable: "often"}, channel, variable)
            for channel in ("rest", "web", "rasa-api")
            for variable in (
                "BACKCHAT_RATE_PER_SESSION",
                "BACKCHAT_RATE_PER_ADDRESS",
                "BACKCHAT_RATE_OF_GUESSES",
                "BACKCHAT_PROXIES",
                "BACKCHAT_RETENTION_DAYS",
            )
        ),
    ],
)
def test_what_stops_the_start_is_told_of_the_channel_too(environment, channel, variable):
    with pytest.raises((ChannelConfigurationError, RetentionError), match=variable):
        check(environment)
    told = described(environment, ["rest", "web"])[channel]
    assert told.startswith(f"can't start: {variable}")


def test_beyond_this_machine_rest_is_on_only_with_a_key():
    told = described({}, ["rest", "web"], is_public=True)
    assert told["rest"] == "refuses everybody: beyond this machine it needs BACKCHAT_API_KEY"
    assert told["web"] == "on"
    assert described({"BACKCHAT_API_KEY": "k" * 16}, ["rest"], is_public=True)["rest"] == "on"
    assert described({}, ["rest"])["rest"] == "on"


def test_a_secret_of_the_environment_serves_every_process_and_is_long(tmp_path, monkeypatch):
    secret = "x" * SHORTEST_SECRET
    monkeypatch.setenv(SECRET_VARIABLE, secret)
    assert load_secret(tmp_path / "secret") == secret.encode()
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv(SECRET_VARIABLE, secret[1:])
    with pytest.raises(ChannelConfigurationError) as refused:
        load_secret(tmp_path / "secret")
    assert secret[1:] not in str(refused.value)


def test_redis_without_a_secret_for_all_processes_is_doubted() -> None:
    with_redis = {"BACKCHAT_REDIS_URL": "redis://127.0.0.1:6379/0"}
    (doubt,) = doubts(with_redis)
    assert "BACKCHAT_SESSION_SECRET" in doubt
    assert not [*doubts({})]
    assert not [*doubts({**with_redis, "BACKCHAT_SESSION_SECRET": "s" * 64})]
