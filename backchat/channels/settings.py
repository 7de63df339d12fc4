"""What switches channels on: `credentials.yml`, and for Slack and Telegram the environment alone.

Every setting is read here and nowhere else: by the start, by the channels, and by what tells whether they can
start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from limits import RateLimitItem, parse_many
from rasa.shared.exceptions import RasaException

from backchat.retention import RetentionError, retention_days

CREDENTIALS = "credentials.yml"

REST, WEB, RASA = "rest", "web", "rasa-api"
EVERYWHERE = "everywhere"
"""What no channel goes without."""

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
KEY_VARIABLE = "BACKCHAT_API_KEY"
RASA_TOKEN_VARIABLE = "BACKCHAT_RASA_TOKEN"  # noqa: S105 (where it is, not what it is)
ORIGINS_VARIABLE = "BACKCHAT_ORIGINS"
REDIS_VARIABLE = "BACKCHAT_REDIS_URL"
SECRET_VARIABLE = "BACKCHAT_SESSION_SECRET"  # noqa: S105 (where it is, not what it is)
PROXIES_VARIABLE = "BACKCHAT_PROXIES"
SESSION_VARIABLE = "BACKCHAT_RATE_PER_SESSION"
ADDRESS_VARIABLE = "BACKCHAT_RATE_PER_ADDRESS"
GUESSES_VARIABLE = "BACKCHAT_RATE_OF_GUESSES"

REDIS_SECONDS = 5.0
"""A Redis that takes longer to answer counts as gone."""
SHORTEST_KEY = 16
SHORTEST_SECRET = 32
SHORTEST_RASA_TOKEN = 32
MOST_PROXIES = 9

_SLACK_TOKEN = re.compile(r"(xoxe\.)?xoxb-[A-Za-z0-9-]{8,}")
_SLACK_SECRET = re.compile(r"(?!xox)[A-Za-z0-9_-]{16,}")
_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_TELEGRAM_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{16,}")
_REDIS = re.compile(r"(rediss?|unix)://\S+")
_ORIGIN = re.compile(r"https?://[a-z0-9.\-\[\]:]+", re.ASCII)


class ChannelConfigurationError(RasaException):
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


def describe(environment: Mapping[str, str], listed: Iterable[str], is_public: bool) -> dict[str, str]:
    """Says of each channel whether it is on, and what it lacks.

    Args:
        environment: The variables of the environment; one without content counts as missing.
        listed: The channels of `credentials.yml`.
        is_public: Whether the server listens beyond this machine.
    """
    described = {}
    for channel in dict.fromkeys([*listed, *REQUIRED, RASA]):
        try:
            described[channel] = _state(channel, environment, is_public)
        except (ChannelConfigurationError, RetentionError) as error:
            described[channel] = f"can't start: {error}"
    return described


def check(environment: Mapping[str, str]) -> None:
    """Makes sure that every setting is either absent or as it has to be.

    Args:
        environment: The variables of the environment.

    Raises:
        ChannelConfigurationError: One is not.
        RetentionError: How long conversations are kept is not.
    """
    for read in {reader: None for readers in _READERS.values() for reader in readers}:
        read(environment)


def rest_refusal(environment: Mapping[str, str], is_public: bool) -> str | None:
    """Says why REST answers nobody, where that is so.

    Args:
        environment: The variables of the environment.
        is_public: Whether the server listens beyond this machine.
    """
    if not is_public or read_key(environment) is not None:
        return None
    return f"refuses everybody: beyond this machine it needs {KEY_VARIABLE}"


def read_key(environment: Mapping[str, str]) -> str | None:
    """Reads the key for REST.

    Args:
        environment: The variables of the environment.

    Returns:
        The key, or None where there is none.

    Raises:
        ChannelConfigurationError: It is so short that it could be guessed, or can't be sent in a header.
    """
    key = environment.get(KEY_VARIABLE) or None
    if key is not None and (len(key) < SHORTEST_KEY or not key.isascii() or not key.isprintable()):
        raise ChannelConfigurationError(
            f"{KEY_VARIABLE} must be at least {SHORTEST_KEY} visible ASCII characters."
        )
    return key


def read_rasa_token(environment: Mapping[str, str]) -> str | None:
    """Reads the token for Rasa's API.

    Args:
        environment: The variables of the environment.

    Returns:
        The token, or None where there is none and the API stays off.

    Raises:
        ChannelConfigurationError: It is so short that it could be guessed.
    """
    token = environment.get(RASA_TOKEN_VARIABLE) or None
    if token is not None and len(token) < SHORTEST_RASA_TOKEN:
        raise ChannelConfigurationError(
            f"{RASA_TOKEN_VARIABLE} must have at least {SHORTEST_RASA_TOKEN} characters."
        )
    return token


def read_origins(environment: Mapping[str, str]) -> list[str]:
    """Reads whose pages may hold a conversation, besides the server's own.

    Args:
        environment: The variables of the environment.

    Returns:
        The origins, such as `https://clinic.example`.

    Raises:
        ChannelConfigurationError: One of them is none; everybody ("*") is nobody in particular.
    """
    origins = environment.get(ORIGINS_VARIABLE, "").split()
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ChannelConfigurationError(
                f"{ORIGINS_VARIABLE}: {origin} is no origin such as https://clinic.example"
            )
    return origins


def read_proxies(environment: Mapping[str, str]) -> int | None:
    """Reads how many proxies stand before the server: so many entries of X-Forwarded-For are believed.

    Args:
        environment: The variables of the environment.

    Raises:
        ChannelConfigurationError: It is no such number.
    """
    given = environment.get(PROXIES_VARIABLE) or "0"
    if not given.isdecimal() or int(given) > MOST_PROXIES:
        raise ChannelConfigurationError(f"{PROXIES_VARIABLE} must be a number from 0 to {MOST_PROXIES}.")
    return int(given) or None


def read_redis_url(environment: Mapping[str, str]) -> str | None:
    """Reads where the Redis is that processes share: for locks, limits, and what they tell each other.

    Args:
        environment: The variables of the environment.

    Returns:
        Its URL, or None where one process serves alone.

    Raises:
        ChannelConfigurationError: It is no such URL, which may hold a password and is not repeated.
    """
    url = environment.get(REDIS_VARIABLE) or None
    if url is not None and not _REDIS.fullmatch(url):
        raise ChannelConfigurationError(
            f"{REDIS_VARIABLE} must be written like redis://:password@host:6379/0"
        )
    return url


def read_session_secret(environment: Mapping[str, str]) -> bytes | None:
    """Reads what session tokens are signed with, where several processes need the same.

    Args:
        environment: The variables of the environment.

    Returns:
        The secret, or None where it is in a file of this server.

    Raises:
        ChannelConfigurationError: It is so short that it could be guessed.
    """
    secret = (environment.get(SECRET_VARIABLE) or "").encode()
    if secret and len(secret) < SHORTEST_SECRET:
        raise ChannelConfigurationError(f"{SECRET_VARIABLE} must have at least {SHORTEST_SECRET} characters.")
    return secret or None


def read_rate(environment: Mapping[str, str], variable: str, default: str) -> list[RateLimitItem]:
    """Reads how often something may be done, written such as "60/minute" or "10/second;1000/day".

    Args:
        environment: The variables of the environment.
        variable: Which of them says it.
        default: What counts where it does not.

    Raises:
        ChannelConfigurationError: It is written in another way.
    """
    try:
        return list(parse_many(environment.get(variable) or default))
    except ValueError:
        raise ChannelConfigurationError(
            f'{variable} must be written like "60/minute" or "10/second;1000/day".'
        ) from None


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
    if not _SLACK_TOKEN.fullmatch(bot_token):
        raise ChannelConfigurationError(
            "SLACK_BOT_TOKEN is not a bot token as Slack gives it, such as xoxb-..."
        )
    if not _SLACK_SECRET.fullmatch(signing_secret):
        raise ChannelConfigurationError("SLACK_SIGNING_SECRET is not a signing secret as Slack gives it.")
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
            "TELEGRAM_WEBHOOK_SECRET must be 16 to 256 letters, digits, hyphens or underscores."
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


def doubts(environment: Mapping[str, str]) -> Iterator[str]:
    """Names what is set by itself and mostly meant to go with something else, a sentence each.

    Args:
        environment: The environment of the process, which was checked.
    """
    if read_redis_url(environment) is not None and read_session_secret(environment) is None:
        yield (
            f"{REDIS_VARIABLE} is set and {SECRET_VARIABLE} is not: another process that serves the same "
            "conversations takes the widgets of this one for strangers"
        )


def _url(environment: Mapping[str, str], variable: str, default: str) -> str:
    """Reads an address to which methods are added."""
    url = _value(environment, variable) or default
    if not _ADDRESS.fullmatch(url):
        raise ChannelConfigurationError(f"{variable} is not an address such as {default}")
    return f"{url.rstrip('/')}/"


def _value(environment: Mapping[str, str], variable: str) -> str:
    return environment.get(variable, "").strip()


def _state(channel: str, environment: Mapping[str, str], is_public: bool) -> str:
    """Reads all that a channel needs, and says whether it is on."""
    settings = [read(environment) for read in (*_READERS[EVERYWHERE], *_READERS.get(channel, ()))]
    needed = REQUIRED.get(channel, (RASA_TOKEN_VARIABLE,) if channel == RASA else ())
    if needed and settings[-1] is None:
        return f"off: it needs {' and '.join(needed)}"
    return (rest_refusal(environment, is_public) if channel == REST else None) or "on"


def _read_rates(environment: Mapping[str, str]) -> None:
    for variable in (SESSION_VARIABLE, ADDRESS_VARIABLE, GUESSES_VARIABLE):
        read_rate(environment, variable, "1/minute")


_READERS: Mapping[str, tuple[Callable[[Mapping[str, str]], object], ...]] = {
    EVERYWHERE: (read_proxies, read_redis_url, read_session_secret, _read_rates, retention_days),
    REST: (read_key,),
    WEB: (read_origins,),
    "slack": (read_slack,),
    "telegram": (read_telegram,),
    RASA: (read_rasa_token,),
}
"""What each channel needs; the last of a channel that the environment switches on tells whether it is."""
