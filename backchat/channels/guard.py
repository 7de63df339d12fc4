"""Stands between every channel and Rasa: only clean text goes in, and an answer always comes out."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
import traceback
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.exceptions import RasaException

from backchat.knowledge.models import Urgency
from backchat.knowledge.texts import ENVIRONMENT
from backchat.metrics import ANSWERED, FAILED, REFUSED, RESULTS, SECONDS_TO_ANSWER, TURNS, TURNS_UNDER_WAY

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 5_000
TURN_SECONDS = 30.0
UNREAD = "unread"
"""What answers a message that was not read has this in its `custom`."""

COMMANDS = {"start": "Hello", "restart": "start again"}
"""The commands that there are, in words that people type. A link of Telegram adds a word to the first."""

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]

# Control, format (zero width, text direction), surrogate and private-use characters: none of them is a word,
# some split words unseen, and a lone surrogate can't be stored.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})
_EMERGENCIES = frozenset(urgency.value for urgency in Urgency if urgency.is_emergency)
_COMMAND_MARK = "/"
_COMMAND = re.compile(r"/(?:(start)(?:@\w+)?(?:\s+[\w-]{1,64})?|(restart)(?:@\w+)?)")
_LOG_KEY = secrets.token_bytes(32)


def clean_text(text: str) -> str:
    """Leaves what a person can have meant.

    Args:
        text: A message as it came in.

    Returns:
        The message without unseen characters and without space around it.
    """
    seen = (
        character
        for character in text
        if character in "\r\n\t" or unicodedata.category(character) not in _UNSEEN_CATEGORIES
    )
    return "".join(seen).strip()


def without_command(text: str) -> str | None:
    """Puts words in the place of a command.

    Rasa reads a message that begins with "/" as a command that sets intents and entities. No person needs
    that: what Backchat offers to pick are plain words.

    Args:
        text: A message, cleaned.

    Returns:
        The message, which does not begin with "/", or None where it is a command that there is not.
    """
    if not text.startswith(_COMMAND_MARK):
        return text
    found = _COMMAND.fullmatch(text)
    return COMMANDS[found[1] or found[2]] if found else None


def pseudonym(conversation_id: str) -> str:
    """Gives the name of a conversation in the logs.

    It tells which lines of a log are about one conversation, and not about which. Its key lives as long as
    the process and is nowhere else, so that nobody can find the id again by trying all there are.

    Args:
        conversation_id: The conversation.

    Returns:
        A name that nothing leads back from.
    """
    return hashlib.blake2b(conversation_id.encode(), key=_LOG_KEY, digest_size=6).hexdigest()


class UnreadableConversationError(RasaException):
    """What is stored of a conversation can't be read. It is left behind, and the next message begins anew."""


class TakenBeforeError(RasaException):
    """The turn of a message was taken before, maybe by another process; its answer is stored."""


class ChannelGuard:
    """Gives a person's messages to Rasa, and the safety net to the person when Rasa fails.

    A turn's messages are held back until the turn is over: a result from a turn that failed was not
    recorded, so it is not told. An emergency that was found before the failure is told all the same.
    """

    def __init__(
        self, on_new_message: OnNewMessage, wording: Mapping[str, str], turn_seconds: float = TURN_SECONDS
    ) -> None:
        """Prepares the answers that must work without Rasa.

        Args:
            on_new_message: Gives a message to Rasa.
            wording: `Knowledge.wording`.
            turn_seconds: How long a turn may take before it counts as failed.

        Raises:
            KeyError: The wording lacks one of the answers.
        """
        self._on_new_message = on_new_message
        self._turn_seconds = turn_seconds
        self._safety_net = wording["safety_net_message"]
        self._begun_anew = wording["begun_anew"]
        self._empty_message = wording["empty_message"]
        self._no_command = wording["no_command"]
        too_long = ENVIRONMENT.from_string(wording["too_long_message"])
        self._too_long_message = too_long.render(limit=f"{MAX_CHARACTERS:,}")

    async def handle(self, message: UserMessage) -> None:
        """Sees to it that the person hears at least one answer, on the message's own output channel.

        Args:
            message: What the channel received, with a text.

        Raises:
            TakenBeforeError: It came before under the same id, and nothing is told now.
        """
        channel = message.input_channel
        with TURNS_UNDER_WAY.track_inprogress(), SECONDS_TO_ANSWER.labels(channel).time():
            outcome, answers = await self._answer(message)
        TURNS.labels(channel, outcome).inc()
        for answer in answers:
            if urgency := _urgency_of(answer):
                RESULTS.labels(urgency).inc()
            await message.output_channel.send_response(message.sender_id, answer)

    async def _answer(self, message: UserMessage) -> tuple[str, list[dict[str, Any]]]:
        text = without_command(clean_text(message.text))
        if text is None:
            return REFUSED, [_unread(self._no_command)]
        if not text:
            return REFUSED, [_unread(self._empty_message)]
        if len(text) > MAX_CHARACTERS:
            return REFUSED, [_unread(self._too_long_message)]
        return await self._take_turn(message, text)

    async def _take_turn(self, message: UserMessage, text: str) -> tuple[str, list[dict[str, Any]]]:
        turn, who = _Turn(message.output_channel), pseudonym(message.sender_id)
        cleaned = copy(message)
        cleaned.text, cleaned.output_channel = text, turn
        try:
            await asyncio.wait_for(self._on_new_message(cleaned), self._turn_seconds)
        except TakenBeforeError:
            raise
        except Exception as error:
            logger.error("A turn of %s failed on %s: %s", who, message.input_channel, describe(error))
            is_emergency = any(_urgency_of(message) in _EMERGENCIES for message in turn.messages)
            is_begun_anew = isinstance(error, UnreadableConversationError)
            told = self._begun_anew if is_begun_anew else self._safety_net
            return FAILED, [*(turn.messages if is_emergency else []), _unread(told)]
        if not any(map(_says_something, turn.messages)):
            logger.error("A turn of %s brought no answer on %s", who, message.input_channel)
            return FAILED, [_unread(self._safety_net)]
        return ANSWERED, turn.messages


class _Turn(OutputChannel):
    """Collects what Rasa says in one turn."""

    def __init__(self, channel: OutputChannel) -> None:
        self._channel = channel
        self.messages: list[dict[str, Any]] = []

    def name(self) -> str:
        """The name of the real channel, by which Rasa chooses channel-specific responses."""
        return str(self._channel.name())

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:  # noqa: ARG002
        """Keeps a message for the end of the turn."""
        self.messages.append(dict(message))


def _unread(text: str) -> dict[str, Any]:
    """Answers a message that was not read, so that what was asked before it is still open."""
    return {"text": text, "custom": {UNREAD: True}}


def _says_something(message: Mapping[str, Any]) -> bool:
    text = message.get("text")
    return bool((text and text.strip()) or message.get("custom"))


def _urgency_of(message: Mapping[str, Any]) -> str | None:
    """Tells how urgent the result is that a message tells, if it tells one."""
    assessment = (message.get("custom") or {}).get("assessment") or {}
    urgency: str | None = assessment.get("urgency")
    return urgency


def describe(error: BaseException) -> str:
    """Names the class and place of an error. Its message is left out: it may hold the person's words."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__qualname__} in {place.name} ({place.filename}:{place.lineno})"
