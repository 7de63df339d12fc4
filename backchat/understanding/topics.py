"""Finds what a person's question is about."""

from __future__ import annotations

from collections.abc import Mapping

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from backchat.knowledge.models import Topic


class TopicFinder:
    """Recognises the topics of the knowledge by their phrases."""

    def __init__(self, topics: Mapping[str, Topic]) -> None:
        self._topics = topics
        self._nlp = spacy.blank("en")
        self._matcher = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        for topic in topics.values():
            self._matcher.add(topic.id, [self._doc(phrase) for phrase in topic.phrases])

    def _doc(self, text: str) -> Doc:
        """Cuts a text into words; phones write "child’s", phrases "child's"."""
        return self._nlp.make_doc(text.replace("’", "'"))

    def find_all(self, text: str) -> list[Topic]:
        """Finds every topic that a text names, in the order in which they are named."""
        matches = sorted(self._matcher(self._doc(text)), key=lambda match: match[1])
        found = dict.fromkeys(self._nlp.vocab.strings[match] for match, _, _ in matches)
        return [self._topics[topic] for topic in found]

    def find(self, text: str, likely: str | None = None) -> Topic | None:
        """Finds the topic of a question: the one with the most words of it, a broad one only by itself.

        In a draw it is the likely one, or else the one named first: "does smoking harm discs?" asks about
        smoking.

        Args:
            text: The question.
            likely: The id of the topic that something else takes it for.
        """
        words: dict[str, int] = {}
        for match, start, end in sorted(self._matcher(self._doc(text)), key=lambda match: match[1]):
            topic = self._nlp.vocab.strings[match]
            words[topic] = words.get(topic, 0) + end - start
        named = {topic: count for topic, count in words.items() if not self._topics[topic].broad} or words
        best = [topic for topic, count in named.items() if count == max(named.values())]
        if not best:
            return None
        return self._topics[likely if likely in best else best[0]]
