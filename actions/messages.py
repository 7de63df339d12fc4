"""The person's messages: what reads them, and where they stand in a conversation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile, islice, takewhile
from typing import Any

from rasa_sdk import Tracker

from actions.conversation import FORM, KNOWLEDGE
from backchat.server.reading import load_understanding
from backchat.understanding.requests import RequestReader

# Loaded when the actions are, so that no person waits for it.
UNDERSTANDING = load_understanding(KNOWLEDGE)
REMARKS = UNDERSTANDING.remarks
REQUESTS = RequestReader(KNOWLEDGE.requests)


def unheard(tracker: Tracker, heard: str | None) -> Iterator[Mapping[str, Any]]:
    """Yields the person's messages since the last one heard, the oldest first.

    There is one, except after a failure: then what could not be taken in at the time is taken in now.
    """
    messages: list[Mapping[str, Any]] = []
    for event in reversed(tracker.events):
        if event["event"] in ("restart", "session_started"):
            break
        if event["event"] == "user":
            if event.get("message_id") == heard:
                break
            messages.append(event)
    yield from reversed(messages)


def latest_said(events: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Gives the person's last message."""
    return next(event for event in reversed(events) if event["event"] == "user")


def since_start(events: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yields the events since everything began anew, the latest first."""
    return takewhile(lambda event: event["event"] != "restart", reversed(events))


def before(events: Sequence[Mapping[str, Any]], message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yields the events before a message, the latest first."""
    return islice(dropwhile(lambda event: event is not message, reversed(events)), 1, None)


def asked_last(events: Sequence[Mapping[str, Any]], message: Mapping[str, Any]) -> bool:
    """Tells whether the form spoke last before a message, so that its question was the last thing said."""
    names = (event["name"] for event in before(events, message) if event["event"] == "action")
    return next((name for name in names if name != "action_listen"), FORM) == FORM


def last_action(events: Sequence[Mapping[str, Any]], message: Mapping[str, Any] | None = None) -> str | None:
    """Names the action that spoke last, apart from questions of the form.

    Args:
        events: Those of a conversation.
        message: Where given, one of the person's: what came before it counts.
    """
    earlier = reversed(events) if message is None else before(events, message)
    names = (event["name"] for event in earlier if event["event"] == "action")
    return next((name for name in names if name not in ("action_listen", FORM)), None)
