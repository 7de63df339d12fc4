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

from backchat.knowledge.models import Urgency
from backchat.knowledge.texts import ENVIRONMENT

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 5_000
TURN_SECONDS = 30.0

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]

# Control, format (zero width, text direction), surrogate and private-use characters: none of them is a word,
# some split words unseen, and a lone surrogate can't be stored.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})
_EMERGENCIES = frozenset(urgency.value for urgency in Urgency if urgency.is_emergency)
_INTENT_PREFIX = re.compile(r"[\s/]+")
_LOG_KEY = secrets.token_bytes(32)


def clean_text(text: str) -> str:
    """Leaves what a person can have meant as words.

    Rasa reads a message that begins with "/" as a command that sets intents and entities. No person needs
    that, buttons send plain words, so the prefix is taken away and the rest is ordinary text.

    Args:
        text: A message as it came in.

    Returns:
        The message without unseen characters, without "/" at its start and without space around it.
    """
    seen = "".join(
        character
        for character in text
        if character in "\r\n\t" or unicodedata.category(character) not in _UNSEEN_CATEGORIES
    )
    prefix = _INTENT_PREFIX.match(seen)
    return seen[prefix.end() :].rstrip() if prefix else seen.rstrip()


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
        self._empty_message = wording["empty_message"]
        too_long = ENVIRONMENT.from_string(wording["too_long_message"])
        self._too_long_message = too_long.render(limit=f"{MAX_CHARACTERS:,}")

    async def handle(self, message: UserMessage) -> None:
        """Sees to it that the person hears at least one answer, on the message's own output channel.

        Args:
            message: What the channel received, with a text.
        """
        text = clean_text(message.text)
        if not text:
            answers = [{"text": self._empty_message}]
        elif len(text) > MAX_CHARACTERS:
            answers = [{"text": self._too_long_message}]
        else:
            answers = await self._take_turn(message, text)
        for answer in answers:
            await message.output_channel.send_response(message.sender_id, answer)

    async def _take_turn(self, message: UserMessage, text: str) -> list[dict[str, Any]]:
        turn, who = _Turn(message.output_channel), pseudonym(message.sender_id)
        cleaned = copy(message)
        cleaned.text, cleaned.output_channel = text, turn
        try:
            await asyncio.wait_for(self._on_new_message(cleaned), self._turn_seconds)
        except Exception as error:
            logger.error("A turn of %s failed on %s: %s", who, message.input_channel, describe(error))
            told = turn.messages if any(map(_tells_emergency, turn.messages)) else []
            return [*told, {"text": self._safety_net}]
        if not any(map(_says_something, turn.messages)):
            logger.error("A turn of %s brought no answer on %s", who, message.input_channel)
            return [{"text": self._safety_net}]
        return turn.messages


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


def _says_something(message: Mapping[str, Any]) -> bool:
    text = message.get("text")
    return bool((text and text.strip()) or message.get("custom"))


def _tells_emergency(message: Mapping[str, Any]) -> bool:
    assessment = (message.get("custom") or {}).get("assessment") or {}
    return assessment.get("urgency") in _EMERGENCIES


def describe(error: BaseException) -> str:
    """Names the class and place of an error. Its message is left out: it may hold the person's words."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__qualname__} in {place.name} ({place.filename}:{place.lineno})"
