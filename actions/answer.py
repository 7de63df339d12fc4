"""Answers the person's own questions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.assess import tell_result
from actions.conversation import KNOWLEDGE, OPENING, SPEAKER, Conversation, question_of
from actions.hearing import AFFIRM, CRISIS_ACTION, CRISIS_FINDINGS, Listener, last_action
from backchat.knowledge import Assertion, Urgency
from backchat.knowledge.models import ANOTHER_LANGUAGE, WHO_ARE_YOU, Exercise, Topic
from backchat.screening.assessment import IncompleteScreeningError
from backchat.screening.guidance import may_suit, reasons_to_wait
from backchat.screening.record import Known, Record
from backchat.understanding.requests import ASK_MEANING, is_question
from backchat.understanding.topics import TopicFinder

MOST_OFFERED = 4
"""So many questions are offered as examples where a question was not recognised."""


EXERCISES = {exercise.id: exercise for exercise in KNOWLEDGE.exercises}
ABOUT_EXERCISES = KNOWLEDGE.topics["exercises"]
TOPICS = TopicFinder({**SPEAKER.exercises(), **KNOWLEDGE.topics})
GLOSSARY = TopicFinder(SPEAKER.glossary())


def topic_asked(message: Mapping[str, Any]) -> Topic | None:
    """Names what a question is about: what its words say, or else what the learned layer takes it for.

    Args:
        message: A message with what the NLU pipeline found in it.
    """
    return TOPICS.find(message.get("text") or "") or KNOWLEDGE.topics.get(message.get("topic") or "")


def topic_asked_in_passing(message: Mapping[str, Any]) -> Topic | None:
    """Names what a message asks about that is taken for something else, where its words say so.

    Args:
        message: A message with what the NLU pipeline found in it.
    """
    text = message.get("text") or ""
    return TOPICS.find(text) if is_question(text) else None


def word_asked(message: Mapping[str, Any]) -> Topic | None:
    """Names the hard word of which a message asks the meaning."""
    asks_meaning = (message.get("intent") or {}).get("name") == ASK_MEANING
    return GLOSSARY.find(message.get("text") or "") if asks_meaning else None


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


def in_crisis(record: Record) -> str:
    """Tells the writer where to find help at once, for themself or for whom they write about."""
    template = "crisis_of_another" if SPEAKER.is_about_another(record) else "crisis"
    return SPEAKER.in_country(template, record)


def answer_to(tracker: Tracker) -> str | None:
    """Gives the answer to the question in the person's last message; None where it is not recognised."""
    topic = topic_asked(tracker.latest_message)
    if topic is None:
        return None
    if topic == ABOUT_EXERCISES or topic.id in EXERCISES:
        return _about_exercises(topic, tracker)
    record, result = Listener.caught_up(tracker).record, tracker.get_slot("assessment")
    if topic.at_home and result and Urgency(result["urgency"]).is_emergency:
        return SPEAKER.told(
            SPEAKER.say("until_help", items=[care["text"] for care in result["care"]]), record
        )
    return SPEAKER.answer(topic, record)


def _about_exercises(topic: Topic, tracker: Tracker) -> str:
    """Answers a question about exercises as an assessment would: with what suits, or why it has to wait."""
    conversation = Listener.caught_up(tracker)
    result = tracker.get_slot("assessment") if conversation.assessed else None
    advised = Urgency(result["urgency"]) if result else Urgency.SELF_CARE
    doubted = () if result else conversation.doubted
    waiting_for = reasons_to_wait(KNOWLEDGE.rules, conversation.values, doubted)
    if waiting_for or advised.rank > Urgency.CONSULTATION.rank:
        reasons = [rule.why for rule in waiting_for[:1]]
        return SPEAKER.told(SPEAKER.say("exercises_wait", reasons=reasons), conversation.record)
    suiting = [exercise for exercise in KNOWLEDGE.exercises if may_suit(exercise, conversation.values)]
    if result is None:
        return _before_a_result(topic, suiting, conversation.record)
    suiting = [exercise for exercise in suiting if exercise.id in result["exercises"]]
    return _after_a_result(topic, suiting, conversation.record)


def _before_a_result(topic: Topic, suiting: Sequence[Exercise], record: Record) -> str:
    """Tells how to do an exercise that nothing speaks against so far; none is suggested yet."""
    if topic == ABOUT_EXERCISES:
        return SPEAKER.answer(topic, record, SPEAKER.say("exercises_later"))
    if EXERCISES[topic.id] in suiting:
        return SPEAKER.how_to(topic, record, SPEAKER.say("exercise_later"))
    return SPEAKER.told(SPEAKER.say("exercise_withheld", title=topic.question, others=[]), record)


def _after_a_result(topic: Topic, suiting: Sequence[Exercise], record: Record) -> str:
    """Names the exercises that suit, or tells how to do one of them."""
    titles = [exercise.title for exercise in suiting]
    if topic == ABOUT_EXERCISES:
        others = SPEAKER.say("exercises", items=titles) if titles else SPEAKER.say("no_exercise_suits")
        return SPEAKER.answer(topic, record, others)
    if EXERCISES[topic.id] in suiting:
        return SPEAKER.how_to(topic, record)
    return SPEAKER.told(SPEAKER.say("exercise_withheld", title=topic.question, others=titles), record)


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
        record = conversation.record
        plain = bool(crisis_signs(record)) or last_action(tracker.events) == self.name()
        words = in_crisis(record) if plain else SPEAKER.in_country("check_safety", record)
        dispatcher.utter_message(text=words)
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
        """Gives the reason of the open question, of the result, or of there being neither.

        Before anything has been asked, who asks why asks about something else: "what does sitting have to do
        with it?".
        """
        if term := word_asked(tracker.latest_message):
            return SPEAKER.answer(term, conversation.record)
        question = question_of(conversation.asking)
        begins = (question is None or question.id == OPENING) and not conversation.assessed
        if begins and TOPICS.find(tracker.latest_message.get("text") or ""):
            return answer_to(tracker)
        if question is not None:
            return SPEAKER.told(question.why, conversation.record)
        try:
            reasons = SPEAKER.reasons(conversation.assess())
        except IncompleteScreeningError:
            return SPEAKER.answer(KNOWLEDGE.topics[WHO_ARE_YOU], conversation.record)
        return SPEAKER.told(SPEAKER.say("why_decided", reasons=reasons), conversation.record)


class RephraseAction(SpeakAction):
    """Says in other words what is asked."""

    def name(self) -> str:
        """Names the action."""
        return "action_rephrase"

    def words(self, conversation: Conversation, tracker: Tracker) -> str | None:
        """Explains the word that was asked about, else the open question with the hard words in it."""
        if term := word_asked(tracker.latest_message):
            return SPEAKER.answer(term, conversation.record)
        question = question_of(conversation.asking)
        if question is None:
            return None
        about = conversation.about(question)
        plainer = conversation.fill(question, question.plainer, about)
        asked = [question.text, plainer, question.why, *conversation.options(question, about).values()]
        meanings = [term.answer for term in GLOSSARY.find_all("\n".join(asked))]
        text = SPEAKER.say("in_other_words", plainer=plainer, why=question.why, meanings=meanings)
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
        """Speaks, and changes nothing; who says yes to being in danger is told where to find help."""
        record = Conversation.of(tracker).record
        if last_action(tracker.events) == CRISIS_ACTION:
            if (tracker.latest_message.get("intent") or {}).get("name") == AFFIRM:
                dispatcher.utter_message(text=in_crisis(record))
            return []
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
        record = Conversation.of(tracker).record
        dispatcher.utter_message(text=SPEAKER.told(SPEAKER.in_country("give_up", record), record))
        return [SlotSet("completed", None)]
