"""Answers the person's own questions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import (
    FORM,
    KNOWLEDGE,
    MOST_MESSAGES,
    OPENING,
    SPEAKER,
    Conversation,
    messages_left,
    question_of,
    questions_offered,
)
from actions.crisis import CRISIS_ACTION, crisis_signs, fears_danger, in_crisis
from actions.hearing import Listener
from actions.intents import AFFIRM, LEAVING
from actions.messages import REMARKS, REQUESTS, UNDERSTANDING, last_action
from actions.steering import question_about
from backchat.knowledge import Assertion, Finding, Question, QuestionKind, Urgency
from backchat.knowledge.models import ANOTHER_LANGUAGE, WHO_ARE_YOU, Exercise, Topic
from backchat.knowledge.phrases import COUNTRY
from backchat.screening.assessment import IncompleteScreeningError
from backchat.screening.guidance import may_suit, reasons_to_wait
from backchat.screening.record import Known, Record
from backchat.screening.triage import red_flags_of
from backchat.understanding.requests import ASK_MEANING, ASK_NUMBER, clauses_of, is_question, questions_in
from backchat.understanding.topics import TopicFinder

EXERCISES = {exercise.id: exercise for exercise in KNOWLEDGE.exercises}
ABOUT_EXERCISES = KNOWLEDGE.topics["exercises"]
ABOUT_SEEKING_HELP = KNOWLEDGE.topics["when_to_seek_help"]
ABOUT_SOURCES = KNOWLEDGE.topics["sources"]
TOPICS = TopicFinder({**SPEAKER.exercises(), **KNOWLEDGE.topics})
GLOSSARY = TopicFinder(SPEAKER.glossary())

RED_FLAGS = red_flags_of(KNOWLEDGE.rules)
REPORTED = (Assertion.PRESENT.value, Assertion.UNSURE.value)

WHEN = {
    Urgency.EMERGENCY_AMBULANCE: "when_emergency_ambulance",
    Urgency.EMERGENCY: "when_emergency",
    Urgency.CONSULTATION_24: "when_consultation_24",
    Urgency.CONSULTATION: "when_consultation",
    Urgency.SELF_CARE: "when_self_care",
}
"""The wording that says how long it may wait, by what is advised."""

REPLIES = {
    "thank": "utter_thank",
    "afraid": "utter_afraid",
    "pause": "utter_pause",
    "stop": "utter_goodbye",
    "goodbye": "utter_goodbye",
    "never_mind": "utter_goodbye",
    "out_of_scope": "utter_out_of_scope",
}
"""The response to each intent that small words have ..."""
REPLIES_DURING = {"stop": "utter_stop", "goodbye": "utter_stop", "never_mind": "utter_never_mind"}
"""... and where it is another one during the screening."""


def topic_asked(message: Mapping[str, Any]) -> Topic | None:
    """Names what a question is about: what its words say, or else what the learned layer takes it for.

    Args:
        message: A message with what the NLU pipeline found in it.
    """
    likely = message.get("topic") or ""
    topic = TOPICS.find(message.get("text") or "", likely) or KNOWLEDGE.topics.get(likely)
    return topic if topic and _may_be_told(topic, message) else None


def topics_asked(message: Mapping[str, Any]) -> list[Topic]:
    """Names all that a message asks about: a topic for each of its questions that has one.

    Args:
        message: A message with what the NLU pipeline found in it.
    """
    found = (TOPICS.find(question) for question in questions_in(message.get("text") or ""))
    topics = list({topic.id: topic for topic in found if topic and _may_be_told(topic, message)}.values())
    single = topic_asked(message)
    return topics if len(topics) > 1 or not single else [single]


def asks_in_passing(message: Mapping[str, Any]) -> bool:
    """Tells whether a message that is taken for something else asks as well, as its words say.

    Args:
        message: A message with what the NLU pipeline found in it.
    """
    text = message.get("text") or ""
    topic = TOPICS.find(text) if is_question(text) else None
    return topic is not None and _may_be_told(topic, message)


def _may_be_told(topic: Topic, message: Mapping[str, Any]) -> bool:
    """Tells whether a topic may answer a message: none reassures who names a sign that can't wait."""
    found = (Finding.from_dict(entry) for entry in message.get("findings") or ())
    return not (topic.reassuring and any(f.id in RED_FLAGS and f.value in REPORTED for f in found))


def word_asked(message: Mapping[str, Any]) -> Topic | None:
    """Names the hard word of which a message asks the meaning."""
    asks_meaning = (message.get("intent") or {}).get("name") == ASK_MEANING
    return GLOSSARY.find(message.get("text") or "") if asks_meaning else None


def emergency_told(tracker: Tracker) -> Urgency | None:
    """Gives the urgency of the result where that is an emergency: nothing that is said may talk it away."""
    urgency = urgency_told(tracker)
    return urgency if urgency and urgency.is_emergency else None


def urgency_told(tracker: Tracker) -> Urgency | None:
    """Gives the urgency of the result, where one has been told."""
    result = tracker.get_slot("assessment")
    return Urgency(result["urgency"]) if result else None


def remind_of_emergency(
    dispatcher: CollectingDispatcher, conversation: Conversation, tracker: Tracker
) -> None:
    """Repeats the advice of an emergency before anything else is said."""
    if urgency := emergency_told(tracker):
        dispatcher.utter_message(text=SPEAKER.reminder(urgency, conversation.record, conversation.turn))


def option_asked(conversation: Conversation, message: Mapping[str, Any]) -> str | None:
    """Says in other words what the option means that a message asks for by its place in the open list."""
    question = question_of(conversation.asking)
    if question is None or question.kind is not QuestionKind.CHECKLIST:
        return None
    options = list(conversation.options(question, conversation.about(question)).items())
    place = REMARKS.place_mentioned(message.get("text") or "")
    if place is None or abs(place) > len(options):
        return None
    finding, label = options[place - 1 if place > 0 else place]
    again = (other.options.get(finding) for other in KNOWLEDGE.questions if other.again)
    hard_words = [term.answer for term in GLOSSARY.find_all(label)]
    meanings = [SPEAKER.option(text, conversation.record) for text in again if text]
    if not meanings and not hard_words:
        return None
    option = SPEAKER.option(label, conversation.record)
    return SPEAKER.say("option_meant", option=option, meaning=" ".join([*meanings[:1], *hard_words]))


def in_other_words(conversation: Conversation, question: Question) -> str:
    """Says what a question is after, with the hard words in it."""
    plainer = conversation.fill(question, question.plainer, conversation.about(question))
    meanings = meanings_in(conversation, question)
    text = SPEAKER.say("in_other_words", plainer=plainer, why=question.why, meanings=meanings)
    return SPEAKER.told(text, conversation.record)


def meanings_in(conversation: Conversation, question: Question) -> list[str]:
    """Says what the hard words mean with which something is asked."""
    about = conversation.about(question)
    texts = (conversation.fill(question, text, about) for text in (question.text, question.plainer))
    asked = [*texts, question.why, *conversation.options(question, about).values()]
    return [term.answer for term in GLOSSARY.find_all("\n".join(asked))]


class SpeakAction(Action, ABC):
    """Says one thing, and changes nothing."""

    @abstractmethod
    def words(self, conversation: Conversation, tracker: Tracker) -> str | None:
        """Gives what is said, if anything."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks."""
        conversation = Conversation.of(tracker)
        words = self.words(conversation, tracker)
        if words:
            remind_of_emergency(dispatcher, conversation, tracker)
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
            reminder = SPEAKER.reminder(Urgency(result["urgency"]), conversation.record, conversation.turn)
            dispatcher.utter_message(text=reminder)
        # The first question comes with what happens to what the person writes, any other one by itself.
        room = messages_left(tracker) - (0 if result else 1 if conversation.turn else 2)
        words = answers_to(tracker, room)
        if not words:
            words = [SPEAKER.say("topic_unknown", questions=questions_offered())]
        for text in words:
            dispatcher.utter_message(text=text)
        return []


def numbers_asked(tracker: Tracker) -> list[str]:
    """Says whom to call where a message asks that besides what it tells.

    The country may have been told with it: "I'm in Leeds. Should I ring 111?"
    """
    text = tracker.latest_message.get("text") or ""
    plain = UNDERSTANDING.places.without(text)
    if not any(REQUESTS.read(part) == ASK_NUMBER for part in (*questions_in(plain), *clauses_of(plain))):
        return []
    return [SPEAKER.in_country("numbers", with_country_asked_for(Listener.caught_up(tracker).record, text))]


def with_country_asked_for(record: Record, text: str) -> Record:
    """Gives what is known with the country whose number a text asks for, if it names one.

    Who asks for the number in Dublin is told that one, and need not be there.
    """
    country = UNDERSTANDING.places.asked_for(text)
    return {**record, COUNTRY: Known(country, text, 0)} if country else record


def answers_to(tracker: Tracker, most: int) -> list[str]:
    """Answers the questions of the person's last message that have a topic; what is too much is offered.

    Args:
        tracker: The conversation.
        most: How many are answered, at least one.
    """
    topics = topics_asked(tracker.latest_message)
    now, later = topics[: max(most, 1)], topics[max(most, 1) :]
    words = [_answer(topic, tracker) for topic in now]
    if later:
        offer = SPEAKER.say("asked_more", questions=[topic.question for topic in later])
        words[-1] = "\n".join([words[-1], offer])
    return words


def _answer(topic: Topic, tracker: Tracker) -> str:
    """Answers one question, with what this person's own answers say of it."""
    if topic.exertion or topic.id in EXERCISES:
        return _about_exercises(topic, tracker)
    record, result = Listener.caught_up(tracker).record, tracker.get_slot("assessment")
    if topic.at_home and result and Urgency(result["urgency"]).is_emergency:
        return SPEAKER.told(
            SPEAKER.say("until_help", items=[care["text"] for care in result["care"]]), record
        )
    if topic == ABOUT_SEEKING_HELP and (urgency := emergency_told(tracker)):
        return SPEAKER.told(SPEAKER.in_country(WHEN[urgency], record), record)
    if topic == ABOUT_SOURCES and result:
        return SPEAKER.sources(Conversation.of(tracker).assess())
    further = [SPEAKER.signs_told(topic.signs, record)]
    if topic.judged and result and Urgency(result["urgency"]).rank < Urgency.CONSULTATION_24.rank:
        # What is more urgent has just been repeated.
        further.append(SPEAKER.advised(Urgency(result["urgency"]), record))
    return SPEAKER.answer(topic, record, "\n".join(filter(None, further)))


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
    if topic.exertion:
        later = "exercises_later" if topic == ABOUT_EXERCISES else "exercise_later"
        return SPEAKER.answer(topic, record, SPEAKER.say(later))
    if EXERCISES[topic.id] in suiting:
        return SPEAKER.how_to(topic, record, SPEAKER.say("exercise_later"))
    return SPEAKER.told(SPEAKER.say("exercise_withheld", title=topic.question, others=[]), record)


def _after_a_result(topic: Topic, suiting: Sequence[Exercise], record: Record) -> str:
    """Names the exercises that suit, or tells how to do one of them."""
    titles = [exercise.title for exercise in suiting]
    if topic == ABOUT_EXERCISES:
        others = SPEAKER.say("exercises", items=titles) if titles else SPEAKER.say("no_exercise_suits")
        return SPEAKER.answer(topic, record, others)
    if topic.exertion:
        return SPEAKER.answer(topic, record)
    if EXERCISES[topic.id] in suiting:
        return SPEAKER.how_to(topic, record)
    return SPEAKER.told(SPEAKER.say("exercise_withheld", title=topic.question, others=titles), record)


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
        about = tracker.latest_message.get("request_about") or ""
        if named := question_about(conversation, about):
            return SPEAKER.why(named, conversation.record)
        question = question_of(conversation.asking)
        begins = (question is None or question.id == OPENING) and not conversation.assessed
        if begins and TOPICS.find(tracker.latest_message.get("text") or ""):
            return "\n".join(answers_to(tracker, 1))
        if question is not None:
            return SPEAKER.why(question, conversation.record)
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
        option = option_asked(conversation, tracker.latest_message)
        return option or in_other_words(conversation, question)


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


class BesideAdviceAction(Action, ABC):
    """Repeats the advice where there is a result, says one thing more, and changes nothing."""

    @abstractmethod
    def words(self, record: Record, advised: Urgency | None) -> str:
        """Gives what is said beside the advice."""

    def record(self, tracker: Tracker) -> Record:
        """Gives what it is said by: all that is known, with what the message itself tells."""
        return Listener.caught_up(tracker).known

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks."""
        record, advised = self.record(tracker), urgency_told(tracker)
        if advised:
            dispatcher.utter_message(text=SPEAKER.advised(advised, record))
        dispatcher.utter_message(text=self.words(record, advised))
        return []


class TellNumbersAction(BesideAdviceAction):
    """Says whom to call, and when."""

    def name(self) -> str:
        """Names the action."""
        return "action_tell_numbers"

    def record(self, tracker: Tracker) -> Record:
        """Gives all that is known, with the country that is asked about."""
        return with_country_asked_for(super().record(tracker), tracker.latest_message.get("text") or "")

    def words(self, record: Record, advised: Urgency | None) -> str:
        """Names the numbers of the country, and until there is advice, the way to it."""
        numbers = SPEAKER.in_country("numbers", record)
        until = "" if advised else SPEAKER.told(SPEAKER.say("numbers_until_decided"), record)
        return f"{numbers} {until}".rstrip()


class TellWhenAction(BesideAdviceAction):
    """Says how long it may wait, and how to get there."""

    def name(self) -> str:
        """Names the action."""
        return "action_tell_when"

    def words(self, record: Record, advised: Urgency | None) -> str:
        """Answers by the urgency of the advice."""
        template = WHEN[advised] if advised else "when_undecided"
        return SPEAKER.told(SPEAKER.in_country(template, record), record)


class SummariseAction(BesideAdviceAction):
    """Repeats what is known."""

    def name(self) -> str:
        """Names the action."""
        return "action_summarise"

    def words(self, record: Record, advised: Urgency | None) -> str:
        """Repeats it, or says that it is nothing."""
        return SPEAKER.told(SPEAKER.summary(record), record) or SPEAKER.say("nothing_known")


class HumanHandoffAction(SpeakAction):
    """Says who can be spoken to."""

    def name(self) -> str:
        """Names the action."""
        return "action_human_handoff"

    def words(self, conversation: Conversation, tracker: Tracker) -> str | None:
        """Names the numbers of the country."""
        heard = Listener.caught_up(tracker)
        return SPEAKER.no_human(heard.record, heard.turn)


class ReplyAction(Action):
    """Answers small words: thanks, fear, a goodbye, a pause, and what is out of scope."""

    def name(self) -> str:
        """Names the action."""
        return "action_reply"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Speaks. After an emergency its advice comes first, and who leaves is told to go now.

        Nobody leaves without knowing where to find help in a crisis that they told of.
        """
        conversation, urgency = Conversation.of(tracker), emergency_told(tracker)
        intent = tracker.latest_message["intent"]["name"]
        if intent in LEAVING and crisis_signs(record := Listener.caught_up(tracker).record):
            dispatcher.utter_message(text=SPEAKER.in_country("crisis_stays", record))
        if leaving := _to_who_goes(tracker.latest_message.get("text") or "", urgency):
            words = SPEAKER.in_country(leaving, conversation.record)
            dispatcher.utter_message(text=SPEAKER.told(words, conversation.record))
            return []
        if urgency and intent in LEAVING:
            dispatcher.utter_message(text=SPEAKER.leaving(urgency, conversation.record))
            return []
        remind_of_emergency(dispatcher, conversation, tracker)
        replies = {**REPLIES, **REPLIES_DURING} if tracker.active_loop_name == FORM else REPLIES
        dispatcher.utter_message(response=replies[intent])
        return []


def _to_who_goes(text: str, urgency: Urgency | None) -> str:
    """Names what is said to who has called for help, or goes where they were sent and needs no ambulance."""
    if REQUESTS.has_called(text):
        return "help_called"
    return "going" if urgency is Urgency.EMERGENCY and REQUESTS.is_going(text) else ""


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
            message = next(event for event in reversed(tracker.events) if event["event"] == "user")
            says_yes = (tracker.latest_message.get("intent") or {}).get("name") == AFFIRM
            if says_yes and fears_danger(tracker.events, message):
                # The question that comes next is the last message.
                for text in in_crisis(record)[: MOST_MESSAGES - 1]:
                    dispatcher.utter_message(text=text)
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
