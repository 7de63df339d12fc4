"""Recognises messages in other languages, and drops what was read in them as if they were English."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from backchat.components.told import FINDINGS, name_intent, told_in
from backchat.components.untaught import Untaught
from backchat.knowledge import load_knowledge, load_phrases
from backchat.understanding.language import OTHER_LANGUAGE, LanguageRecogniser

LANGUAGE = "language"
"""The key under which `/model/parse` and the tracker's messages carry a language other than English."""

NO_WORDS = "no_words"
"""The key under which a message tells the next components that it holds no word that is known."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LanguageFinder(Untaught):
    """Gives messages in other languages an intent of their own. It comes after what reads findings."""

    def __init__(self) -> None:
        knowledge = load_knowledge()
        phrases = load_phrases(knowledge.findings).copy(exclude={"places"})  # Buenos Aires is no English
        english = (phrases, knowledge.findings, knowledge.questions, knowledge.topics, knowledge.care)
        self._recogniser = LanguageRecogniser(knowledge.languages, english)

    @staticmethod
    def required_packages() -> list[str]:
        """Names the packages that it needs."""
        return ["py3langid"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Names the language of each message that is not in English."""
        for message in messages:
            text = message.get(TEXT) or ""
            language = self._recogniser.recognise(text, told_in(message))
            message.set(NO_WORDS, self._recogniser.knows_no_word(text))
            if language is not None:
                name_intent(message, {OTHER_LANGUAGE: 1.0})
                message.set(LANGUAGE, language, add_to_output=True)
                message.set(FINDINGS, [], add_to_output=True)
                message.set(ENTITIES, [], add_to_output=True)
        return messages
