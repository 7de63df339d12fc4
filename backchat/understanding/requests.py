"""What a person wants of the conversation itself: to skip, to pause, to change an answer, to pick one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from backchat.knowledge.models import NAME, Knowledge, Requests

ASK_FAQ, ASK_MEANING = "ask_faq", "ask_meaning"

QUESTION_WORDS = frozenset({"why", "what", "how", "which", "when", "where", "who"})
AUXILIARIES = frozenset({"do", "does", "did", "is", "are", "can", "could", "should", "would", "will"})
SHORTEST_QUESTION = 4

LEAST_SHARE = 0.5
"""A phrase is a request where it makes up this much of a message's words."""
LEAST_LETTERS = 3
"""Fewer letters than this pick no option."""


def questions_of(knowledge: Knowledge) -> dict[str, list[str]]:
    """Gives, by intent, the questions that are known word by word.

    They are those of the topics, how to do an exercise, and what a hard word means that is no topic itself.

    Args:
        knowledge: The clinical content.
    """
    topics, requests = knowledge.topics.values(), knowledge.requests
    answered = {phrase for topic in topics for phrase in topic.phrases}
    words = [word for term in knowledge.glossary for word in (term.word, *term.phrases)]
    exercises = [name for exercise in knowledge.exercises for name in (exercise.title, *exercise.phrases)]
    return {
        ASK_FAQ: [*(topic.question for topic in topics), *_named(requests.about_exercises, exercises)],
        ASK_MEANING: _named(requests.about_words, [word for word in words if word not in answered]),
    }


def _named(phrases: Iterable[str], names: Sequence[str]) -> list[str]:
    return [phrase.replace(NAME, name) for phrase in phrases for name in names]


class RequestReader:
    """Finds the request that a text makes.

    Args:
        requests: How people make them.
        questions: By intent, further phrases that make up most of a message, as `questions_of` gives them.
    """

    def __init__(self, requests: Requests, questions: Mapping[str, Iterable[str]] | None = None) -> None:
        self._phrases = {
            tuple(_words(phrase)): intent
            for by_intent in (questions or {}, requests.intents)
            for intent, phrases in by_intent.items()
            for phrase in phrases
        }
        self._questions = {tuple(_words(phrase)) for some in (questions or {}).values() for phrase in some}
        self._longest = max(map(len, self._phrases))
        self._denying = frozenset(word for denial in requests.denying for word in _words(denial))
        self._answering = frozenset(requests.answering)
        self._recalling = [_words(phrase) for phrase in requests.recalling]
        self._correcting = [*map(_words, requests.correcting), *self._recalling]
        self._adding = [_words(phrase) for phrase in requests.adding]
        between = sorted({*requests.between, *requests.recalling}, key=len, reverse=True)
        self._between = re.compile(rf"[,;.?]|\b(?:{'|'.join(map(re.escape, between))})\b", re.IGNORECASE)

    def read(self, text: str) -> str | None:
        """Names the intent of the longest phrase that makes up enough of the text, if there is one.

        A question that stands beside an answer is none: "no. is heat or ice better?".
        """
        words = _words(text)
        longest = min(self._longest, len(words))
        shortest = max(math.ceil(len(words) * LEAST_SHARE), 1)
        for length in range(longest, shortest - 1, -1):
            for start in range(len(words) - length + 1):
                phrase = tuple(words[start : start + length])
                besides = self._answering if phrase in self._questions else self._denying
                intent = self._phrases.get(phrase)
                if intent is not None and not besides.intersection(words[:start]):
                    return intent
        return None

    def restates(self, text: str) -> bool:
        """Tells whether a text puts something in the place of what was said before, and adds nothing."""
        words = _words(text)
        return _has_any(words, self._correcting) and not _has_any(words, self._adding)

    def recalls(self, text: str) -> bool:
        """Tells whether a text begins with speaking of what was said before."""
        return not any(c.isdigit() for c in self.parts(text)[0]) and _has_any(_words(text), self._recalling)

    def parts(self, text: str) -> list[str]:
        """Splits a text between what was said before and what is right."""
        return [part.strip() for part in self._between.split(text.replace("’", "'"))]


def is_question(text: str) -> bool:
    """Tells whether a text asks: it begins as a question does, or it is of some words and a question mark.

    A word or two with a question mark rather answer one: "stress?".
    """
    words = _words(text)
    begins = len(words) > 1 and words[0] in QUESTION_WORDS and words[1] in AUXILIARIES
    return begins or ("?" in text and len(words) >= SHORTEST_QUESTION)


def picked(text: str, labels: Mapping[str, str]) -> str | None:
    """Finds which option of a list a reply names: by its words, by some of them, or by its number.

    Args:
        text: The reply.
        labels: The words on each option, in the order shown.
    """
    wanted = " ".join(_words(text))
    plain = {option: " ".join(_words(label)) for option, label in labels.items()}
    if wanted.isdigit() and 0 < int(wanted) <= len(plain):
        return list(plain)[int(wanted) - 1]
    same = [option for option, label in plain.items() if label == wanted]
    parts = [option for option, label in plain.items() if len(wanted) >= LEAST_LETTERS and wanted in label]
    return next(iter(same or (parts if len(parts) == 1 else ())), None)


def _words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return "".join(c for c in text.lower() if c.isalnum() or c.isspace()).split()


def _has_any(words: Sequence[str], phrases: Iterable[Sequence[str]]) -> bool:
    return any(
        words[start : start + len(phrase)] == list(phrase)
        for phrase in phrases
        for start in range(len(words) - len(phrase) + 1)
    )
