"""Speaks the result. The only place from which a person can get one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import SPEAKER, Conversation
from backchat.knowledge.drawings import load_drawings, place_of
from backchat.knowledge.models import Exercise

DRAWINGS = load_drawings()

DECISION = ("urgency", "rules", "pattern", "stage", "region", "exercises")
"""What makes a result another one, beside the care that goes with it."""


class AssessAction(Action):
    """Computes the assessment and tells it.

    It raises where the screening is not complete: then nothing is said here, and the person gets the
    safety net.
    """

    def name(self) -> str:
        """Names the action."""
        return "action_assess"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks the result, or that it stays what it was."""
        conversation = Conversation.of(tracker)
        assessment = conversation.assess()
        told = assessment.as_dict()
        before = tracker.get_slot("assessment")
        if before and _decision(before) == _decision(told):
            dispatcher.utter_message(text="\n".join([*changes(conversation), SPEAKER.unchanged(assessment)]))
            return []
        return [tell_result(dispatcher, conversation)]


def tell_result(
    dispatcher: CollectingDispatcher, conversation: Conversation, messages: int | None = None
) -> EventType:
    """Tells the result of a complete screening, and gives the slot that remembers it.

    Args:
        dispatcher: Takes what is said.
        conversation: What is known.
        messages: How many of its messages are told, the first the most urgent; all where not given.

    Raises:
        IncompleteScreeningError: The screening is not complete.
    """
    assessment = conversation.assess()
    first, *others = SPEAKER.result(assessment)
    texts = ["\n".join([*changes(conversation), first]), *others][:messages]
    if conversation.consent:
        texts[-1] = "\n".join([texts[-1], conversation.consent])
    for text in texts:
        dispatcher.utter_message(text=text)
    told = assessment.as_dict()
    for care in told["care"]:
        in_country = SPEAKER.for_country(care["text"], conversation.record)
        care["text"] = SPEAKER.told(in_country, conversation.record)
    told["seek_help_if"] = [SPEAKER.told(sign, conversation.record) for sign in told["seek_help_if"]]
    cards = _cards(assessment.exercises)
    dispatcher.utter_message(json_message={"assessment": told, **({"exercises": cards} if cards else {})})
    return SlotSet("assessment", told)


def changes(conversation: Conversation) -> list[str]:
    """Says what the last message changed."""
    record = conversation.record
    return [
        SPEAKER.told(SPEAKER.changed(finding, record[finding]), record) for finding in conversation.changed
    ]


def _decision(told: Mapping[str, Any]) -> list[Any]:
    """What a person has to hear anew where it is not as before: they may no longer do an exercise."""
    return [*(told[key] for key in DECISION), [care["id"] for care in told["care"]]]


def _cards(exercises: Iterable[Exercise]) -> list[dict[str, Any]]:
    """Gives the exercises of an assessment as a page shows them: with what to do, and a drawing."""
    return [
        {
            **exercise.dict(include={"id", "title", "repetitions", "stop_if"}),
            "steps": list(exercise.steps),
            "drawing": {"url": place_of(exercise.id), "alt": DRAWINGS[exercise.id].alt},
        }
        for exercise in exercises
    ]
