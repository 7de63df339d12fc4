"""Answers words of a crisis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.assess import tell_result
from actions.conversation import MOST_MESSAGES, SPEAKER
from actions.crisis import (
    CRISIS_ACTION,
    OVERDOSE,
    PLAN,
    crisis_of_another,
    crisis_signs,
    fears_violence,
    found_in,
    goes_on_about_another,
    in_crisis,
    sounds_like_despair,
    sounds_like_overdose,
    tells_of_anothers_crisis,
)
from actions.hearing import Listener
from actions.messages import REQUESTS, last_action, latest_said
from backchat.screening.record import Record

WORDS_OF_ANOTHER = {OVERDOSE: "overdose_of_another", PLAN: "plan_of_another"}
"""What is said where the life of somebody is in danger now whom the screening is not about."""


class CrisisAction(Action):
    """Answers words of despair: with help where they are plain, else with a gentle question."""

    def name(self) -> str:
        """Names the action."""
        return CRISIS_ACTION

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks; where life is in danger now, the result comes with it.

        What was told is kept at once: who comes back after a day begins a new session, which knows only that.
        """
        conversation, message = Listener.caught_up(tracker), latest_said(tracker.events)
        record = conversation.record
        asked = last_action(tracker.events) == self.name()
        plain = bool(crisis_signs(record)) or (asked and not fears_violence(message))
        decided = plain and conversation.next_step() is None
        goes_on = goes_on_about_another(tracker.events, message)
        if goes_on or tells_of_anothers_crisis(message, record):
            words, decided = _of_anothers_crisis(message, record, goes_on=goes_on), False
        else:
            words = in_crisis(record) if plain else _ask_whether_safe(message, record)
        for text in words[: MOST_MESSAGES - 1] if decided else words:
            dispatcher.utter_message(text=text)
        if not decided:
            return conversation.as_events()
        return [
            *conversation.as_events(),
            SlotSet("completed", True),
            tell_result(dispatcher, conversation, 1),
        ]


def _of_anothers_crisis(message: Mapping[str, Any], record: Record, *, goes_on: bool) -> list[str]:
    """Tells the writer what to do for somebody whom the screening is not about."""
    parsed = message.get("parse_data") or message
    told = found_in(message) if goes_on else crisis_of_another(message.get("text") or "", parsed)
    template = next((words for sign, words in WORDS_OF_ANOTHER.items() if sign in told), "crisis_of_another")
    return SPEAKER.in_messages(template, record)


def _ask_whether_safe(message: Mapping[str, Any], record: Record) -> list[str]:
    """Asks whether the writer is in danger from what their words sound like."""
    template = "check_safety"
    if fears_violence(message):
        template = "check_violence"
    elif REQUESTS.asks_what_kills(message.get("text") or ""):
        template = "check_deadly"
    elif sounds_like_overdose(message):
        template = "check_overdose"
    elif sounds_like_despair(message):
        template = "check_despair"
    return SPEAKER.in_messages(template, record)
