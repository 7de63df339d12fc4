"""Age, severity and weeks of pregnancy: numbers that the words beside them explain."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from backchat.knowledge.phrases import Times
from backchat.understanding.lexicon import Match, PhraseBook
from backchat.understanding.normalise import UNKNOWN, Message, Token
from backchat.understanding.numbers import Amount, Numbers

DECADE = 10
PARTS_OF_DECADE = {"early": (0, 3), "mid": (4, 6), "middle": (4, 6), "late": (7, 9)}
OWNERS = frozenset({"my", "his", "her", "their"})
WEEKS_OF_PREGNANCY = 40
"""Clinicians write 28/40 for 28 weeks of pregnancy."""
SEPARATORS = frozenset({".", ",", ";", "!", "?", "\n", "-"})
FEWEST_WORDS = 5
"""A shorter message is rather an answer, in which a number picks an option."""
MOST_SEVERE, YOUNGEST = 10, 12
BORN_BEFORE = 3
"""How many words may stand between "born" and the year."""
OLDEST = 120

Cue = tuple[int, str]
"""A place in `Times.measures`, and which of its lists."""


@dataclass(frozen=True)
class Measured:
    """A number and the finding it is."""

    finding: str
    amount: Amount


@dataclass(frozen=True)
class _Cues:
    """Where the words stand that explain numbers, by measure: those that end or begin at a token."""

    ending: Mapping[tuple[Cue, int], int]
    beginning: Mapping[tuple[Cue, int], int]
    whole: frozenset[tuple[int, int]]
    kinds: frozenset[Cue]

    @classmethod
    def of(cls, matches: Sequence[Match[Cue]], tokens: Sequence[Token]) -> _Cues:
        whole = frozenset(
            (match.entry[0], place)
            for match in matches
            if match.entry[1] == "whole"
            for place in range(match.start, match.end)
            if tokens[place].number is not None
        )
        ending = {(m.entry, m.end): m.start for m in matches}
        beginning = {(m.entry, m.start): m.end for m in matches}
        return cls(ending, beginning, whole, frozenset(match.entry for match in matches))


class Measures:
    """Finds the numbers that `Times.measures` describes.

    Args:
        cues: Finds the words of each measure.
    """

    def __init__(self, times: Times, numbers: Numbers, cues: PhraseBook[Cue]) -> None:
        self._times = times
        self._numbers = numbers
        self._cues = cues

    def find(self, message: Message, today: datetime.date) -> list[Measured]:
        """Every age, severity and week of pregnancy that the message gives.

        Args:
            message: The message.
            today: The day it was written on, for "born in 1970".
        """
        tokens = message.tokens
        cues = _Cues.of(self._cues.find(message.doc), tokens)
        found: list[Measured] = []
        place = 0
        while place < len(tokens):
            measured = self._decade(tokens, place) or _noted(tokens, place) or _born(tokens, place, today)
            amount = measured.amount if measured else self._numbers.at(tokens, place)
            if measured is None and amount is not None:
                measured = next(self._explained(amount, cues), None)
            if measured:
                found.append(measured)
            place = measured.amount.end if measured else amount.end if amount else place + 1
        return [*found, *_bare(message, {measured.finding for measured in found})]

    def _explained(self, amount: Amount, cues: _Cues) -> Iterator[Measured]:
        """What the words around a number make of it."""
        for place, measure in enumerate(self._times.measures):
            start = cues.ending.get(((place, "before"), amount.start))
            end = cues.beginning.get(((place, "after"), amount.end))
            before_it, after_it = ((place, "not_before"), amount.start), ((place, "not_after"), amount.end)
            against = before_it in cues.ending or (end is None and after_it in cues.beginning)
            near = not measure.near or (place, "near") in cues.kinds
            told = start is not None or end is not None or (near and (place, amount.start) in cues.whole)
            soon = ((place, "soon"), amount.start) in cues.ending
            if against or not (told or soon):
                continue
            less = 0 if told else 1
            low, best, high = (n * measure.scale - less for n in (amount.low, amount.best, amount.high))
            yield Measured(
                measure.finding, replace(amount, low=low, best=best, high=high, end=end or amount.end)
            )

    def _decade(self, tokens: Sequence[Token], place: int) -> Measured | None:
        """An age as in "my late 60s"."""
        word = tokens[place].word
        following = tokens[place + 1].word if place + 1 < len(tokens) else ""
        if word in self._times.decades:
            first, end = self._times.decades[word], place + 1
        elif (
            word.isdigit()
            and int(word) % DECADE == 0
            and DECADE < int(word) <= DECADE * DECADE
            and following == "s"
        ):
            first, end = int(word), place + 2
        else:
            return None
        before = [token.word for token in tokens[max(place - 3, 0) : place]]
        part = next((PARTS_OF_DECADE[b] for b in before if b in PARTS_OF_DECADE), None)
        if not OWNERS.intersection(before) and (part is None or "the" in before):
            return None
        low, high = (first + n for n in part or (0, DECADE - 1))
        return Measured("age", Amount(low, (low + high) / 2, high, place, end))


def _bare(message: Message, told: set[str]) -> Iterator[Measured]:
    """Numbers that stand alone in a message of some length: "lower left, 6", "71, heart bypass", "mum (91)".

    Up to ten they are how strong the pain is, from twelve on an age, unless the message tells that otherwise.
    """
    tokens = message.tokens
    if sum(token.norm.isalpha() or token.norm == UNKNOWN for token in tokens) < FEWEST_WORDS:
        return
    for place, token in enumerate(tokens):
        if token.number is None or not token.number.is_integer() or not _stands_alone(message, place):
            continue
        finding = "severity" if token.number <= MOST_SEVERE else "age" if token.number >= YOUNGEST else ""
        if finding and finding not in told:
            told.add(finding)
            yield Measured(finding, Amount(token.number, token.number, token.number, place, place + 1))


def _stands_alone(message: Message, place: int) -> bool:
    tokens, token = message.tokens, message.tokens[place]
    if message.text[max(token.start - 1, 0)] == "(" and message.text[token.end : token.end + 1] in (")", ","):
        return True
    before = tokens[place - 1].norm if place else "."
    after = tokens[place + 1].norm if place + 1 < len(tokens) else "."
    return before in SEPARATORS and after in SEPARATORS


def _noted(tokens: Sequence[Token], place: int) -> Measured | None:
    """Weeks of pregnancy as clinicians note them: "28/40"."""
    amount = tokens[place].number
    after = tokens[place + 1 : place + 3]
    if amount is None or [t.word for t in after] != ["/", str(WEEKS_OF_PREGNANCY)]:
        return None
    return Measured("weeks_pregnant", Amount(amount, amount, amount, place, place + 3))


def _born(tokens: Sequence[Token], place: int, today: datetime.date) -> Measured | None:
    """The age that a year of birth gives: the birthday of this year may be over or not."""
    year = int(tokens[place].number or 0)
    before = [token.word for token in tokens[max(place - BORN_BEFORE, 0) : place]]
    if "born" not in before or not today.year - OLDEST <= year <= today.year:
        return None
    age = today.year - year
    return Measured("age", Amount(max(age - 1, 0), max(age - 0.5, 0), age, place, place + 1))
