"""Hears the person, and decides what the form asks next."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import FORM, SPEAKER, Outcome, answered
from actions.data import ERASE_ACTION
from actions.hearing import MOST_MISSES, Listener
from backchat.metrics import NOT_UNDERSTOOD


class ValidateScreeningForm(Action):
    """Takes in what the person said and names the next question.

    One message can answer several questions, change an earlier answer or volunteer an emergency. So this
    looks at the message as a whole, instead of at one slot as rasa_sdk's `FormValidationAction` does.
    """

    def name(self) -> str:
        """Names the action as Rasa looks it up for the form."""
        return f"validate_{FORM}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Gives the slots that change, or nothing where the message is for the rules to answer."""
        conversation = Listener.caught_up(tracker)
        if conversation.erased:
            return [SlotSet("completed", None), SlotSet("requested_slot", None), FollowupAction(ERASE_ACTION)]
        if conversation.spared:
            dispatcher.utter_message(text=SPEAKER.say("not_deleted"))
        if conversation.outcome == Outcome.MISSED:
            NOT_UNDERSTOOD.inc()
        step = conversation.next_step()
        interrupts = tracker.get_slot("requested_slot") is not None and not answered(tracker)
        if step is not None and conversation.outcome == Outcome.DIGRESSION and interrupts:
            return []
        if conversation.informed is None:
            conversation.informed = conversation.heard
        if step is not None and conversation.misses >= MOST_MISSES:
            # To ask on would be a loop. What is known is kept for when the person tries again.
            conversation.misses = 0
            return [*conversation.as_events(), SlotSet("completed", False), SlotSet("requested_slot", None)]
        return [
            *conversation.as_events(),
            SlotSet("completed", True if step is None else None),
            SlotSet("requested_slot", step.question.id if step else None),
        ]
