"""Begins anew."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, Restarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import FORM
from actions.data import inform


class RestartAction(Action):
    """Forgets what was told, as Rasa's own action of this name does, and asks the first question."""

    def name(self) -> str:
        """Names the action, in the place of Rasa's own."""
        return "action_restart"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks, and clears the conversation; that the person is informed stays so."""
        dispatcher.utter_message(response="utter_restart")
        informed = inform(dispatcher, tracker)
        return [Restarted(), SlotSet("interview", {"informed": informed}), FollowupAction(FORM)]
