"""What people can have done with what is stored of them: hear it, and have it deleted."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, Restarted
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import PRIVACY_URL, SPEAKER, Conversation
from backchat.retention import ERASED, retention_days

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
        record = Conversation.of(tracker).record
        known = SPEAKER.told(SPEAKER.summary(record), record) or SPEAKER.say("nothing_known")
        stored = SPEAKER.say(
            "my_data", days=retention_days(), conversation=tracker.sender_id, url=PRIVACY_URL
        )
        for text in (known, stored):
            dispatcher.utter_message(text=text)
        return []


class EraseAction(Action):
    """Deletes the conversation: the store does so when it would store what is said here."""

    def name(self) -> str:
        """Names the action."""
        return ERASE_ACTION

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Says so, and forgets what was told; the next message begins a new conversation."""
        dispatcher.utter_message(text=SPEAKER.say("deleted"))
        dispatcher.utter_message(json_message={ERASED: True})
        return [Restarted(), FollowupAction("action_listen")]
