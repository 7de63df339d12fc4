"""Answers the person's own questions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.assess import tell_result
from actions.conversation import KNOWLEDGE, SPEAKER, Conversation, question_of
from actions.hearing import Listener
from backchat.knowledge import Assertion, Urgency
from backchat.knowledge.models import ANOTHER_LANGUAGE, WHO_ARE_YOU, Exercise, Topic
from backchat.screening.assessment import IncompleteScreeningError
from backchat.screening.guidance import is_forbidden
from backchat.screening.record import Known, Record
from backchat.understanding.topics import TopicFinder

CRISIS_FINDINGS = {"suicidal_thoughts", "suicidal_plan", "overdose"}
MOST_OFFERED = 4
"""So many questions are offered as examples where a question was not recognised."""


EXERCISES = {exercise.id: exercise for exercise in KNOWLEDGE.exercises}
TOPICS = TopicFinder({**SPEAKER.exercises(), **KNOWLEDGE.topics})


def topic_asked(message: Mapping[str, Any]) -> Topic | None:
    """Names what a question is about: what its words say, or else what the learned layer takes it for.

    Args:
        message: A message with what the NLU pipeline found in it.
    """
    return TOPICS.find(message.get("text") or "") or KNOWLEDGE.topics.get(message.get("topic") or "")


class SpeakAction(Action, ABC):
    """Says one thing, and changes nothing."""

    @abstractmethod
    def words(self, conversation: Conversation, tracker: Tracker) -> str | None:
        """Gives what is said, if anything."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks."""
        words = self.words(Conversation.of(tracker), tracker)
        if words:
            dispatcher.utter_message(text=words)
        return []


class AnswerAction(Action):
    """Answers a question about back pain from the knowledge, with its sources."""

    def name(self) -> str:
        """Names the action."""
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks, and changes nothing."""
        conversation = Conversation.of(tracker)
        result = tracker.get_slot("assessment")
        if result and Urgency(result["urgency"]).rank >= Urgency.CONSULTATION_24.rank:
            reminder = SPEAKER.reminder(Urgency(result["urgency"]), conversation.record)
            dispatcher.utter_message(text=reminder)
        words = answer_to(tracker)
        if words is None:
            questions = [topic.question for topic in KNOWLEDGE.topics.values()]
            words = SPEAKER.say("topic_unknown", questions=questions[:MOST_OFFERED])
        dispatcher.utter_message(text=words)
        return []


def crisis_signs(record: Record) -> list[Known]:
    """Lists what is told, and be it in doubt, of thoughts of ending one's life and of an overdose."""
    told = (record[finding] for finding in CRISIS_FINDINGS & record.keys())
    return [known for known in told if known.value != Assertion.ABSENT.value]


def answer_to(tracker: Tracker) -> str | None:
    """Gives the answer to the question in the person's last message; None where it is not recognised."""
    topic = topic_asked(tracker.latest_message)
    if topic is None:
        return None
    if topic.id in EXERCISES and not _may_be_told(EXERCISES[topic.id], tracker):
        suiting = [EXERCISES[e].title for e in (tracker.get_slot("assessment") or {}).get("exercises", ())]
        return SPEAKER.say("exercise_withheld", title=topic.question, others=suiting)
    return SPEAKER.answer(topic)


def _may_be_told(exercise: Exercise, tracker: Tracker) -> bool:
    """Tells whether to say how to do an exercise: it suits, or nothing speaks against it before a result."""
    if result := tracker.get_slot("assessment"):
        return exercise.id in result["exercises"]
    return not is_forbidden(exercise, Listener.caught_up(tracker).values)


class CrisisAction(Action):
    """Answers words of despair: with help where they are plain, else with a gentle question."""

    def name(self) -> str:
        """Names the action."""
        return "action_crisis"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks; where life is in danger now, the result comes with it."""
        conversation = Listener.caught_up(tracker)
        plain = crisis_signs(conversation.record)
        template = "crisis" if plain else "check_safety"
        dispatcher.utter_message(text=SPEAKER.in_country(template, conversation.record))
        if not plain or conversation.next_step() is not None:
            return []
        return [
            *conversation.as_events(),
            SlotSet("completed", True),
            tell_result(dispatcher, conversation, 1),
        ]


class OtherLanguageAction(SpeakAction):
    """Answers a message in another language in that language."""

    def name(self) -> str:
        """Names the action."""
        return "action_other_language"

    def words(self, conversation: Conversation, tracker: Tracker) -> str | None:
        """Says that only English is understood, and whom to call when."""
        language = tracker.latest_message.get("language", ANOTHER_LANGUAGE)
        return SPEAKER.only_english(language, conversation.record)


class ExplainAction(SpeakAction):
    """Says why something is asked, or why the result is what it is."""

    def name(self) -> str:
        """Names the action."""
        return "action_explain"

    def words(self, conversation: Conversation, tracker: Tracker) -> str | None:
        """Gives the reason of the open question, of the result, or of there being neither."""
        question = question_of(conversation.asking)
        if question is not None:
            return SPEAKER.told(question.why, conversation.record)
        try:
            reasons = SPEAKER.reasons(conversation.assess())
        except IncompleteScreeningError:
            return SPEAKER.answer(KNOWLEDGE.topics[WHO_ARE_YOU])
        return SPEAKER.told(SPEAKER.say("why_decided", reasons=reasons), conversation.record)


class RephraseAction(SpeakAction):
    """Says in other words what is asked."""

    def name(self) -> str:
        """Names the action."""
        return "action_rephrase"

    def words(self, conversation: Conversation, tracker: Tracker) -> str | None:
        """Gives the plainer words of the open question, if there is one."""
        question = question_of(conversation.asking)
        if question is None:
            return None
        plainer = conversation.fill(question, question.plainer, conversation.about(question))
        text = SPEAKER.say("in_other_words", plainer=plainer, why=question.why)
        return SPEAKER.told(text, conversation.record)


class TellProgressAction(SpeakAction):
    """Says how many questions there have been, and how many there can be."""

    def name(self) -> str:
        """Names the action."""
        return "action_tell_progress"

    def words(self, conversation: Conversation, tracker: Tracker) -> str | None:
        """Counts."""
        asked, at_most = max(len(conversation.asked), 1), conversation.at_most
        if question_of(conversation.asking):
            return SPEAKER.say("progress", asked=asked, left=at_most - asked)
        return SPEAKER.say("progress_done", at_most=at_most)


class SummariseAction(Action):
    """Repeats what is known, and the result where there is one."""

    def name(self) -> str:
        """Names the action."""
        return "action_summarise"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks, and changes nothing."""
        record, result = Conversation.of(tracker).record, tracker.get_slot("assessment")
        if result:
            dispatcher.utter_message(text=SPEAKER.advised(Urgency(result["urgency"]), record))
        dispatcher.utter_message(
            text=SPEAKER.told(SPEAKER.summary(record), record) or SPEAKER.say("nothing_known")
        )
        return []


class HumanHandoffAction(SpeakAction):
    """Says who can be spoken to."""

    def name(self) -> str:
        """Names the action."""
        return "action_human_handoff"

    def words(self, conversation: Conversation, tracker: Tracker) -> str | None:
        """Names the numbers of the country."""
        return SPEAKER.in_country("human_handoff", conversation.record)


class GreetAction(Action):
    """Greets, as a stranger or as somebody who has been here before."""

    def name(self) -> str:
        """Names the action."""
        return "action_greet"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks, and changes nothing."""
        record = Conversation.of(tracker).record
        dispatcher.utter_message(response="utter_greet_again" if record else "utter_greet")
        return []


class GiveUpAction(Action):
    """Says that nothing was understood, and what to do in an emergency: the way out of a loop."""

    def name(self) -> str:
        """Names the action."""
        return "action_give_up"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks, and lets the person try again."""
        dispatcher.utter_message(text=SPEAKER.in_country("give_up", Conversation.of(tracker).record))
        return [SlotSet("completed", None)]
