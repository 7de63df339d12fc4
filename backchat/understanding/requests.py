"""What a person wants of the conversation itself: to skip, to pause, to change an answer, to pick one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from backchat.knowledge.models import Requests

LEAST_SHARE = 0.5
"""A phrase is a request where it makes up this much of a message's words."""
LEAST_LETTERS = 3
"""Fewer letters than this pick no option."""


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
        self._denying = frozenset(word for denial in requests.denying for word in _words(denial))
        self._correcting = [_words(phrase) for phrase in requests.correcting]
        self._adding = [_words(phrase) for phrase in requests.adding]

    def read(self, text: str) -> str | None:
        """Names the intent of the longest phrase that makes up enough of the text, if there is one."""
        words = _words(text)
        longest = min(self._longest, len(words))
        shortest = max(math.ceil(len(words) * LEAST_SHARE), 1)
        for length in range(longest, shortest - 1, -1):
            for start in range(len(words) - length + 1):
                intent = self._phrases.get(tuple(words[start : start + length]))
                if intent is not None and not self._denying.intersection(words[:start]):
                    return intent
        return None

    def restates(self, text: str) -> bool:
        """Tells whether a text puts something in the place of what was said before, and adds nothing."""
        words = _words(text)
        return _has_any(words, self._correcting) and not _has_any(words, self._adding)


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
