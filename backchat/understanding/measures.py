"""Age, severity and weeks of pregnancy: numbers that the words beside them explain."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from backchat.knowledge.phrases import Times
from backchat.understanding.lexicon import Match, PhraseBook
from backchat.understanding.normalise import UNKNOWN, Message, Token
from backchat.understanding.numbers import Amount, Numbers

MEASURES = ("age", "severity", "weeks_pregnant")
DECADE = 10
PARTS_OF_DECADE = {"early": (0, 3), "mid": (4, 6), "middle": (4, 6), "late": (7, 9)}
OWNERS = frozenset({"my", "his", "her", "their"})
WEEKS_OF_PREGNANCY = 40
"""Clinicians write 28/40 for 28 weeks of pregnancy."""
SEPARATORS = frozenset({".", ",", ";", "!", "?", "\n", "-"})
FEWEST_WORDS = 5
"""A shorter message is rather an answer, in which a number picks an option."""
FEWEST_BESIDE_AGE = 3
"""The same for the age of a grown-up: no list has so many options."""
MOST_SEVERE, YOUNGEST, GROWN_UP = 10, 12, 18
LONGEST_PREGNANCY = 43
SEXES = frozenset({"f", "m"})
PAST = frozenset({"was", "were"})
BETWEEN_PAST = frozenset({"a", "an", "about", "around", "only", "just", "at"})
BIRTHDAYS = frozenset({"birthday", "week", "month"})
BORN_BEFORE = 3
"""How many words may stand between "born" and the year."""
SPELT_BEFORE = 3
"""How far before a number a word stands that has to be there just as it is."""
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
    whole: Mapping[tuple[int, int], int]
    kinds: frozenset[Cue]

    @classmethod
    def of(cls, matches: Sequence[Match[Cue]], tokens: Sequence[Token]) -> _Cues:
        whole = {
            (match.entry[0], place): match.end
            for match in matches
            if match.entry[1] == "whole"
            for place in range(match.start, match.end)
            if tokens[place].number is not None
        }
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
            measured = (
                self._decade(tokens, place)
                or _noted(message, place)
                or _born(tokens, place, today)
                or _with_sex(message, place)
            )
            amount = measured.amount if measured else self._numbers.at(tokens, place)
            if measured is None and amount is not None and not _is_name(message, place):
                measured = next(self._explained(amount, cues, tokens), None)
            if measured:
                found.append(measured)
            place = measured.amount.end if measured else amount.end if amount else place + 1
        found += self._bare(message, {measured.finding for measured in found})
        # A pregnancy goes on: "a bleed at 11 weeks, 31 now".
        weeks = [m.amount.best for m in found if m.finding == "weeks_pregnant"]
        return [m for m in found if m.finding != "weeks_pregnant" or m.amount.best == max(weeks)]

    def listed(self, message: Message, today: datetime.date) -> list[Measured]:
        """Every number of a message, as each measure that it might be.

        Args:
            message: The message.
            today: The day it was written on.
        """
        listed = self.find(message, today)
        known = {(m.finding, place) for m in listed for place in range(m.amount.start, m.amount.end)}
        place = 0
        while place < len(message.tokens):
            amount = self._numbers.at(message.tokens, place)
            if amount is not None and not _is_name(message, place):
                listed += [Measured(f, amount) for f in MEASURES if (f, place) not in known]
            place = amount.end if amount else place + 1
        return listed

    def _explained(self, amount: Amount, cues: _Cues, tokens: Sequence[Token]) -> Iterator[Measured]:
        """What the words around a number make of it."""
        if _is_past(tokens, amount.start):
            return
        for place, measure in enumerate(self._times.measures):
            start = cues.ending.get(((place, "before"), amount.start))
            end = cues.beginning.get(((place, "after"), amount.end))
            before_it, after_it = ((place, "not_before"), amount.start), ((place, "not_after"), amount.end)
            near = not measure.near or (place, "near") in cues.kinds
            near = near and _is_spelt(tokens, amount.start, measure.spelt)
            whole = cues.whole.get((place, amount.start)) if near else None
            # "I am 31 years" takes in the unit that would otherwise make it a span of time.
            doubted = cues.beginning.get(after_it, 0) > max(whole or 0, amount.end)
            against = before_it in cues.ending or (end is None and doubted)
            told = start is not None or end is not None or whole is not None
            soon = ((place, "soon"), amount.start) in cues.ending
            if against or not (told or soon):
                continue
            if measure.finding == "age" and not _is_age(amount, tokens):
                continue
            to_come = soon or (measure.finding == "age" and _is_next(tokens, amount.end))
            less = 1 if to_come and (not told or not soon) else 0
            low, best, high = (n * measure.scale - less for n in (amount.low, amount.best, amount.high))
            last = end or (whole if measure.scale != 1 else None) or amount.end
            yield Measured(measure.finding, replace(amount, low=low, best=best, high=high, end=last))

    def _decade(self, tokens: Sequence[Token], place: int) -> Measured | None:
        """An age as in "my late 60s"."""
        word = tokens[place].word
        following = tokens[place + 1].word if place + 1 < len(tokens) else ""
        if word in self._times.decades:
            first, end = self._times.decades[word], place + 1
        elif (
            word.isdecimal()
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

    def _bare(self, message: Message, told: set[str]) -> Iterator[Measured]:
        """Numbers that stand alone in a message: "lower left, 6", "71, heart bypass", "mum (91)".

        Up to ten they are how strong the pain is, from twelve on an age, unless the message tells
        that otherwise.
        """
        tokens = message.tokens
        words = sum(token.norm.isalpha() or token.norm == UNKNOWN for token in tokens)
        place = 0
        while place < len(tokens):
            amount = self._numbers.at(tokens, place)
            if amount is None:
                place += 1
                continue
            finding = _bare_finding(amount, words, written_out=tokens[place].number is None)
            place = amount.end
            if finding and finding not in told and _stands_alone(message, amount):
                told.add(finding)
                years = amount.best - _is_next(tokens, amount.end)
                yield Measured(finding, replace(amount, low=years, best=years, high=years))


def _bare_finding(amount: Amount, words: int, *, written_out: bool) -> str | None:
    """What a number without words beside it is; a short message is rather an answer that picks an option."""
    if not amount.exact or not amount.best.is_integer():
        return None
    if amount.best <= MOST_SEVERE:
        return "severity" if words >= FEWEST_WORDS and not written_out else None
    fewest = FEWEST_WORDS if amount.best < GROWN_UP else FEWEST_BESIDE_AGE
    return "age" if YOUNGEST <= amount.best <= OLDEST and words >= fewest else None


def _stands_alone(message: Message, amount: Amount) -> bool:
    tokens, first, last = message.tokens, message.tokens[amount.start], message.tokens[amount.end - 1]
    if message.text[max(first.start - 1, 0)] == "(" and message.text[last.end : last.end + 1] in (")", ","):
        return True
    before = tokens[amount.start - 1].norm if amount.start else "."
    after = tokens[amount.end].norm if amount.end < len(tokens) else "."
    return before in SEPARATORS and (after in SEPARATORS or _is_next(tokens, amount.end))


def _is_next(tokens: Sequence[Token], place: int) -> bool:
    """Whether the words after an age tell that it is still to come: "72 next birthday"."""
    words = [token.word for token in tokens[place : place + 3]]
    return words[:1] == ["next"] and words[1:2] != [] and words[1] in BIRTHDAYS and words[2:] != ["was"]


def _is_age(amount: Amount, tokens: Sequence[Token]) -> bool:
    """Whether nobody writes a number so that is no age: "37.9"."""
    number = tokens[amount.start].number
    return number is None or number.is_integer()


def _is_past(tokens: Sequence[Token], place: int) -> bool:
    """Whether a number is told of an earlier time: "since I was about 25", "it was a 3"."""
    while place > 0 and tokens[place - 1].word in BETWEEN_PAST:
        place -= 1
    return place > 0 and tokens[place - 1].word in PAST


def _is_spelt(tokens: Sequence[Token], place: int, words: Sequence[str]) -> bool:
    """Whether one of some words, if there are any, stands shortly before a number just as it is."""
    before = {token.word for token in tokens[max(place - SPELT_BEFORE, 0) : place]}
    return not words or not before.isdisjoint(words)


def _is_name(message: Message, place: int) -> bool:
    """Whether a number is a part of a name or code: "L4", "the A9"."""
    letter = message.text[max(message.tokens[place].start - 1, 0)].lower()
    return message.tokens[place].number is not None and letter.isalpha() and letter not in SEXES


def _with_sex(message: Message, place: int) -> Measured | None:
    """An age with an initial that tells the sex: "55F", "34M from Leeds", "52m"; lower "m" is also metres."""
    tokens = message.tokens
    number = tokens[place].number
    if number is None or place + 1 >= len(tokens) or not YOUNGEST <= number <= OLDEST:
        return None
    initial = tokens[place + 1]
    glued = initial.start == tokens[place].end
    letter = message.text[initial.start : initial.end]
    if initial.word not in SEXES or not glued or not number.is_integer():
        return None
    ends = place + 2 >= len(tokens) or tokens[place + 2].norm in SEPARATORS
    begins = place == 0 or tokens[place - 1].norm in SEPARATORS
    if letter.islower() and not (ends and (begins or message.text[tokens[place].start - 1] == "(")):
        return None
    return Measured("age", Amount(number, number, number, place, place + 2))


def _noted(message: Message, place: int) -> Measured | None:
    """Weeks of pregnancy as clinicians note them: "28/40", "K28"."""
    tokens = message.tokens
    amount = tokens[place].number
    if amount is None:
        return None
    after = [token.word for token in tokens[place + 1 : place + 3]]
    noted = Amount(amount, amount, amount, place, place + 1)
    if after == ["/", str(WEEKS_OF_PREGNANCY)]:
        return Measured("weeks_pregnant", replace(noted, end=place + 3))
    before = tokens[place - 1] if place else None
    is_week = before is not None and before.word == "k" and before.end == tokens[place].start
    return Measured("weeks_pregnant", noted) if is_week and amount <= LONGEST_PREGNANCY else None


def _born(tokens: Sequence[Token], place: int, today: datetime.date) -> Measured | None:
    """The age that a year of birth gives: the birthday of this year may be over or not."""
    year = int(tokens[place].number or 0)
    before = [token.word for token in tokens[max(place - BORN_BEFORE, 0) : place]]
    if "born" not in before or not today.year - OLDEST <= year <= today.year:
        return None
    age = today.year - year
    return Measured("age", Amount(max(age - 1, 0), max(age - 0.5, 0), age, place, place + 1))
