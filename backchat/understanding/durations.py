"""How long it has hurt: lengths of time in a message ("3 weeks", "for years"), and which is the pain's.

Dates, which say the same ("since Easter"), are read by `backchat.understanding.dates`.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence

from backchat.knowledge.phrases import Times
from backchat.understanding.dates import (
    AGO,
    DAYS_A_WEEK,
    MOST_FILLERS,
    NOTE_UNITS,
    ORDINAL_ENDS,
    WEEKS_BACK,
    Dates,
    Duration,
    Told,
    misspelt,
)
from backchat.understanding.lexicon import Match, PhraseBook
from backchat.understanding.normalise import CLAUSE_ENDS, SENTENCE_ENDS, Message, Token
from backchat.understanding.numbers import Amount, Numbers

__all__ = ["Duration", "Durations"]

HALF = 0.5
BARE = 4
"""Up to how many words a message is about the pain without saying so."""
COUNTED = frozenset({"day", "week", "month", "year"})
HIGHEST_COUNT = 1000
"""So many days are not counted; "day 2023" is the end of "Boxing day 2023"."""
JOINING = frozenset({"and", "but", "while", "because", "plus"})
SUBJECTS = frozenset(
    {"my", "i", "ive", "im", "the", "it", "its", "there", "now", "then", "also", "both", "one"}
)
"""What follows a word that joins clauses where it joins more than words."""
BESIDE = frozenset(
    {"now", "about", "so", "or", "ago", "already", "that", "was", "it", "is", "its", "for", "only", "just"}
    | {"and", "far", "been", "roughly", "maybe", "say", "i", "think", "then"}
)
"""Words that may stand beside a duration that has a clause for itself."""
MERE_DATES = frozenset({"in", "on", "around"})
"""A date after these is when anything happened; words for a beginning make it that of the pain."""
NO_TOKEN = Token("", "", 0, 0)
"""Stands for what comes after the end of a message."""
FULL = frozenset({"-", "more", "whole", "full", "solid", "good", "long"})
"""Words between a number and its unit that change nothing."""

LONG_KNOWN = 180
"""From how many days on what somebody has had so long is old."""

AT_ALL_TIMES = (24, 7)
"""What looks like a clinician's note and is none."""

SOME = "some"
LASTING = frozenset({"for", "since", "been", "last", "lasted", "past", "over", "after", "within", "these"})
"""Words before "some days" that make it a length; by itself it says how often: "some days it's better"."""
SELDOM_COUNTED = frozenset({"fortnight"})
"""A unit that is mostly meant once."""


class Durations:
    """Reads durations; see `backchat.knowledge.phrases.Times` for the words.

    Args:
        times: The words.
        numbers: Reads the numbers among them.
        cues: Finds the words that tell what a duration is of, each with the name of its list in `times`.
        moments: Finds the phrases of `Times.moments` and `Times.hints`.
        holidays: Finds those of `Times.holidays`.
    """

    def __init__(
        self,
        times: Times,
        numbers: Numbers,
        cues: PhraseBook[str],
        moments: PhraseBook[str],
        holidays: PhraseBook[str],
    ) -> None:
        self._times = times
        self._numbers = numbers
        self._cues = cues
        self._moments = moments
        self._holidays = holidays
        self._dates = Dates(times, numbers)
        self._about = frozenset(times.about)
        self._units = {**misspelt(times.units), **times.units}

    def all(self, message: Message, today: datetime.date, age: float | None = None) -> list[Duration]:
        """Every span of time that the message names, frequencies, ages and the like left out.

        Args:
            message: The message.
            today: The day that "yesterday" is relative to.
            age: The person's age in years where known, for "since I was 20".
        """
        told = Told(
            message.tokens, today, age, self._by_start(message), self._holidays_in(message), loosely=False
        )
        cues = self._cues.find(message.doc)
        not_from = {match.end for match in cues if match.entry == "not_before"}
        not_to = {match.start: match.end for match in cues if match.entry == "not_after"}
        found: list[Duration] = []
        place = 0
        while place < len(told.tokens):
            duration = next(self._at(told, place), None)
            if duration is None:
                place += 1
                continue
            place = duration.end
            if duration.start not in not_from and duration.end not in not_to:
                found.append(duration)
            else:
                place = not_to.get(duration.end, place)
        return found

    def listed(
        self,
        message: Message,
        today: datetime.date,
        age: float | None = None,
        weeks_pregnant: float | None = None,
    ) -> list[Duration]:
        """Every span that words of the message can mean, whatever it is that lasted so long.

        Args:
            message: The message.
            today: The day that "yesterday" is relative to.
            age: The person's age in years where known, for "since I was 20".
            weeks_pregnant: How far a pregnancy is where known, for "since week 20".
        """
        moments = self._by_start(message, hints=True)
        told = Told(message.tokens, today, age, moments, self._holidays_in(message), loosely=True)
        found: list[Duration] = []
        place = 0
        while place < len(told.tokens):
            here = list(dict.fromkeys(self._at(told, place)))
            found += here
            place = max((duration.end for duration in here), default=place + 1)
        known = [(duration.start, duration.end) for duration in found]
        surely = (d for d in self.all(message, today, age) if (d.start, d.end) not in known)
        return [*found, *surely, *_since_week(found, weeks_pregnant)]

    def _by_start(self, message: Message, *, hints: bool = False) -> dict[int, Match[str]]:
        """The moments of a message by their first token, the longest where several begin at one."""
        found = self._moments.find(message.doc)
        return {match.start: match for match in found if hints or match.entry in self._times.moments}

    def _holidays_in(self, message: Message) -> dict[int, Match[str]]:
        return {match.start: match for match in self._holidays.find(message.doc)}

    def _at(self, told: Told, place: int) -> Iterator[Duration]:
        """What begins at a place, the surest reading first."""
        tokens = told.tokens
        readings = (
            _note(tokens, place),
            self._counted(told, place),
            self._length(tokens, place),
            self._dates.at(told, place),
            self._moment(told, place),
            self._one_ago(tokens, place) or _hour(tokens, place) if told.loosely else None,
        )
        return (duration for duration in readings if duration is not None)

    def _moment(self, told: Told, place: int) -> Duration | None:
        match = told.moments.get(place)
        if match is None:
            return None
        known = self._times.moments if match.entry in self._times.moments else self._times.hints
        low, best, high = known[match.entry]
        dated = not match.entry.startswith("for ")
        return Duration(low, best, high, match.start, match.end, dated=dated)

    def _one_ago(self, tokens: Sequence[Token], place: int) -> Duration | None:
        """A unit without a number: "hour ago", "week or so", "fortnight"."""
        days = self._unit(tokens, place)
        after = [token.word for token in tokens[place + 1 : place + 3]]
        if days is None or tokens[place].word.endswith("s"):
            return None
        if after[:1] and after[0] in AGO:
            return Duration(days, days, days, place, place + 2)
        vague = after == ["or", "so"] or tokens[place].word in SELDOM_COUNTED
        return Duration(days, days, days, place, place + 1) if vague else None

    def of_pain(self, message: Message, durations: Sequence[Duration]) -> Duration | None:
        """Chooses the span of time that says how long it has hurt.

        Args:
            message: The message.
            durations: Spans of time in it, as `all` gives them.

        Returns:
            One of them; None where none is about the pain.
        """
        cues = self._cues.find(message.doc)
        places = {
            kind: [m.start for m in cues if m.entry == kind]
            for kind in ("pain", "start", "injury", "this_time", "activities")
        }
        # Of "an injection in my back last week" the back is nearer than the injection.
        others = (range(m.start, m.end) for m in cues if m.entry == "other_matters")
        places["other_matters"] = [place for span in others for place in span]
        sentences, clauses = (_ends(message.tokens, ends) for ends in (SENTENCE_ENDS, CLAUSE_ENDS))
        fitting = [d for d in durations if self._fits(message.tokens, d, places, sentences, clauses)]
        if not fitting:
            return None
        new = [d for d in fitting if self._follows(d, places["this_time"], sentences)]
        lengths = [d for d in fitting if not d.dated]
        return max(new or lengths or fitting, key=lambda d: d.best)

    def clause_ends(self, message: Message) -> list[int]:
        """Gives where the clauses of a message end, for `clause`."""
        return _ends(message.tokens, CLAUSE_ENDS)

    def clause(self, message: Message, duration: Duration, ends: Sequence[int]) -> tuple[int, int]:
        """Gives the first token of the clause that a duration stands in, and the one after its last.

        Words such as "and my" begin another one: "my back hurts and my foot has been numb since Monday".

        Args:
            message: The message.
            duration: The duration.
            ends: What `clause_ends` gives.
        """
        tokens = message.tokens
        first, last = _stretch(ends, duration)
        turns = [
            place
            for place in range(first + 1, last - 1)
            if tokens[place].word in JOINING and tokens[place + 1].word in SUBJECTS
        ]
        return (
            max((place + 1 for place in turns if place < duration.start), default=first),
            min((place for place in turns if place >= duration.end), default=last),
        )

    def sentence(self, message: Message, duration: Duration) -> tuple[int, int]:
        """Gives the first token of the sentence that a duration stands in, and the one after its last."""
        return _stretch(_ends(message.tokens, SENTENCE_ENDS), duration)

    def pains(self, message: Message) -> list[int]:
        """Gives where the characters of words for pain begin."""
        cues = self._cues.find(message.doc)
        return sorted(message.tokens[match.start].start for match in cues if match.entry == "pain")

    def _follows(self, duration: Duration, places: Sequence[int], sentences: Sequence[int]) -> bool:
        """Whether one of the places is in the same sentence, before the duration."""
        first, _ = _stretch(sentences, duration)
        return any(first <= place < duration.start for place in places)

    def _fits(
        self,
        tokens: Sequence[Token],
        duration: Duration,
        places: dict[str, list[int]],
        sentences: Sequence[int],
        clauses: Sequence[int],
    ) -> bool:
        first, last = _stretch(sentences, duration)
        clause_first, clause_last = _stretch(clauses, duration)
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

    def _counted(self, told: Told, start: int) -> Duration | None:
        """A span told by counting: "day 10", "week 3 of this", "10th day", "the fifteenth month"."""
        tokens = told.tokens
        first, second, third = (*tokens[start : start + 3], NO_TOKEN, NO_TOKEN)[:3]
        following = self._numbers.at(tokens, start + 1) if first.word in COUNTED and told.loosely else None
        if following and following.exact and following.best < HIGHEST_COUNT:
            amount, unit, end = following.best, first.word, following.end
        elif first.word in COUNTED and second.number and second.number < HIGHEST_COUNT:
            amount, unit, end = second.number, first.word, start + 2
        elif first.number and second.word in ORDINAL_ENDS and third.word in self._times.units:
            amount, unit, end = first.number, third.word, start + 3
        elif told.loosely and first.word in self._times.ordinals and second.word in self._times.units:
            amount, unit, end = float(self._times.ordinals[first.word]), second.word, start + 2
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
        furthest = min(place + MOST_FILLERS, len(tokens) - 1)
        while place < furthest and tokens[place].word in self._about:
            place += 1
        amount = self._amount(tokens, place)
        if amount is None or (tokens[amount.start].word == SOME and not _tells_how_long(tokens, start)):
            return None
        place = amount.end
        if place < len(tokens) and tokens[place].word in ("+", "plus"):
            more, place = True, place + 1
        while place < len(tokens) and tokens[place].word in FULL:
            place += 1
        days = self._unit(tokens, place)
        if days is None or self._is_counted_back(tokens, place):
            return None
        low, best, high = amount.low * days, amount.best * days, amount.high * days
        place += 1
        low, best, high, place = self._and_a_half(tokens, place, (low, best, high), days)
        low, best, high, place = self._up_to(tokens, place, (low, best, high))
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
        if words[:2] == ["or", "two"] and self._unit(tokens, place + 2) is None:
            return low, best * 1.5, high * 2, place + 2
        if words[:2] == ["or", "so"]:
            return low, best, high, place + 2
        linked = words[:1] == ["and"]
        rest = self._numbers.at(tokens, place + (linked or words[:1] == [","]))
        smaller = self._unit(tokens, rest.end) if rest and (rest.exact or linked) else None
        if rest and smaller is not None and smaller < days:
            extra = [amount * smaller for amount in (rest.low, rest.best, rest.high)]
            return low + extra[0], best + extra[1], high + extra[2], rest.end + 1
        return low, best, high, place

    def _up_to(
        self, tokens: Sequence[Token], place: int, span: tuple[float, float, float]
    ) -> tuple[float, float, float, int]:
        """Where a range ends that has another unit: "10 days to 2 weeks"."""
        low, best, high = span
        to = place < len(tokens) and tokens[place].word in ("to", "or", "-")
        longest = self._amount(tokens, place + 1) if to else None
        days = self._unit(tokens, longest.end) if longest else None
        if longest is None or days is None or longest.high * days <= high:
            return low, best, high, place
        return low, (low + longest.high * days) / 2, longest.high * days, longest.end + 1

    def _is_counted_back(self, tokens: Sequence[Token], unit: int) -> bool:
        """Whether a unit says how long before a weekday it was: "a week last Thursday"."""
        link, day = (*(token.word for token in tokens[unit + 1 : unit + 3]), "", "")[:2]
        return tokens[unit].word in WEEKS_BACK and link == "last" and day in self._times.weekdays

    def _unit(self, tokens: Sequence[Token], place: int) -> float | None:
        return self._units.get(tokens[place].word) if place < len(tokens) else None


def _note(tokens: Sequence[Token], start: int) -> Duration | None:
    """A span as clinicians note it: "3/52"."""
    if start + 2 >= len(tokens) or tokens[start + 1].word != "/":
        return None
    amount, unit = tokens[start].number, NOTE_UNITS.get(int(tokens[start + 2].number or 0))
    if not amount or not unit or (amount, tokens[start + 2].number) == AT_ALL_TIMES:
        return None
    return Duration(amount * unit, amount * unit, amount * unit, start, start + 3)


def _tells_how_long(tokens: Sequence[Token], start: int) -> bool:
    """Whether "some days" is how long it has lasted, or how long ago it began."""
    before = {token.word for token in tokens[max(start - 1, 0) : start + 1]}
    behind = {token.word for token in tokens[start : start + 3]}
    return bool(before & LASTING or behind & AGO)


def _hour(tokens: Sequence[Token], start: int) -> Duration | None:
    """An hour of today: "since this am", "at 6 pm"; "am" is not a form of "to be" here."""
    first, second = (*tokens[start : start + 2], NO_TOKEN, NO_TOKEN)[:2]
    is_hour = first.number is not None and second.word in ("am", "pm")
    if not is_hour and (first.word not in ("this", "since") or second.word != "am"):
        return None
    return Duration(0, 0, 1, start, start + 2, dated=True)


def _since_week(found: Sequence[Duration], weeks_pregnant: float | None) -> list[Duration]:
    """The spans that begin in a week of pregnancy: "sore since about 20 weeks, 30 now"."""
    if weeks_pregnant is None:
        return []
    days = [(weeks_pregnant * DAYS_A_WEEK - d.best, d) for d in found if d.high is not None and not d.dated]
    return [Duration(n, n, n, d.start, d.end, dated=True) for n, d in days if n > 0 and d.best >= DAYS_A_WEEK]


def _ends(tokens: Sequence[Token], signs: Collection[str]) -> list[int]:
    """Where sentences or clauses end, and before them the place in front of the message."""
    return [-1, *(place for place, token in enumerate(tokens) if token.norm in signs), len(tokens)]


def _stretch(ends: Sequence[int], duration: Duration) -> tuple[int, int]:
    """The sentence or clause that a duration stands in: its first token, and the one after its last."""
    first = ends[bisect_left(ends, duration.start) - 1] + 1
    return first, ends[bisect_left(ends, min(duration.end, ends[-1]))]
