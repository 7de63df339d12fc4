"""Speaks the result. The only place from which a person can get one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import SPEAKER, Conversation, Outcome, questions_offered
from actions.crisis import numbers_of_country, to_who_is_hurt
from actions.intents import AFRAID, BEEN_SEEN
from actions.messages import REQUESTS
from backchat.knowledge.drawings import load_drawings, place_of
from backchat.knowledge.models import Exercise
from backchat.screening.assessment import Assessment

DRAWINGS = load_drawings()

BETTER = ("trend", "improving")
FALLBACK = "nlu_fallback"
"""The intent of a message that nothing was made of."""

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
            numbers = numbers_of_country(conversation, tracker.events)
            lines = [numbers, *changes(conversation), _stays(conversation, assessment, tracker)]
            dispatcher.utter_message(text="\n".join(filter(None, lines)))
            return []
        hurt = to_who_is_hurt(conversation, tracker.latest_message)
        glad = SPEAKER.say("glad") if before and _only_eases(tracker) else ""
        return [tell_result(dispatcher, conversation, opening=[text for text in (hurt, glad) if text])]


def tell_result(
    dispatcher: CollectingDispatcher,
    conversation: Conversation,
    messages: int | None = None,
    opening: Sequence[str] = (),
) -> EventType:
    """Tells the result of a complete screening, and gives the slot that remembers it.

    Args:
        dispatcher: Takes what is said.
        conversation: What is known.
        messages: How many of its messages are told, the first the most urgent; all where not given.
        opening: What is said first of all.

    Raises:
        IncompleteScreeningError: The screening is not complete.
    """
    assessment = conversation.assess()
    first, *others = SPEAKER.result(assessment)
    texts = ["\n".join([*opening, *changes(conversation), first]), *others][:messages]
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


def _stays(conversation: Conversation, assessment: Assessment, tracker: Tracker) -> str:
    """Says that the result stays what it was, as it suits what the last message was."""
    intent = (tracker.latest_message.get("intent") or {}).get("name")
    if _only_eases(tracker):
        return SPEAKER.eased(assessment)
    is_seen = intent == BEEN_SEEN or _has_been_seen(conversation, tracker)
    if is_seen:
        return SPEAKER.told(SPEAKER.in_country("been_seen", conversation.record), conversation.record)
    if conversation.outcome in (Outcome.TOLD, Outcome.ANSWERED):
        return SPEAKER.unchanged(assessment, conversation.turn)
    if intent == AFRAID:
        return SPEAKER.comfort(assessment)
    if intent == FALLBACK:
        return SPEAKER.not_followed(assessment, questions_offered())
    return SPEAKER.unmoved(assessment, conversation.turn)


def _has_been_seen(conversation: Conversation, tracker: Tracker) -> bool:
    """Tells whether the last message says that somebody has looked at it since, and nothing that is new."""
    is_new = conversation.news or conversation.changed
    return not is_new and REQUESTS.has_been_seen(tracker.latest_message.get("text") or "")


def _only_eases(tracker: Tracker) -> bool:
    """Tells whether the last message says that the pain gets better, and nothing else."""
    return [(f["id"], f["value"]) for f in tracker.latest_message.get("findings") or ()] == [BETTER]


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
