"""What switches channels on: `credentials.yml`, and for Slack and Telegram the environment alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

CREDENTIALS = "credentials.yml"

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "slack": ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"),
    "telegram": ("TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_SECRET"),
}
"""What each messenger needs to be on."""

SLACK_API_VARIABLE = "SLACK_API_URL"
SLACK_API = "https://slack.com/api/"
TELEGRAM_API_VARIABLE = "TELEGRAM_API_URL"
TELEGRAM_API = "https://api.telegram.org/"

_ADDRESS = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")
_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TELEGRAM_TOKEN = re.compile(r"[A-Za-z0-9:_-]+")


class ChannelConfigurationError(Exception):
    """A channel is not set up as it has to be. The message names variables, never what is in them."""


@dataclass(frozen=True)
class SlackSettings:
    """What the Slack channel works with.

    Attributes:
        bot_token: The bot token of the app in its workspace.
        signing_secret: What Slack signs its requests with.
        api_url: Where Slack's Web API is.
    """

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    api_url: str = SLACK_API


@dataclass(frozen=True)
class TelegramSettings:
    """What the Telegram channel works with.

    Attributes:
        token: The token of the bot.
        webhook_secret: What Telegram sends with each update.
        api_url: Where Telegram's Bot API is.
    """

    token: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api_url: str = TELEGRAM_API


def describe(environment: Mapping[str, str]) -> dict[str, str]:
    """Says of each messenger whether it is on, and what it lacks.

    Args:
        environment: The variables of the environment; one without content counts as missing.
    """
    described = {}
    for channel, read in (("slack", read_slack), ("telegram", read_telegram)):
        try:
            is_on = read(environment) is not None
            described[channel] = "on" if is_on else f"off: it needs {' and '.join(REQUIRED[channel])}"
        except ChannelConfigurationError as error:
            described[channel] = f"can't start: {error}"
    return described


def check(environment: Mapping[str, str]) -> None:
    """Makes sure that each messenger is either off or set up as it has to be.

    Args:
        environment: The variables of the environment.

    Raises:
        ChannelConfigurationError: One is not.
    """
    read_slack(environment)
    read_telegram(environment)


def _missing(channel: str, environment: Mapping[str, str]) -> list[str]:
    return [variable for variable in REQUIRED[channel] if not _value(environment, variable)]


def read_slack(environment: Mapping[str, str]) -> SlackSettings | None:
    """Reads the settings of Slack.

    Args:
        environment: The variables of the environment.

    Returns:
        The settings, or nothing where Slack is off.

    Raises:
        ChannelConfigurationError: Some are there and others missing, or one can't be used.
    """
    if _is_off("slack", environment):
        return None
    bot_token, signing_secret = (_value(environment, variable) for variable in REQUIRED["slack"])
    return SlackSettings(bot_token, signing_secret, _url(environment, SLACK_API_VARIABLE, SLACK_API))


def read_telegram(environment: Mapping[str, str]) -> TelegramSettings | None:
    """Reads the settings of Telegram.

    Args:
        environment: The variables of the environment.

    Returns:
        The settings, or nothing where Telegram is off.

    Raises:
        ChannelConfigurationError: Some are there and others missing, or one can't be used.
    """
    if _is_off("telegram", environment):
        return None
    token, secret = (_value(environment, variable) for variable in REQUIRED["telegram"])
    if not _TELEGRAM_TOKEN.fullmatch(token):
        raise ChannelConfigurationError("TELEGRAM_TOKEN is not a token as BotFather gives it.")
    if not _TELEGRAM_SECRET.fullmatch(secret):
        raise ChannelConfigurationError(
            "TELEGRAM_WEBHOOK_SECRET must be 1 to 256 letters, digits, hyphens or underscores."
        )
    return TelegramSettings(token, secret, _url(environment, TELEGRAM_API_VARIABLE, TELEGRAM_API))


def _is_off(channel: str, environment: Mapping[str, str]) -> bool:
    """Tells whether nothing of a messenger is set up; half of it is an error."""
    lacking = _missing(channel, environment)
    if lacking and len(lacking) < len(REQUIRED[channel]):
        there = [variable for variable in REQUIRED[channel] if variable not in lacking]
        raise ChannelConfigurationError(
            f"{channel.capitalize()} is set up by half: {' and '.join(lacking)} "
            f"must be set beside {' and '.join(there)}."
        )
    return bool(lacking)


def _url(environment: Mapping[str, str], variable: str, default: str) -> str:
    """Reads an address to which methods are added."""
    url = _value(environment, variable) or default
    if not _ADDRESS.fullmatch(url):
        raise ChannelConfigurationError(f"{variable} is not an address such as {default}")
    return f"{url.rstrip('/')}/"


def _value(environment: Mapping[str, str], variable: str) -> str:
    return environment.get(variable, "").strip()
