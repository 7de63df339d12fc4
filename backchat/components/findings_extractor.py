"""Puts the findings of a message into what Rasa's NLU pipeline gives."""

from __future__ import annotations

from datetime import datetime

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from backchat.components.told import NUMBERS, OF_ANOTHER, tell
from backchat.components.untaught import Untaught
from backchat.understanding import load_own_understanding


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FindingsExtractor(Untaught, EntityExtractorMixin):
    """Finds what phrases say: as entities, and with values and ranges under `findings`."""

    def __init__(self) -> None:
        self._understanding = load_own_understanding()

    @staticmethod
    def required_packages() -> list[str]:
        """Names the packages that it needs."""
        return ["spacy"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds what each message tells."""
        today = datetime.now().date()
        for message in messages:
            text = message.get(TEXT) or ""
            tell(message, self._understanding.read(text, today), self)
            message.set(OF_ANOTHER, self._understanding.read_as_of_another(text, today))
            message.set(NUMBERS, self._understanding.numbers(text, today))
        return messages
