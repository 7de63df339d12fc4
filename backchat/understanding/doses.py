"""How much of a medicine somebody took: whether it is too much, or what people take."""

from __future__ import annotations

from collections.abc import Iterator

from backchat.knowledge.phrases import Doses as Phrases
from backchat.understanding.lexicon import Match, PhraseBook
from backchat.understanding.normalise import Message
from backchat.understanding.numbers import Numbers

FURTHEST_BEHIND = 4
"""How many words after its number a medicine is named ..."""
PARTING = frozenset({"and", "or", "but", ",", ".", ";"})
"""... and which of them mean that the number counts something else."""


class Doses:
    """Finds where a text says that somebody took so many tablets that it is too much.

    Args:
        phrases: How people say it.
        numbers: Reads numbers.
        taking: Finds the words for taking something.
        medicines: Finds what can be counted.
        together: Finds words for taking it all at once.
        spread: Finds words for taking it over a longer time.
        ordinary: Finds what is said of medicine taken as it should be.
    """

    def __init__(
        self,
        phrases: Phrases,
        numbers: Numbers,
        *,
        taking: PhraseBook[str],
        medicines: PhraseBook[str],
        together: PhraseBook[str],
        spread: PhraseBook[str],
        ordinary: PhraseBook[str],
    ) -> None:
        self._phrases = phrases
        self._numbers = numbers
        self._taking = taking
        self._medicines = medicines
        self._together = together
        self._spread = spread
        self._ordinary = ordinary

    def too_many(self, message: Message) -> Iterator[Match[str]]:
        """Gives the words that tell of too many tablets taken."""
        least = self._phrases.least
        if any(self._together.find(message.doc)):
            least = self._phrases.least_together
        elif any(self._spread.find(message.doc)):
            return
        for start, end, count in self._taken(message):
            if count >= least:
                yield Match("overdose", start, end)

    def are_ordinary(self, message: Message) -> bool:
        """Tells whether a text tells only of medicine that is taken as it should be."""
        counts = [count for *_, count in self._taken(message)]
        return any(self._ordinary.find(message.doc)) and max(counts, default=0) < self._phrases.least_together

    def _taken(self, message: Message) -> Iterator[tuple[int, int, float]]:
        """Gives where somebody took how many of something."""
        medicines = self._medicines.find(message.doc)
        for taking in self._taking.find(message.doc):
            if message.tokens[taking.end - 1].word in self._phrases.habitual:
                continue
            place = taking.end
            while place < len(message.tokens) and message.tokens[place].word in self._phrases.about:
                place += 1
            amount = self._numbers.at(message.tokens, place)
            if amount is None or self._is_weight(message, amount.end):
                continue
            of = next((m for m in medicines if amount.end <= m.start <= amount.end + FURTHEST_BEHIND), None)
            if of is not None and not PARTING & _words(message, amount.end, of.start):
                yield taking.start, of.end, amount.low

    def _is_weight(self, message: Message, place: int) -> bool:
        return place < len(message.tokens) and message.tokens[place].word in self._phrases.weights


def _words(message: Message, start: int, end: int) -> set[str]:
    return {token.word for token in message.tokens[start:end]}
