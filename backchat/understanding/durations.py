"""How long it has hurt: spans of time in a message, in days, and which of them is about the pain."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from backchat.knowledge.phrases import Times
from backchat.understanding.lexicon import PhraseBook
from backchat.understanding.normalise import Message, Token
from backchat.understanding.numbers import Amount, Numbers

DAYS_A_YEAR = 365
HALF = 0.5
LONGEST_MONTH = 31
SHORT_WEEKDAY = 3
"""Weekdays of so few letters are other words as well: "sat in the truck", "sun"."""
SHORTEST_MISSPELT = 4
"""Units of fewer letters are not looked for in a wrong spelling."""
BARE = 4
"""Up to how many words a message is about the pain without saying so."""
OLDEST_YEAR = 1930
CENTURY, HUNDRED = 1900, 100
WEEK_EARLIER = (("before", "last"), ("of", "last", "week"), ("last", "week"))
SENTENCE_ENDS = frozenset({".", "!", "?", ";", "\n"})
CLAUSE_ENDS = SENTENCE_ENDS | {",", ":", "-"}
BESIDE = frozenset(
    {"now", "about", "so", "or", "ago", "already", "that", "was", "it", "is", "its", "for", "only", "just"}
    | {"and", "far", "been", "roughly", "maybe", "say", "i", "think", "then"}
)
"""Words that may stand beside a duration that has a clause for itself."""
MERE_DATES = frozenset({"in", "on", "around"})
"""A date after these is when anything happened; words for a beginning make it that of the pain."""
DATE_OPENERS = frozenset({"since", "from", "in", "on", "last", "around", "this"})
DATE_FILLERS = frozenset(
    {"last", "the", "about", "around", "early", "late", "mid", "this", "back", "in", "roughly", "-"}
    | {"end", "start", "beginning", "middle", "of"}
)
NO_TOKEN = Token("", "", 0, 0)
"""Stands for what comes after the end of a message."""
PARTS_OF_MONTH = {
    **dict.fromkeys(("early", "start", "beginning"), (1, 10)),
    **dict.fromkeys(("mid", "middle"), (10, 20)),
    **dict.fromkeys(("late", "end"), (20, 31)),
}
ORDINAL_ENDS = ("st", "nd", "rd", "th")
NOTE_UNITS = {7: 1, 52: 7, 12: 30}
"""Clinicians write 3/7 for three days, 3/52 for three weeks and 3/12 for three months."""
FULL = frozenset({"-", "more", "whole", "full", "solid", "good", "long"})
"""Words between a number and its unit that change nothing."""


@dataclass(frozen=True)
class Duration:
    """A span of time up to today.

    Attributes:
        low: The fewest days that the words allow.
        best: The likeliest number of days.
        high: The most days that the words allow; None where they name no limit.
        dated: Whether the words name a moment ("yesterday", "in March") and not a length.
    """

    low: float
    best: float
    high: float | None
    start: int
    end: int
    dated: bool = False


class Durations:
    """Reads durations; see `backchat.knowledge.phrases.Times` for the words."""

    def __init__(
        self, times: Times, numbers: Numbers, cues: PhraseBook[str], moments: PhraseBook[str]
    ) -> None:
        self._times = times
        self._numbers = numbers
        self._cues = cues
        self._moments = moments
        self._about = frozenset(times.about)
        self._units = {**_misspelt(times.units), **times.units}

    def all(self, message: Message, today: datetime.date, age: float | None = None) -> list[Duration]:
        """Every span of time that the message names, frequencies, ages and the like left out.

        Args:
            message: The message.
            today: The day that "yesterday" is relative to.
            age: The person's age in years where known, for "since I was 20".
        """
        tokens = message.tokens
        cues = self._cues.find(message.doc)
        not_from = {match.end for match in cues if match.entry == "not_before"}
        not_to = {match.start: match.end for match in cues if match.entry == "not_after"}
        found: list[Duration] = []
        moments = {match.start: match for match in self._moments.find(message.doc)}
        place = 0
        while place < len(tokens):
            duration = (
                self._note(tokens, place)
                or self._counted(tokens, place)
                or self._length(tokens, place)
                or self._date(tokens, place, today, age)
            )
            if duration is None and place in moments:
                match = moments[place]
                low, best, high = self._times.moments[match.entry]
                duration = Duration(
                    low, best, high, match.start, match.end, dated=not match.entry.startswith("for ")
                )
            if duration is None:
                place += 1
                continue
            place = duration.end
            if duration.start not in not_from and duration.end not in not_to:
                found.append(duration)
            else:
                place = not_to.get(duration.end, place)
        return found

    def of_pain(self, message: Message, durations: Sequence[Duration]) -> Duration | None:
        """The span of time, of those in the message, that says how long it has hurt."""
        cues = self._cues.find(message.doc)
        places = {
            kind: [m.start for m in cues if m.entry == kind]
            for kind in ("pain", "start", "injury", "this_time", "other_matters", "activities")
        }
        fitting = [d for d in durations if self._fits(message.tokens, d, places)]
        if not fitting:
            return None
        new = [d for d in fitting if self._follows(message.tokens, d, places["this_time"])]
        lengths = [d for d in fitting if not d.dated]
        return max(new or lengths or fitting, key=lambda d: d.best)

    def _follows(self, tokens: Sequence[Token], duration: Duration, places: Sequence[int]) -> bool:
        """Whether one of the places is in the same sentence, before the duration."""
        first, _ = _stretch(tokens, duration, SENTENCE_ENDS)
        return any(first <= place < duration.start for place in places)

    def _fits(self, tokens: Sequence[Token], duration: Duration, places: dict[str, list[int]]) -> bool:
        first, last = _stretch(tokens, duration, SENTENCE_ENDS)
        clause_first, clause_last = _stretch(tokens, duration, CLAUSE_ENDS)
        clause = (*range(clause_first, duration.start), *range(duration.end, clause_last))
        alone = all(tokens[place].word in BESIDE for place in clause)
        injured = any(clause_first <= place < clause_last for place in places["injury"])

        def distance(kind: str, last: int = last) -> float:
            inside = [abs(place - duration.start) for place in places[kind] if first <= place < last]
            return min(inside, default=float("inf"))

        pain = 0 if injured or alone else min(distance("pain"), distance("start"))
        # What comes after a comma is about something else: "3 days now, ibuprofen helps".
        if distance("other_matters", clause_last) < pain:
            return False
        short = duration.best < 1 and not duration.dated
        said_short = alone or self._ago_or_for(tokens, duration) or duration.end == clause_last
        if short and (distance("activities", clause_last) < pain or not said_short):
            return False
        if duration.dated and tokens[duration.start].word in MERE_DATES and not alone:
            return injured or any(clause_first <= place < clause_last for place in places["start"])
        return not duration.dated or pain < float("inf") or alone or len(tokens) <= BARE

    def _ago_or_for(self, tokens: Sequence[Token], duration: Duration) -> bool:
        before = tokens[duration.start - 1].word if duration.start else ""
        return tokens[duration.end - 1].word == "ago" or before in ("for", "past", "last", "x")

    def _note(self, tokens: Sequence[Token], start: int) -> Duration | None:
        """A span as clinicians note it: "3/52"."""
        if start + 2 >= len(tokens) or tokens[start + 1].word != "/":
            return None
        amount, unit = tokens[start].number, NOTE_UNITS.get(int(tokens[start + 2].number or 0))
        if not amount or not unit:
            return None
        return Duration(amount * unit, amount * unit, amount * unit, start, start + 3)

    def _counted(self, tokens: Sequence[Token], start: int) -> Duration | None:
        """A span told by counting: "day 10", "week 3 of this", "10th day"."""
        first, second, third = (*tokens[start : start + 3], NO_TOKEN, NO_TOKEN)[:3]
        if first.word in ("day", "week", "month") and second.number:
            amount, unit, end = second.number, first.word, start + 2
        elif first.number and second.word in ORDINAL_ENDS and third.word in self._times.units:
            amount, unit, end = first.number, third.word, start + 3
        else:
            return None
        days = amount * self._times.units[unit]
        return Duration(days, days, days, start, end)

    def _length(self, tokens: Sequence[Token], start: int) -> Duration | None:
        place = start
        more = tokens[place].word in self._times.more
        less = tokens[place].word in self._times.less
        if more and tokens[place + 1 : place + 2] and tokens[place + 1].word in ("the", "this"):
            more = False  # "over the last week" is no longer than a week
        if more or less or tokens[place].word in self._times.more:
            place += 1
            if place < len(tokens) and tokens[place].word in ("than", "then", "of"):
                place += 1
        while place < len(tokens) - 1 and tokens[place].word in self._about:
            place += 1
        amount = self._amount(tokens, place)
        if amount is None:
            return None
        place = amount.end
        if place < len(tokens) and tokens[place].word in ("+", "plus"):
            more, place = True, place + 1
        while place < len(tokens) and tokens[place].word in FULL:
            place += 1
        days = self._unit(tokens, place)
        if days is None:
            return None
        low, best, high = amount.low * days, amount.best * days, amount.high * days
        place += 1
        low, best, high, place = self._and_a_half(tokens, place, (low, best, high), days)
        if [t.word for t in tokens[place : place + 2]] in (["or", "more"], ["and", "more"], ["or", "longer"]):
            more, place = True, place + 2
        while place < len(tokens) and tokens[place].word in ("ago", "now"):
            place += 1
        if less:
            low, best = 0.0 if tokens[start].word in ("under", "less", "below") else best * 0.75, best * 0.9
        return Duration(low, best, None if more else high, start, place)

    def _amount(self, tokens: Sequence[Token], place: int) -> Amount | None:
        if place >= len(tokens):
            return None
        words = [token.word for token in tokens[place : place + 3]]
        if words[:2] in (["half", "a"], ["half", "an"]):
            return Amount(HALF, HALF, HALF, place, place + 2)
        amount = self._numbers.at(tokens, place)
        if amount:
            return amount
        before = [token.word for token in tokens[max(place - 2, 0) : place]]
        one = (
            words[0] in ("a", "an")
            or before[-1:] == ["past"]
            or before[-2:] in (["the", "last"], ["this", "last"])
        )
        unit = place + 1 if words[0] in ("a", "an") else place
        if words[0] in ("a", "an") and len(words) > 1 and words[1] in FULL:
            unit += 1
        one = one or words[1:3] == ["and", "a"]
        if one and self._unit(tokens, unit) is not None:
            return Amount(1, 1, 1, place, unit)
        return None

    def _and_a_half(
        self, tokens: Sequence[Token], place: int, span: tuple[float, float, float], days: float
    ) -> tuple[float, float, float, int]:
        low, best, high = span
        words = [token.word for token in tokens[place : place + 3]]
        if words == ["and", "a", "half"]:
            return low + days / 2, best + days / 2, high + days / 2, place + 3
        if words[:2] == ["and", "half"]:
            return low + days / 2, best + days / 2, high + days / 2, place + 2
        if words[:2] == ["or", "two"]:
            return low, best * 1.5, high * 2, place + 2
        if words[:2] == ["or", "so"]:
            return low, best, high, place + 2
        skip = 1 if words[:1] in (["and"], [","]) else 0
        rest = self._numbers.at(tokens, place + skip)
        smaller = self._unit(tokens, rest.end) if rest and rest.exact else None
        if rest and smaller is not None and smaller < days:
            extra = rest.best * smaller
            return low + extra, best + extra, high + extra, rest.end + 1
        return low, best, high, place

    def _unit(self, tokens: Sequence[Token], place: int) -> float | None:
        return self._units.get(tokens[place].word) if place < len(tokens) else None

    def _date(
        self, tokens: Sequence[Token], start: int, today: datetime.date, age: float | None
    ) -> Duration | None:
        if self._is_weekday(tokens[start].word) and len(tokens[start].word) > SHORT_WEEKDAY:
            return self._weekday(tokens, start, start, today)
        if tokens[start].word not in DATE_OPENERS:
            return None
        place = start + 1
        while place < len(tokens) and tokens[place].word in DATE_FILLERS:
            place += 1
        words = [token.word for token in tokens[place : place + 3]]
        if not words:
            return None
        if tokens[start].word == "since" and words[:2] == ["i", "was"]:
            return self._since_age(tokens, start, place + 2, age)
        if self._is_weekday(words[0]):
            return self._weekday(tokens, start, place, today)
        return self._holiday(words[0], start, place + 1, today) or self._month_or_year(
            tokens, start, place, today
        )

    def _holiday(self, word: str, start: int, end: int, today: datetime.date) -> Duration | None:
        if word not in self._times.holidays:
            return None
        month, day, around = self._times.holidays[word]
        days = _days_since(today, month, day)
        return Duration(max(days - around, 0), days, days + around, start, end, dated=True)

    def _is_weekday(self, word: str) -> bool:
        return _singular(word) in self._times.weekdays

    def _weekday(self, tokens: Sequence[Token], start: int, place: int, today: datetime.date) -> Duration:
        """The latest such day before today; a week earlier with "before last" or "of last week"."""
        weekday = self._times.weekdays[_singular(tokens[place].word)]
        days = (today.weekday() - weekday) % 7 or 7
        after = [token.word for token in tokens[place + 1 : place + 4]]
        before = [token.word for token in tokens[max(start - 2, 0) : start]]
        for words in WEEK_EARLIER:
            if after[: len(words)] == list(words):
                return Duration(days + 7, days + 7, days + 7, start, place + 1 + len(words), dated=True)
        if before in (["week", "past"], ["week", "ago"], ["week", "last"]):
            days += 7
        return Duration(days, days, days, start, place + 1, dated=True)

    def _since_age(
        self, tokens: Sequence[Token], start: int, place: int, age: float | None
    ) -> Duration | None:
        """As in "since I was 20"; the age has to be known."""
        then = self._numbers.at(tokens, place)
        if then is None or age is None or then.best >= age:
            return None
        days = (age - then.best) * DAYS_A_YEAR
        return Duration(days - DAYS_A_YEAR, days, days + DAYS_A_YEAR, start, then.end, dated=True)

    def _month_or_year(
        self, tokens: Sequence[Token], start: int, place: int, today: datetime.date
    ) -> Duration | None:
        day: int | None = None
        if tokens[place].number is not None and place + 1 < len(tokens):
            after = place + 1
            while after < len(tokens) and tokens[after].word in (*ORDINAL_ENDS, "of"):
                after += 1
            if after < len(tokens) and tokens[after].word[:3] in self._times.months:
                day, place = int(tokens[place].number or 0), after
            elif tokens[place + 1].word in ORDINAL_ENDS and tokens[place - 1].word in ("the", "since"):
                return _day_of_month(int(tokens[place].number or 0), today, start, place + 2)
        month = self._month(tokens[place].word)
        end = place + 1 if month else place
        if month and day is None and end < len(tokens) and 1 <= (tokens[end].number or 0) <= LONGEST_MONTH:
            day, end = int(tokens[end].number or 0), end + 1
            while end < len(tokens) and tokens[end].word in ORDINAL_ENDS:
                end += 1
        year = self._year(tokens, end, today)
        if year:
            end += 1
        elif not month:
            return None
        first, last = _bounds(year, month, day, today)
        if month and day is None:
            first, last = _part_of_month(first, last, [token.word for token in tokens[start:place]])
        low, high = max((today - last).days, 0), max((today - first).days, 0)
        return Duration(low, (low + high) // 2, high, start, end, dated=True)

    def _month(self, word: str) -> int | None:
        if word[:3] not in self._times.months:
            return None
        names = [name.lower() for name in calendar.month_name]
        short = word in self._times.months or word == "sept"
        return self._times.months.index(word[:3]) + 1 if short or word in names else None

    def _year(self, tokens: Sequence[Token], place: int, today: datetime.date) -> int | None:
        if place >= len(tokens) or not tokens[place].word.isdigit():
            return None
        year = int(tokens[place].word)
        if place and tokens[place - 1].word == "since" and OLDEST_YEAR % HUNDRED <= year < HUNDRED:
            year += CENTURY  # since '98
        return year if OLDEST_YEAR <= year <= today.year else None


def _singular(word: str) -> str:
    """A weekday without the s of "Saturday's"."""
    return word[:-1] if word.endswith("days") else word


def _misspelt(units: Mapping[str, float]) -> dict[str, float]:
    """The units with one letter left out, doubled, or swapped with the next: "dyas", "weeeks", "mnths"."""
    found: dict[str, float] = {}
    for unit, days in units.items():
        if len(unit) < SHORTEST_MISSPELT:
            continue
        for i in range(1, len(unit) - 1):
            without, doubled = unit[:i] + unit[i + 1 :], unit[:i] + unit[i] + unit[i:]
            swapped = unit[:i] + unit[i + 1 : i + 2] + unit[i] + unit[i + 2 :]
            found.update(dict.fromkeys((without, doubled, swapped), days))
    return found


def _days_since(today: datetime.date, month: int, day: int) -> int:
    then = datetime.date(today.year, month, day)
    return (today - (then if then <= today else then.replace(year=today.year - 1))).days


def _bounds(
    year: int | None, month: int | None, day: int | None, today: datetime.date
) -> tuple[datetime.date, datetime.date]:
    """The first and the last day that a year, a month or a day can mean, none of them after today."""
    if month is None:
        assert year is not None  # noqa: S101 (the caller has one of the two)
        return datetime.date(year, 1, 1), min(datetime.date(year, 12, 31), today)
    if year is None:
        year = today.year if (month, day or 1) <= (today.month, today.day) else today.year - 1
    length = calendar.monthrange(year, month)[1]
    if day is not None:
        exact = datetime.date(year, month, min(max(day, 1), length))
        return exact, exact
    return datetime.date(year, month, 1), min(datetime.date(year, month, length), today)


def _day_of_month(day: int, today: datetime.date, start: int, end: int) -> Duration | None:
    """The latest such day: "since the 5th"."""
    if not 1 <= day <= LONGEST_MONTH:
        return None
    then = today
    while then.day != day:
        then -= datetime.timedelta(days=1)
    days = (today - then).days
    return Duration(days, days, days, start, end, dated=True)


def _part_of_month(
    first: datetime.date, last: datetime.date, before: Sequence[str]
) -> tuple[datetime.date, datetime.date]:
    """The days meant by "early", "mid" or "late" in a month that begins and ends with the given days."""
    for word in before:
        if word in PARTS_OF_MONTH:
            low, high = PARTS_OF_MONTH[word]
            return first.replace(day=min(low, last.day)), last.replace(day=min(high, last.day))
    return first, last


def _stretch(tokens: Sequence[Token], duration: Duration, ends: Collection[str]) -> tuple[int, int]:
    """The sentence or clause that a duration stands in: its first token, and the one after its last."""
    first, last = duration.start, duration.end
    while first > 0 and tokens[first - 1].norm not in ends:
        first -= 1
    while last < len(tokens) and tokens[last].norm not in ends:
        last += 1
    return first, last
