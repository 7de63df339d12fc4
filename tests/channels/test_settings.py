"""Slack and Telegram are switched on by the environment; half of it is an error; no secret is ever shown."""

from __future__ import annotations

import pytest

from backchat.channels.settings import (
    REQUIRED,
    ChannelConfigurationError,
    check,
    describe,
    read_slack,
    read_telegram,
)

SLACK = {"SLACK_BOT_TOKEN": "xoxb-very-secret", "SLACK_SIGNING_SECRET": "signed-secretly"}
TELEGRAM = {"TELEGRAM_TOKEN": "12345:very-secret", "TELEGRAM_WEBHOOK_SECRET": "hooked_secretly"}
SECRETS = ("very-secret", "signed-secretly", "hooked_secretly")


def shows_a_secret(text: str) -> bool:
    return any(secret in text for secret in SECRETS)


@pytest.mark.parametrize("environment", [{}, {"SLACK_BOT_TOKEN": "", "TELEGRAM_TOKEN": " "}])
def test_without_settings_both_are_off(environment):
    assert read_slack(environment) is None
    assert read_telegram(environment) is None
    assert describe(environment) == {
        "slack": "off: it needs SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET",
        "telegram": "off: it needs TELEGRAM_TOKEN and TELEGRAM_WEBHOOK_SECRET",
    }


def test_with_all_settings_they_are_on_and_talk_to_the_real_ones():
    slack, telegram = read_slack(SLACK), read_telegram(TELEGRAM)
    assert (slack.bot_token, slack.signing_secret) == ("xoxb-very-secret", "signed-secretly")
    assert (telegram.token, telegram.webhook_secret) == ("12345:very-secret", "hooked_secretly")
    assert slack.api_url == "https://slack.com/api/"
    assert telegram.api_url == "https://api.telegram.org/"
    assert describe({**SLACK, **TELEGRAM}) == {"slack": "on", "telegram": "on"}


@pytest.mark.parametrize("channel", REQUIRED)
@pytest.mark.parametrize("kept", [0, 1])
def test_half_of_the_settings_is_an_error_that_names_the_other_half(channel, kept):
    there, lacking = REQUIRED[channel][kept], REQUIRED[channel][1 - kept]
    environment = {there: {**SLACK, **TELEGRAM}[there], lacking: ""}
    with pytest.raises(ChannelConfigurationError, match=f"{lacking} must be set beside {there}") as error:
        check(environment)
    assert not shows_a_secret(str(error.value))
    assert lacking in describe(environment)[channel]
    assert not shows_a_secret(describe(environment)[channel])


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({**TELEGRAM, "TELEGRAM_WEBHOOK_SECRET": "very-secret!"}, "TELEGRAM_WEBHOOK_SECRET"),
        ({**TELEGRAM, "TELEGRAM_WEBHOOK_SECRET": "very-secret" * 30}, "TELEGRAM_WEBHOOK_SECRET"),
        ({**TELEGRAM, "TELEGRAM_TOKEN": "very-secret/../x"}, "TELEGRAM_TOKEN"),
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
