"""Dates in a message as the time since them: "since Easter", "4 Oct", weekdays, months, years and holidays.

What this module shares with `backchat.understanding.durations`, which reads lengths of time, is here as well:
the span that both give, and the message that both read it from.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dateutil.easter import easter

from backchat.knowledge.phrases import Holiday, Times
from backchat.understanding.lexicon import Match
from backchat.understanding.normalise import Token
from backchat.understanding.numbers import Numbers

DAYS_A_WEEK, DAYS_A_YEAR = 7, 365
MONTHS = 12
LONGEST_MONTH = 31
SHORT_WEEKDAY = 3
"""Weekdays of so few letters are other words as well: "sat in the truck", "sun"."""
SHORTEST_MISSPELT = 4
"""Words of fewer letters are not looked for in a wrong spelling."""
OLDEST_YEAR = 1930
CENTURY, HUNDRED = 1900, 100
LAST_WEEK: tuple[tuple[str, ...], ...] = (("of", "last", "week"), ("last", "week"), ("last", "wk"))
"""A weekday before these is that of the week before this one."""
WEEK_EARLIER: tuple[tuple[str, ...], ...] = (
    ("before", "last"),
    ("a", "week", "ago"),
    ("week", "gone"),
    ("week",),
    ("before",),
)
"""A weekday before these is a week earlier than it would be; all but the first also mean other things."""
WEEKS_BACK = {"week": 7, "wk": 7, "fortnight": 14}
"""So many days before a last weekday: "a week last Thursday"."""
AGO = frozenset({"ago", "back", "gone"})
PARTS = frozenset({"week", "weekend", "wk"})
PARTS_AFTER_MONTH = {"ending": "end", "end": "end", "start": "start", "beginning": "start", "time": ""}
ALSO_OTHER_WORDS = frozenset({"may", "march", "mar"})
"""Months that are other words as well, where nothing before them tells."""
DATE_OPENERS = frozenset({"since", "from", "in", "on", "last", "around", "this"})
DATE_FILLERS = frozenset(
    {"last", "the", "about", "around", "early", "late", "mid", "this", "back", "in", "roughly", "-"}
    | {"just", "shortly", "right", "after", "before"}
    | {"end", "start", "beginning", "middle", "of"}
)
MOST_FILLERS = 10
"""How many words before a number or a date are looked past, so that a long row of them takes no longer."""
PARTS_OF_DAY = frozenset({"morning", "afternoon", "evening", "night", "nite"})
PARTS_OF_MONTH = {
    **dict.fromkeys(("early", "start", "beginning"), (1, 10)),
    **dict.fromkeys(("mid", "middle"), (10, 20)),
    **dict.fromkeys(("late", "end"), (20, 31)),
}
ORDINAL_ENDS = ("st", "nd", "rd", "th")
NOTE_UNITS = {7: 1.0, 52: 7.0, 12: 30.0, 24: 1 / 24}
"""Clinicians write 6/24 for six hours, 3/7 for three days, 3/52 for three weeks and 3/12 for three months."""

N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Duration:
    """A span of time up to today.

    Attributes:
        low: The fewest days that the words allow.
        best: The likeliest number of days.
        high: The most days that the words allow; None where they name no limit.
        start: The first of the words, counted in tokens.
        end: The token after the last of them.
        dated: Whether the words name a moment ("yesterday", "in March") and not a length.
    """

    low: float
    best: float
    high: float | None
    start: int
    end: int
    dated: bool = False


@dataclass(frozen=True)
class Told:
    """A message while its times are read.

    Attributes:
        tokens: Its words and signs.
        today: The day that "yesterday" is relative to.
        age: The person's age in years where known.
        moments: The moments of `Times.moments`, and of `Times.hints` where those count, by their first token.
        holidays: Those of `Times.holidays`, the same.
        loosely: Whether what may be a time counts as well.
    """

    tokens: Sequence[Token]
    today: datetime.date
    age: float | None
    moments: Mapping[int, Match[str]]
    holidays: Mapping[int, Match[str]]
    loosely: bool


class Dates:
    """Reads moments that the calendar explains: weekdays, days, months, years and holidays.

    Args:
        times: The words.
        numbers: Reads the numbers among them.
    """

    def __init__(self, times: Times, numbers: Numbers) -> None:
        self._times = times
        self._numbers = numbers
        self._weekdays = {
            **misspelt({name: day for name, day in times.weekdays.items() if name.endswith("day")}),
            **times.weekdays,
        }
        self._months = {name.lower(): n for n, name in enumerate(calendar.month_name) if name}
        self._months |= {name: n for n, name in enumerate(times.months, 1)} | {"sept": 9}

    def at(self, told: Told, start: int) -> Duration | None:
        """Reads the date that begins at a token, with the words before it that belong to it.

        Args:
            told: The message.
            start: The token.

        Returns:
            The time from the date to today; None where no date begins there.
        """
        tokens = told.tokens
        opened = tokens[start].word in DATE_OPENERS or (told.loosely and self._filler(tokens, start) > start)
        place = self._skip_fillers(tokens, start + 1 if tokens[start].word in DATE_OPENERS else start)
        if not opened:
            place = start
        if place >= len(tokens):
            return None
        if tokens[start].word == "since" and (since := self._since_age(told, start, place)):
            return since
        weekday = self._weekdays.get(_singular(tokens[place].word))
        if weekday is not None and (opened or self._is_surely_weekday(told, place)):
            return self._weekday(told, start, place, weekday)
        if not opened and not told.loosely:
            return None
        return (
            _beginning(told, start, place)
            or self._holiday(told, start, place)
            or self._day_month_year(told, start, place, opened)
        )

    def _skip_fillers(self, tokens: Sequence[Token], place: int) -> int:
        furthest = min(place + MOST_FILLERS, len(tokens))
        while place < furthest and (after := self._filler(tokens, place)) > place:
            place = after
        return place

    def _filler(self, tokens: Sequence[Token], place: int) -> int:
        """Where a word ends that may stand before a date; `place` where none does."""
        words = [token.word for token in tokens[place : place + 3]]
        if words[1:2] and words[1] in PARTS and words[2:3] and words[2] in ("of", "in"):
            return place + 3 if words[0] in self._times.ordinals or words[0] == "last" else place
        return place + 1 if words[0] in DATE_FILLERS else place

    def _is_surely_weekday(self, told: Told, place: int) -> bool:
        """Whether a weekday without a word such as "since" counts as one: "sat" and "sun" may not be."""
        following = told.tokens[place + 1].word if place + 1 < len(told.tokens) else ""
        return told.loosely or len(told.tokens[place].word) > SHORT_WEEKDAY or following in PARTS_OF_DAY

    def _weekday(self, told: Told, start: int, place: int, weekday: int) -> Duration:
        """The latest such day before today, or one of those before it."""
        tokens = told.tokens
        days = (told.today.weekday() - weekday) % 7 or 7
        after = tuple(token.word for token in tokens[place + 1 : place + 4])
        before = [token.word for token in tokens[max(start - 2, 0) : start]]
        for words in LAST_WEEK:
            if after[: len(words)] == words:
                days = told.today.weekday() - weekday + 7
                return Duration(days, days, days, start, place + 1 + len(words), dated=True)
        for words in WEEK_EARLIER if told.loosely else WEEK_EARLIER[:1]:
            if after[: len(words)] == words:
                return Duration(days + 7, days + 7, days + 7, start, place + 1 + len(words), dated=True)
        if before in (["week", "past"], ["week", "ago"], ["week", "last"]):
            days += 7
        if before[-1:] and before[-1] in WEEKS_BACK and tokens[start].word == "last":
            days += WEEKS_BACK[before[-1]]
            start -= 1
        how_many = self._numbers.at(tokens, place - 1) if place else None
        if how_many and how_many.exact and how_many.end == place and after[:1] and after[0] in AGO:
            days += 7 * (int(how_many.best) - 1)
            return Duration(days, days, days, place - 1, place + 2, dated=True)
        return Duration(days, days, days, start, place + 1, dated=True)

    def _since_age(self, told: Told, start: int, place: int) -> Duration | None:
        """As in "since I was 20", "since my 20th birthday"; the age has to be known."""
        tokens = told.tokens
        words = [token.word for token in tokens[place : place + 4]]
        is_birthday = words[:1] == ["my"] and words[2:3] and words[2] in ORDINAL_ENDS
        if words[:2] not in (["i", "was"], ["i", "turned"]) and not (is_birthday and "birthday" in words):
            return None
        place += 1 if is_birthday else 2
        while place < len(tokens) and tokens[place].word in self._times.about:
            place += 1
        then = self._numbers.at(tokens, place)
        if then is None or told.age is None or then.best >= told.age:
            return None
        days = (told.age - then.best) * DAYS_A_YEAR
        return Duration(days - DAYS_A_YEAR, days, days + DAYS_A_YEAR, start, then.end, dated=True)

    def _holiday(self, told: Told, start: int, place: int) -> Duration | None:
        match = told.holidays.get(place)
        if match is None:
            return None
        end = match.end
        while end < len(told.tokens) and told.tokens[end].word in ("of", "in"):
            end += 1
        year = self._year(told.tokens, end, told.today)
        end = end + 1 if year else match.end
        words = [token.word for token in told.tokens[end : end + 2]]
        latest = _latest(self._times.holidays[match.entry], told.today, year)
        if latest is None:
            return None
        rule, days = latest
        if words == ["before", "last"]:
            days, end = days + DAYS_A_YEAR, end + 2
        low = max(days - rule.lasts - rule.around, 0)
        return Duration(low, max(days - rule.lasts // 2, 0), days + rule.around, start, end, dated=True)

    def _day_month_year(self, told: Told, start: int, place: int, opened: bool) -> Duration | None:
        tokens, today = told.tokens, told.today
        slashed = _slashed(tokens, place, today) if told.loosely else None
        if slashed:
            return _on(slashed[0], today, start, slashed[1])
        day, month, end = self._day_and_month(told, place)
        if day and not month:
            of_month = end > place + 1 and tokens[place - 1].word in ("the", "since")
            return _day_of_month(day, today, start, end) if of_month else None
        if month and not day and not opened and tokens[place].word in ALSO_OTHER_WORDS:
            return None
        year = self._year(tokens, end, today)
        if year:
            end += 1
        elif not month:
            return None
        first, last = _bounds(year, month, day, today)
        if month and day is None:
            around = [token.word for token in tokens[start:place]]
            if end < len(tokens) and tokens[end].word in PARTS_AFTER_MONTH:
                around.append(PARTS_AFTER_MONTH[tokens[end].word])
                end += 1
            first, last = self._part_of_month(first, last, around)
        low, high = max((today - last).days, 0), max((today - first).days, 0)
        return Duration(low, (low + high) // 2, high, start, end, dated=True)

    def _day_and_month(self, told: Told, place: int) -> tuple[int | None, int | None, int]:
        """A day, a month or both, in either order, and where they end."""
        tokens = told.tokens
        day, end = self._day(told, place)
        if day:
            after = end
            while after < len(tokens) and tokens[after].word in ("of", "the", "this"):
                after += 1
            if after < len(tokens) and tokens[after].word == "month" and after > end:
                return day, None, after + 1
            month = self._months.get(tokens[after].word) if after < len(tokens) else None
            return (day, month, after + 1) if month else (day, None, end)
        month = self._months.get(tokens[place].word)
        if month is None:
            return None, None, place
        end = place + 1 + (told.loosely and [t.word for t in tokens[place + 1 : place + 2]] == ["the"])
        day, end = self._day(told, end) if end < len(tokens) else (None, end)
        return day, month, end if day else place + 1

    def _day(self, told: Told, place: int) -> tuple[int | None, int]:
        """A day of a month in digits or as an ordinal, and where it ends."""
        tokens = told.tokens
        if place >= len(tokens):
            return None, place
        number, word = tokens[place].number, tokens[place].word
        following = tokens[place + 1].word if place + 1 < len(tokens) else ""
        if number is None:
            if following in self._times.ordinals and self._times.numbers.get(word) in (20, 30):
                return int(self._times.numbers[word]) + self._times.ordinals[following], place + 2
            return self._times.ordinals.get(word), place + 1
        if not number.is_integer() or not 1 <= number <= LONGEST_MONTH:
            return None, place
        return int(number), place + (2 if following in ORDINAL_ENDS else 1)

    def _year(self, tokens: Sequence[Token], place: int, today: datetime.date) -> int | None:
        if place >= len(tokens) or not tokens[place].word.isdecimal():
            return None
        year = int(tokens[place].word)
        if place and tokens[place - 1].word == "since" and OLDEST_YEAR % HUNDRED <= year < HUNDRED:
            year += CENTURY  # since '98
        return year if OLDEST_YEAR <= year <= today.year else None

    def _part_of_month(
        self, first: datetime.date, last: datetime.date, words: Sequence[str]
    ) -> tuple[datetime.date, datetime.date]:
        """The days of a month meant by "early", "mid", "the second week of"; it begins and ends as given."""
        low, high = 1, LONGEST_MONTH
        for word, following in zip(words, (*words[1:], ""), strict=False):
            if following in PARTS and word in self._times.ordinals:
                low = (self._times.ordinals[word] - 1) * DAYS_A_WEEK + 1
                high = low + DAYS_A_WEEK - 1
                break
            if following in PARTS and word == "last":
                low = LONGEST_MONTH - DAYS_A_WEEK
                break
            if word in PARTS_OF_MONTH:
                low, high = PARTS_OF_MONTH[word]
                break
        return first.replace(day=min(low, last.day)), last.replace(day=min(high, last.day))


def misspelt(units: Mapping[str, N]) -> dict[str, N]:
    """Spells words wrongly: one letter left out, doubled, or swapped with the next.

    Args:
        units: Numbers by the word that stands for them, such as a unit's days.

    Returns:
        The same numbers by "dyas", "weeeks", "mnths" and the like.
    """
    found: dict[str, N] = {}
    for unit, days in units.items():
        if len(unit) < SHORTEST_MISSPELT:
            continue
        for i in range(1, len(unit) - 1):
            without, doubled = unit[:i] + unit[i + 1 :], unit[:i] + unit[i] + unit[i:]
            swapped = unit[:i] + unit[i + 1 : i + 2] + unit[i] + unit[i + 2 :]
            found.update(dict.fromkeys((without, doubled, swapped), days))
    return found


def _beginning(told: Told, start: int, place: int) -> Duration | None:
    """The first days of this month or year: "since the start of the month"."""
    words = {token.word for token in told.tokens[start:place]}
    period = told.tokens[place].word
    if period not in ("month", "year") or not words & {"start", "beginning"}:
        return None
    first = told.today.replace(day=1) if period == "month" else told.today.replace(month=1, day=1)
    days = (told.today - first).days
    lasts = PARTS_OF_MONTH["start"][1] if period == "month" else LONGEST_MONTH
    return Duration(max(days - lasts, 0), max(days - lasts / 2, 0), days, start, place + 1, dated=True)


def _singular(word: str) -> str:
    """A weekday without the s of "Saturday's"."""
    return word[:-1] if word.endswith("days") else word


def _latest(rules: Sequence[Holiday], today: datetime.date, year: int | None) -> tuple[Holiday, int] | None:
    """The latest day before or on today that one of the rules gives, and how many days ago it was."""
    past = [
        ((today - day).days, rule)
        for rule in rules
        for each in ([year or rule.year] if year or rule.year else [today.year, today.year - 1])
        if each is not None and (day := _day_of(rule, each)) <= today
    ]
    if not past:
        return None
    days, rule = min(past, key=lambda candidate: candidate[0])
    return rule, days


def _day_of(rule: Holiday, year: int) -> datetime.date:
    """The day that a rule gives in a year."""
    if rule.easter is not None:
        sunday: datetime.date = easter(year)
        return sunday + datetime.timedelta(days=rule.easter)
    day = datetime.date(year, rule.month, rule.day)
    if rule.weekday is None:
        return day
    if rule.which < 0:
        last = day.replace(day=calendar.monthrange(year, rule.month)[1])
        return last - datetime.timedelta(days=(last.weekday() - rule.weekday) % DAYS_A_WEEK)
    later = (rule.weekday - day.weekday()) % DAYS_A_WEEK + (rule.which - 1) * DAYS_A_WEEK
    return day + datetime.timedelta(days=later)


def _slashed(tokens: Sequence[Token], place: int, today: datetime.date) -> tuple[datetime.date, int] | None:
    """The date and end of "29/9", "9/29" or "4/10/2026", where it can be no share, score or note."""
    words = [token.word for token in tokens[place : place + 5]]
    if len(words) < len("d/m") or words[1] not in ("/", ".") or not all(w.isdecimal() for w in words[:3:2]):
        return None
    one, other = int(words[0]), int(words[2])
    day, month = (other, one) if other > MONTHS else (one, other)
    if words[3:4] == [words[1]] and words[4:] and words[4].isdecimal():
        year = int(words[4]) + (HUNDRED * (today.year // HUNDRED) if int(words[4]) < HUNDRED else 0)
        date = _latest_date(month, day, today, [year])
        return None if date is None else (date, place + 5)
    if words[1] != "/" or day <= MONTHS or other in NOTE_UNITS:
        return None
    date = _latest_date(month, day, today, [today.year, today.year - 1])
    return None if date is None else (date, place + 3)


def _latest_date(month: int, day: int, today: datetime.date, years: Sequence[int]) -> datetime.date | None:
    """The first such day of the years that is not after today; None where there is none."""
    for year in years:
        known = OLDEST_YEAR <= year <= today.year and 1 <= month <= MONTHS
        if known and 1 <= day <= calendar.monthrange(year, month)[1]:
            date = datetime.date(year, month, day)
            if date <= today:
                return date
    return None


def _on(day: datetime.date, today: datetime.date, start: int, end: int) -> Duration:
    days = (today - day).days
    return Duration(days, days, days, start, end, dated=True)


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
    return _on(then, today, start, end)
