"""Recognises what people want of the conversation itself, such as to skip a question or to pause."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from backchat.components.told import name_intent, told_in
from backchat.components.untaught import Untaught
from backchat.knowledge import load_knowledge
from backchat.understanding.language import OTHER_LANGUAGE
from backchat.understanding.learned.examples import CRISIS
from backchat.understanding.requests import RequestReader, questions_of

REQUEST = "request"
"""The key under which `/model/parse` and the tracker's messages carry a request that was recognised."""

LEAST_SURE = 0.7
ENDS = frozenset({"stop", "goodbye", "restart"})
"""What ends a screening is done only for a message that surely asks for it: "blip" is no "stop"."""
NEVER_OVERRULED = frozenset({CRISIS, OTHER_LANGUAGE})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class RequestFinder(Untaught):
    """Gives messages that make a request its intent. It comes after what reads findings."""

    def __init__(self) -> None:
        knowledge = load_knowledge()
        self._reader = RequestReader(knowledge.requests, questions_of(knowledge))

    @staticmethod
    def required_packages() -> list[str]:
        """Names the packages that it needs."""
        return []

    def process(self, messages: list[Message]) -> list[Message]:
        """Names the request of each message that makes one and tells nothing."""
        for message in messages:
            intent = self._reader.read(message.get(TEXT) or "")
            guess = message.get(INTENT) or {}
            guessed = guess.get(INTENT_NAME_KEY)
            if guessed in ENDS and guess[PREDICTED_CONFIDENCE_KEY] < LEAST_SURE:
                name_intent(message, {DEFAULT_NLU_FALLBACK_INTENT_NAME: 1.0})
            if intent is not None and guessed not in NEVER_OVERRULED and not told_in(message):
                name_intent(message, {intent: 1.0})
                message.set(REQUEST, intent, add_to_output=True)
        return messages
