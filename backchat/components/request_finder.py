"""Recognises what people want of the conversation itself, such as to skip a question or to pause."""

from __future__ import annotations

from collections.abc import Sequence

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from backchat.components.language_finder import NO_WORDS
from backchat.components.told import FINDINGS, REPORTED, name_intent, told_in
from backchat.components.untaught import Untaught
from backchat.knowledge import Finding, load_knowledge
from backchat.knowledge.phrases import COUNTRY
from backchat.screening.triage import red_flags_of
from backchat.understanding import load_own_understanding
from backchat.understanding.language import OTHER_LANGUAGE
from backchat.understanding.learned.examples import COMPLAINT, CRISIS, CRISIS_FINDINGS
from backchat.understanding.requests import (
    ASK_FAQ,
    ASK_MEANING,
    ASK_NUMBER,
    ASK_WHEN,
    RequestReader,
    questions_of,
)

REQUEST = "request"
"""The key under which `/model/parse` and the tracker's messages carry a request that was recognised."""

REQUEST_ABOUT = "request_about"
"""The same for what an earlier question was about, where the request is for that one."""

LEAST_SURE = 0.7
LEAST_SURE_OF_CRISIS = 0.6
"""Below this a crisis needs a word that may tell of one."""
ENDS = frozenset({"stop", "goodbye", "restart"})
"""What ends a screening is done only for a message that surely asks for it: "blip" is no "stop"."""
OUT_OF_SCOPE = "out_of_scope"
"""What is asked of somebody else; a message without a single known word asks nothing."""
KNOWN_QUESTIONS = frozenset({ASK_FAQ, ASK_MEANING})
"""What has an answer of its own: "what does osteoporosis have to do with it?"."""
WITH_A_COUNTRY = frozenset({ASK_NUMBER, ASK_WHEN, "human_handoff"})
"""What is asked together with where somebody is: the answer is that of the country."""
AFRAID, PAUSE = "afraid", "pause"
MOMENT = 1 / 24
"""So many days are no time for which a back has hurt, where a text asks to wait."""
UNCLEAR = frozenset({OUT_OF_SCOPE, DEFAULT_NLU_FALLBACK_INTENT_NAME, "affirm", "deny", *ENDS})
"""What words are taken for that only vent: "I'm dying here" is met as "I'm at the end of my tether" is."""
NEVER_OVERRULED = frozenset({CRISIS, OTHER_LANGUAGE})


def _is_a_moment(told: Sequence[Finding]) -> bool:
    """Whether all that is told is a time of less than an hour."""
    return all(f.id == "duration_days" and isinstance(f.value, float) and f.value < MOMENT for f in told)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class RequestFinder(Untaught):
    """Gives messages that make a request its intent. It comes after what reads findings."""

    def __init__(self) -> None:
        knowledge = load_knowledge()
        self._reader = RequestReader(knowledge.requests, questions_of(knowledge))
        self._red_flags = red_flags_of(knowledge.rules)
        self._places = load_own_understanding().places

    @staticmethod
    def required_packages() -> list[str]:
        """Names the packages that it needs."""
        return []

    def process(self, messages: list[Message]) -> list[Message]:
        """Names the request of each message that makes one and tells nothing."""
        for message in messages:
            text = message.get(TEXT) or ""
            intent = self._reader.read(text) or self._asked_of_a_place(text)
            guess = message.get(INTENT) or {}
            guessed = guess.get(INTENT_NAME_KEY)
            if intent is None and guessed in ENDS:
                intent = self._reader.instead_of_ending(message.get(TEXT) or "")
            ends = guessed in ENDS and guess[PREDICTED_CONFIDENCE_KEY] < LEAST_SURE
            if ends or (guessed == OUT_OF_SCOPE and message.get(NO_WORDS)):
                name_intent(message, {DEFAULT_NLU_FALLBACK_INTENT_NAME: 1.0})
            asked = self._reader.names_question(text)
            if asked is not None and intent not in KNOWN_QUESTIONS and guessed not in NEVER_OVERRULED:
                # "Why do you ask about fever?" names a sign, and tells nothing of it.
                message.set(FINDINGS, [], add_to_output=True)
                message.set(ENTITIES, [], add_to_output=True)
                message.set(REQUEST_ABOUT, asked.about, add_to_output=True)
                intent = asked.intent
            is_doubtful = guessed == CRISIS and self._is_hardly_a_crisis(message, text)
            if is_doubtful:
                name_intent(message, _without_crisis(message))
                guessed = message.get(INTENT)[INTENT_NAME_KEY]
            may_be_crisis = self._reader.is_weary(text) or self._reader.asks_what_kills(text)
            if guessed not in NEVER_OVERRULED and may_be_crisis and not self._tells_red_flag(message):
                name_intent(message, {CRISIS: 1.0})
            elif guessed in (*UNCLEAR, CRISIS) and self._is_mourning(message, text):
                name_intent(message, {COMPLAINT: 1.0})
            elif self._tells_more(message, intent) and not (
                intent == PAUSE and _is_a_moment(told_in(message))
            ):
                continue
            elif self._reader.has_idiom(text) and (guessed in UNCLEAR or self._reader.is_idiom(text)):
                name_intent(message, {AFRAID: 1.0})
            elif intent is not None and guessed not in NEVER_OVERRULED:
                if intent == PAUSE:
                    # "Just a sec" tells no pain that has lasted for a second.
                    message.set(FINDINGS, [], add_to_output=True)
                    message.set(ENTITIES, [], add_to_output=True)
                name_intent(message, {intent: 1.0})
                message.set(REQUEST, intent, add_to_output=True)
        return messages

    def _asked_of_a_place(self, text: str) -> str | None:
        """Names what a text asks besides where somebody is: "I'm in Leeds, what number do I ring?"."""
        intent = self._reader.read(self._places.without(text))
        return intent if intent in WITH_A_COUNTRY else None

    def _tells_more(self, message: Message, intent: str | None) -> bool:
        """Whether a message tells something besides where the number that it asks for has to be one of."""
        told = {finding.id for finding in told_in(message)}
        return bool(told - {COUNTRY} if intent in WITH_A_COUNTRY else told)

    def _is_hardly_a_crisis(self, message: Message, text: str) -> bool:
        """Whether a message is taken for a crisis only for want of anything better: no word is of one."""
        told = {finding.id for finding in told_in(message)}
        likely = message.get(INTENT)[PREDICTED_CONFIDENCE_KEY] >= LEAST_SURE_OF_CRISIS
        return not likely and not told & CRISIS_FINDINGS and not self._reader.is_grave(text)

    def _is_mourning(self, message: Message, text: str) -> bool:
        """Whether a message tells of the death of somebody and of nothing else that can't wait."""
        told = {finding.id for finding in told_in(message)}
        violence = self._reader.tells_of_violence(text) or self._reader.tells_of_assault(text)
        return self._reader.is_bereaved(text) and not told & CRISIS_FINDINGS and not violence

    def _tells_red_flag(self, message: Message) -> bool:
        """Whether a message surely tells a red flag, which is heard before words that may be despair."""
        return any(
            f.id in self._red_flags and f.value in REPORTED and not f.confirm for f in told_in(message)
        )


def _without_crisis(message: Message) -> dict[str, float]:
    """How likely each intent but a crisis is; where none is, the message is one that is not understood."""
    ranking = message.get(INTENT_RANKING_KEY) or ()
    others = {entry[INTENT_NAME_KEY]: entry[PREDICTED_CONFIDENCE_KEY] for entry in ranking}
    others.pop(CRISIS, None)
    return others or {DEFAULT_NLU_FALLBACK_INTENT_NAME: 1.0}
