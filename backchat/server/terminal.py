"""A conversation in the terminal."""

from __future__ import annotations

import asyncio
import json
import os
import re
import textwrap
import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import InMemoryTrackerStore

from backchat.channels.guard import ChannelGuard
from backchat.channels.http import MessageList
from backchat.channels.settings import read_key
from backchat.knowledge import Knowledge
from backchat.server.runner import load_agent

WIDTH = 88
TIMEOUT_SECONDS = 60.0
OPENING = "Hello"
WORDS_TO_LEAVE = {"quit", "exit"}
PICKS = re.compile(r"\d+(\s*[,; ]\s*\d+)*")

Message = dict[str, Any]
Say = Callable[[str], list[Message]]
"""Gives what a person writes to the bot, and brings back what it answers."""


class UnreachableError(Exception):
    """No Backchat server answers at the given address."""


def talk_to_model(model: Path, knowledge: Knowledge) -> Say:
    """Begins a conversation with a model in this process, nothing of which is kept.

    Args:
        model: A model's file that was checked.
        knowledge: The clinical content.

    Returns:
        What to say things with.
    """
    agent = load_agent(model, InMemoryTrackerStore(None))
    guard = ChannelGuard(agent.handle_message, knowledge.wording)
    sender = uuid.uuid4().hex
    loop = asyncio.new_event_loop()

    def say(text: str) -> list[Message]:
        answers = MessageList()
        message = UserMessage(text, answers, sender, input_channel="terminal")
        loop.run_until_complete(guard.handle(message))
        return list(answers.messages)

    return say


def talk_to_server(url: str) -> Say:
    """Begins a conversation with a running server, over its REST channel, with the key of the environment.

    Args:
        url: Where the server is, such as `http://127.0.0.1:5005`.

    Returns:
        What to say things with; it raises `UnreachableError` if the server does not answer.
    """
    sender = uuid.uuid4().hex
    place = f"{url.rstrip('/')}/webhooks/rest/webhook"
    headers = {"Content-Type": "application/json"}
    if key := read_key(os.environ):
        headers["Authorization"] = f"Bearer {key}"

    def say(text: str) -> list[Message]:
        body = json.dumps({"sender": sender, "message": text}).encode()
        try:
            request = urllib.request.Request(place, body, headers)  # noqa: S310
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return list(json.load(answer))
        except (OSError, ValueError) as error:
            raise UnreachableError(f"No Backchat answers at {place}: {error}") from None

    return say


def converse(say: Say) -> None:
    """Talks until the person leaves.

    Args:
        say: The other side.
    """
    payloads = show(say(OPENING))
    while True:
        try:
            typed = input("\n> ").strip()
        except EOFError:
            print()
            return
        if typed.casefold() in WORDS_TO_LEAVE:
            return
        if typed:
            payloads = show(say(pick(typed, payloads)))


def show(messages: Sequence[Message]) -> list[str]:
    """Prints what the bot says, the options numbered.

    Args:
        messages: A turn of the bot.

    Returns:
        What to send for each option, in order.
    """
    payloads: list[str] = []
    for message in messages:
        for paragraph in (message.get("text") or "").splitlines():
            print(textwrap.fill(paragraph, WIDTH) if paragraph else "")
        for button in message.get("buttons") or ():
            payloads.append(button["payload"])
            print(f"  {len(payloads):2}. {button['title']}")
        question: Mapping[str, Any] = (message.get("custom") or {}).get("question") or {}
        if question.get("kind") == "checklist":
            print('  Several numbers are fine, such as "1, 3".')
    return payloads


def pick(typed: str, payloads: Sequence[str]) -> str:
    """Puts options in the place of their numbers.

    Args:
        typed: What the person typed.
        payloads: What to send for each option.

    Returns:
        What to send: the options picked, or the text as it is if it is no choice of numbers shown.
    """
    if not PICKS.fullmatch(typed):
        return typed
    numbers = [int(number) for number in re.findall(r"\d+", typed)]
    if not all(1 <= number <= len(payloads) for number in numbers):
        return typed
    return "; ".join(payloads[number - 1] for number in dict.fromkeys(numbers))
