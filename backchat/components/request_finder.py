"""Recognises what people want of the conversation itself, such as to skip a question or to pause."""

from __future__ import annotations

import math
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from backchat.components.told import name_intent, told_in
from backchat.knowledge import load_knowledge
from backchat.knowledge.models import Requests
from backchat.understanding.language import OTHER_LANGUAGE
from backchat.understanding.learned.examples import CRISIS

LEAST_SHARE = 0.5
"""A phrase is a request where it makes up this much of a message's words."""
REQUEST = "request"
"""The key under which `/model/parse` and the tracker's messages carry a request that was recognised."""

LEAST_SURE = 0.6
ENDS = frozenset({"stop", "goodbye", "restart"})
"""What ends a screening is done only for a message that surely asks for it: "blip" is no "stop"."""
NEVER_OVERRULED = frozenset({CRISIS, OTHER_LANGUAGE})


class RequestReader:
    """Finds the request that a text makes.

    Args:
        requests: How people make them.
    """

    def __init__(self, requests: Requests) -> None:
        self._phrases = {
            tuple(_words(phrase)): intent
            for intent, phrases in requests.intents.items()
            for phrase in phrases
        }
        self._longest = max(map(len, self._phrases))

    def read(self, text: str) -> str | None:
        """Names the intent of the longest phrase that makes up enough of the text, if there is one."""
        words = _words(text)
        longest = min(self._longest, len(words))
        shortest = max(math.ceil(len(words) * LEAST_SHARE), 1)
        for length in range(longest, shortest - 1, -1):
            for start in range(len(words) - length + 1):
                intent = self._phrases.get(tuple(words[start : start + length]))
                if intent is not None:
                    return intent
        return None


def _words(text: str) -> list[str]:
    plain = "".join(c for c in text.lower() if c.isalnum() or c.isspace())
    return plain.split()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class RequestFinder(GraphComponent):
    """Gives messages that make a request its intent. It comes after what reads findings."""

    def __init__(self) -> None:
        self._reader = RequestReader(load_knowledge().requests)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],  # noqa: ARG003
        model_storage: ModelStorage,  # noqa: ARG003
        resource: Resource,  # noqa: ARG003
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> RequestFinder:
        """Creates the component; see Rasa's `GraphComponent`."""
        return cls()

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
