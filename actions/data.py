"""What people can have done with what is stored of them: hear it, and have it deleted."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, Restarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import PRIVACY_URL, SPEAKER, Conversation, consent_words
from backchat.retention import DELETED, ERASED, retention_days

ERASE_ACTION = "action_erase"


class TellDataAction(Action):
    """Says what is stored of the person, for how long, and how to have it deleted."""

    def name(self) -> str:
        """Names the action."""
        return "action_tell_data"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks, and changes nothing."""
        record = Conversation.of(tracker).known
        known = SPEAKER.told(SPEAKER.summary(record), record) or SPEAKER.say("nothing_known")
        stored = SPEAKER.say(
            "my_data", days=retention_days(), conversation=tracker.sender_id, url=PRIVACY_URL
        )
        for text in (known, stored):
            dispatcher.utter_message(text=text)
        return []


class InformAction(Action):
    """Says what happens with what the person writes, where that has not been said and no question says it."""

    def name(self) -> str:
        """Names the action."""
        return "action_inform"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks, and notes with which message that was."""
        informed = inform(dispatcher, tracker)
        return [SlotSet("interview", {**(tracker.slots.get("interview") or {}), "informed": informed})]


def inform(dispatcher: CollectingDispatcher, tracker: Tracker) -> str:
    """Says what happens with what the person writes, unless that has been said.

    Returns:
        The message that was answered with it.
    """
    informed = Conversation.of(tracker).informed
    if informed is not None:
        return informed
    dispatcher.utter_message(text=consent_words())
    return str(next(event["message_id"] for event in reversed(tracker.events) if event["event"] == "user"))


class EraseAction(Action):
    """Deletes the conversation: the store does so when it would store what is said here."""

    def name(self) -> str:
        """Names the action."""
        return ERASE_ACTION

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Says so, and forgets what was told; the next message begins a new conversation."""
        dispatcher.utter_message(text=SPEAKER.say(DELETED))
        dispatcher.utter_message(json_message={ERASED: True})
        return [Restarted(), FollowupAction("action_listen")]
