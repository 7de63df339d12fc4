"""Free text to findings."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec
from backchat.knowledge.models import YOUNGEST_IN_YEARS
from backchat.knowledge.phrases import MAYBE, NOT_THIS, ONLY_DENIED, Category, Phrases, Reading
from backchat.understanding.assertion import Assertions, Scope
from backchat.understanding.doses import Doses
from backchat.understanding.durations import LONG_KNOWN, Duration, Durations
from backchat.understanding.lexicon import Match, T, by_token, overlapping
from backchat.understanding.measures import Measured, Measures
from backchat.understanding.normalise import SENTENCE_ENDS, Message, is_payload
from backchat.understanding.numbers import Amount, Numbers, is_of_ten
from backchat.understanding.phrasebooks import Named, PhraseBooks
from backchat.understanding.places import PlaceReader

FURTHEST_BEFORE = 60
"""How many characters before a duration the finding that it is said of may end."""

OF_IT = frozenset({"for", "about", "over", "now", "the", "last", "since"})
"""Words that may stand between a finding and how long it has been there ..."""
SINCE_SOMETHING = re.compile(r"\s*(?:ever )?since [^.,;:?!]*")
"""... or what it has been there since: "since my second child 12 years ago"."""

DOUBTED = (Assertion.ABSENT, Assertion.UNSURE)

ASSERTION_ORDER = (Assertion.PRESENT, Assertion.LONGSTANDING, Assertion.UNSURE, Assertion.ABSENT)
"""Which of several things said of one finding counts: what is there is never lost."""


class FindingReader:
    """Reads findings in messages, whatever was asked.

    Args:
        phrases: How people say things.
        findings: The vocabulary.

    Attributes:
        books: Find the phrases in a message.
        numerals: Reads single numbers.
        durations: Reads how long it has hurt.
        measures: Reads ages, severities and weeks of pregnancy.
        doses: Reads how much of a medicine was taken.
        assertions: Judges what is said of something named.
        places: Reads in which country the person is.
    """

    def __init__(self, phrases: Phrases, findings: Mapping[str, FindingSpec]) -> None:
        self._phrases = phrases
        self._specs = findings
        context, times = phrases.context, phrases.times
        self.books = books = PhraseBooks.of(phrases)
        self.numerals = Numbers(times)
        self.durations = Durations(times, self.numerals, books.cues, books.moments, books.holidays)
        self.measures = Measures(times, self.numerals, books.measures)
        self.doses = Doses(context.doses, self.numerals, **books.doses)
        self.assertions = Assertions(context, books.modifiers, books.ends)
        self.places = PlaceReader(phrases.places, books.relatives)

    def read(self, text: str, today: datetime.date) -> tuple[Finding, ...]:
        """See `Understanding.read`."""
        if is_payload(text):
            return ()
        message = self.books.normaliser.message(text)
        return self._merged(message, self.found(message, today))

    def read_as_of_another(self, text: str, today: datetime.date) -> tuple[Finding, ...]:
        """See `Understanding.read_as_of_another`."""
        message = self.books.normaliser.message(text)
        if is_payload(text) or not any(token.norm in self.books.relatives for token in message.tokens):
            return ()
        return self._merged(message, self.found(message, today, of_another=True))

    def numbers(self, text: str, today: datetime.date) -> tuple[Finding, ...]:
        """See `Understanding.numbers`."""
        if is_payload(text):
            return ()
        message = self.books.normaliser.message(text)
        measured = self.measures.find(message, today)
        known = {m.finding: m.amount.best for m in reversed(measured)}
        durations = self.durations.listed(message, today, known.get("age"), known.get("weeks_pregnant"))
        # "45 years old" is no time that anything lasted; a week that is taken for one of a pregnancy may be.
        ages = [range(m.amount.start, m.amount.end) for m in measured if m.finding == "age"]
        spans = [d for d in durations if not any(d.start in age and d.end - 1 in age for age in ages)]
        times = [_as_finding(message, d) for d in spans if within(self._specs["duration_days"], d.best)]
        listed = [*times, *self._numbers_told(message, self.measures.listed(message, today), ())]
        certain = [m.amount for m in measured if m.finding == "age" and m.amount.best < YOUNGEST_IN_YEARS]
        certain += [m.amount for m in measured if m.finding == "severity" and _is_of_ten(message, m.amount)]
        certain += self._taken_back(message)
        spoken_for = {message.tokens[place].start for a in certain for place in range(a.start, a.end)}
        return tuple(n for n in listed if not any(n.start <= place < n.end for place in spoken_for))

    def _merged(self, message: Message, found: list[Finding]) -> tuple[Finding, ...]:
        """Joins what a message says of the same finding, and leaves out what it takes back."""
        corrections = self.correction_places(message)
        ids = dict.fromkeys(finding.id for finding in found)
        merged = (self._merge(message.text, finding, found, corrections) for finding in ids)
        return tuple(sorted(merged, key=lambda finding: (finding.start, finding.id)))

    def found(self, message: Message, today: datetime.date, of_another: bool = False) -> list[Finding]:
        """Everything that a message says, a finding as often as it is named; of another person, if so."""
        too_many = (
            Match(Named(m.entry, Assertion.PRESENT.value), m.start, m.end)
            for m in self.doses.too_many(message)
        )
        matches = [*self.books.lexicon.find(message.doc), *too_many]
        scopes = self.scopes(message, matches, of_another)
        measured = self.measures.find(message, today)
        corrections = self.books.corrections.find(message.doc)
        measured += self._restated(message, corrections, [(m.amount, m) for m in measured], _with_amount)
        named = self._without_normal(message, list(self._named(message, matches, scopes)), scopes)
        found = [*named, *self._numbers_told(message, measured, scopes)]
        age = next((float(f.value) for f in found if f.id == "age" and isinstance(f.value, float)), None)
        taken = {place for m in measured for place in range(m.amount.start, m.amount.end)}
        durations = [
            d
            for d in self.durations.all(message, today, age)
            if not self.assertions.is_elsewhere(d.start, d.end, scopes)
            and taken.isdisjoint(range(d.start, d.end))
        ]
        counted = [(a, d) for d in durations if (a := self._count(message, d)) and a.best]
        durations += self._restated(message, corrections, counted, _lasting_as_many)
        taken_back = max((match.start for match in corrections), default=0)
        durations = [d for d in durations if d.start > taken_back] or durations
        country = self.places.read(message.text)
        return self._with_duration(message, [*found, *([country] if country else [])], durations)

    def scopes(
        self, message: Message, matches: Sequence[Match[Named]], of_another: bool = False
    ) -> list[Scope]:
        """Where the words around what is named have effect, but those that name whom all is about."""
        subjects = {t for m in matches if m.entry.finding == "subject" for t in _norms(message, m)}
        return [
            scope
            for scope in self.assertions.scopes(message)
            if not (of_another and scope.modifier.category is Category.OTHER_PERSON)
            and not self._is_about(subjects, scope, message)
        ]

    def correction_places(self, message: Message) -> list[int]:
        """Gives where the words that take something back begin, in characters."""
        return [message.tokens[match.start].start for match in self.books.corrections.find(message.doc)]

    def _named(
        self, message: Message, matches: Sequence[Match[Named]], scopes: Sequence[Scope]
    ) -> Iterator[Finding]:
        """What the phrases of the lexicon say, judged by the words around them."""
        in_scope = by_token(scopes)
        for match in self.standing(matches):
            is_denial = match.entry.value == Assertion.ABSENT.value
            near = overlapping(in_scope, match)
            assertion = self.assertions.judge(match.entry.finding, match, message, near, is_denial)
            if assertion is Assertion.ABSENT and self._is_played_down(message, match):
                assertion = Assertion.UNSURE
            said, start, end = message.said(match.start, match.end)
            named = Finding(match.entry.finding, match.entry.value, said, start, end)
            finding = self._stated(named, assertion)
            if finding is None:
                continue
            yield finding
            yield from self._implied(message, match, finding)

    def _without_normal(
        self, message: Message, named: list[Finding], scopes: Sequence[Scope]
    ) -> list[Finding]:
        """Takes what was measured to be normal for a denial: "a temperature of 37" is no fever."""
        for finding, reading in self._phrases.context.readings.items():
            span = self._normal_reading(message, reading)
            if span is None or self.assertions.is_elsewhere(*span, scopes):
                continue
            said, start, end = message.said(*span)
            others = [f for f in named if f.id != finding or f.end <= start or end <= f.start]
            named = [*others, Finding(finding, Assertion.ABSENT.value, said, start, end)]
        return named

    def _normal_reading(self, message: Message, reading: Reading) -> tuple[int, int] | None:
        """Where a message tells what was measured, if all the numbers of its sentence are normal."""
        tokens = message.tokens
        words = {self.books.normaliser.norm(word) for word in reading.words}
        first = next((i for i, token in enumerate(tokens) if token.norm in words), None)
        if first is None:
            return None
        last = next((i for i in range(first, len(tokens)) if tokens[i].norm in SENTENCE_ENDS), len(tokens))
        measured = [
            (i, number)
            for i in range(first, last)
            if (number := tokens[i].number) is not None and _is_in(reading.scales, number)
        ]
        if not measured or not all(_is_in(reading.normal, number) for _, number in measured):
            return None
        return first, measured[-1][0] + 1

    def standing(self, matches: Sequence[Match[Named]]) -> Iterator[Match[Named]]:
        """Yields the phrases of the lexicon that say something, and that no longer one takes the words of."""
        holding = by_token(matches)
        for match in matches:
            gives_way = any(self._gives_way(match, other) for other in overlapping(holding, match))
            if match.entry.value != NOT_THIS and not gives_way:
                yield match

    def _gives_way(self, match: Match[Named], other: Match[Named]) -> bool:
        """Whether a longer match takes the words of this one away from it."""
        one, another = match.entry, other.entry
        if another.finding == one.finding and another.value == NOT_THIS:
            return other.start < match.end and match.start < other.end
        if another.finding == one.finding and another.value == MAYBE != one.value:
            # "Feels like a man kicked me" takes the kick away, and "wakes me with pain at night" wakes.
            return other.start < match.end and match.start < other.end and not match.covers(other)
        if not other.covers(match):
            return False
        if another.finding == one.finding:
            return True
        to = self._phrases.context.yields.get(one.finding)
        return another.value != NOT_THIS and to is not None and (not to or another.finding in to)

    def _is_played_down(self, message: Message, match: Match[T]) -> bool:
        """Whether only the degree of what these words name is denied: "my leg isn't *that* weak"."""
        first = message.tokens[match.end - 1].start if match.denied else message.tokens[match.start].start
        last = message.tokens[match.end - 1].end
        return any(
            place.end() <= last and not message.text[place.end() : first].strip()
            for place in self.books.played_down(message.text)
        )

    def _is_about(self, subjects: set[str], scope: Scope, message: Message) -> bool:
        """Whether a modifier names the very person that the screening is about."""
        return scope.modifier.category is Category.OTHER_PERSON and bool(
            subjects & self.books.relatives & set(_norms(message, scope.match))
        )

    def _stated(self, named: Finding, assertion: Assertion | None) -> Finding | None:
        """The finding that a phrase of the lexicon names, after what the words around it say of it."""
        kind = self._specs[named.id].kind
        if named.value in (ONLY_DENIED, MAYBE):
            return _without_a_value(named, assertion)
        if kind is FindingKind.TRI:
            value = _combined(Assertion(named.value), assertion)
            return None if value is None else replace(named, value=value)
        if assertion is None:
            return None
        if assertion is Assertion.ABSENT:
            denied = self._phrases.context.denied_as.get(named.id)
            return replace(named, value=(denied,)) if denied else None
        if kind is FindingKind.NUMBER:
            low, high = (float(bound) for bound in str(named.value).split(" to "))
            middle = replace(named, value=(low + high) / 2)
            return middle if low == high else replace(middle, low=low, high=high)
        return replace(named, value=(str(named.value),)) if kind is FindingKind.SET else named

    def _implied(self, message: Message, match: Match[Named], finding: Finding) -> Iterator[Finding]:
        words = {token.norm for token in message.tokens[match.start : match.end]}
        for rule in self._phrases.implied:
            if rule.finding != finding.id or finding.value not in (
                Assertion.PRESENT.value,
                Assertion.UNSURE.value,
            ):
                continue
            if not rule.words or words & {self.books.normaliser.norm(word) for word in rule.words}:
                for added, value in rule.adds.items():
                    is_set = self._specs[added].kind is FindingKind.SET
                    yield replace(finding, id=added, value=(value,) if is_set else value, confirm=False)

    def _numbers_told(
        self, message: Message, numbers: Iterable[Measured], scopes: Sequence[Scope]
    ) -> Iterator[Finding]:
        for measured in numbers:
            amount = measured.amount
            spec = self._specs[measured.finding]
            elsewhere = self.assertions.is_elsewhere(amount.start, amount.end, scopes)
            if within(spec, amount.best) and not elsewhere:
                said, start, end = message.said(amount.start, amount.end)
                bounds = (None, None) if amount.exact else (amount.low, amount.high)
                yield Finding(measured.finding, amount.best, said, start, end, *bounds)

    def _count(self, message: Message, duration: Duration) -> Amount | None:
        """The number of days, weeks or so that a time begins with, or with "about"; a date has none."""
        places = range(duration.start, duration.end)
        first = next((i for i in places if message.tokens[i].word not in self._phrases.times.about), None)
        return None if first is None else self.numerals.at(message.tokens, first)

    def _restated(
        self,
        message: Message,
        corrections: Sequence[Match[str]],
        told: Sequence[tuple[Amount, T]],
        instead: Callable[[Amount, T, Amount], T],
    ) -> list[T]:
        """Takes a bare number after words that take something back for what the number before them was.

        "I'm 45, I mean 54" tells an age, though 54 by itself tells nothing.
        """
        restated = []
        for match in corrections:
            new = self._put_in_place(message, match)
            before = [(amount, one) for amount, one in told if amount.end <= match.start]
            if new is not None and before:
                restated.append(instead(*max(before, key=lambda entry: entry[0].end), new))
        return restated

    def _put_in_place(self, message: Message, correction: Match[str]) -> Amount | None:
        """The bare number that stands right behind words that take something back."""
        if correction.end >= len(message.tokens):
            return None
        new = self.numerals.at(message.tokens, correction.end)
        return new if new is not None and _ends_a_statement(message, new.end) else None

    def _taken_back(self, message: Message) -> Iterator[Amount]:
        """The numbers of which the next one takes the place: the first of "I'm 45, I mean 54", and that one.

        Only the rules know what the second is.
        """
        for match in self.books.corrections.find(message.doc):
            new = self._put_in_place(message, match)
            before = (self.numerals.at(message.tokens, place) for place in reversed(range(match.start)))
            old = next((amount for amount in before if amount is not None), None)
            if new is not None and old is not None:
                yield from (old, new)

    def _with_duration(
        self, message: Message, found: list[Finding], durations: list[Duration]
    ) -> list[Finding]:
        """Gives a duration to the sign that it is said of, the others to the pain; a long one makes old."""
        signs = [finding for finding in found if self._specs[finding.id].stable]
        ends, pains = self.durations.clause_ends(message), self.durations.pains(message)
        pains = [pain for pain in pains if not any(sign.start <= pain < sign.end for sign in signs)]
        rest: list[Duration] = []
        for duration in durations:
            behind = self._right_before(message, found, duration)
            if behind is not None and duration.best >= LONG_KNOWN:
                found = [replace(f, value=Assertion.LONGSTANDING.value) if f == behind else f for f in found]
            elif not self._is_of_a_sign(message, duration, ends, signs, pains):
                rest.append(duration)
        pain = self.durations.of_pain(message, rest)
        if pain is None or not within(self._specs["duration_days"], pain.best):
            return found
        return [*found, _as_finding(message, pain)]

    def _right_before(self, message: Message, found: list[Finding], duration: Duration) -> Finding | None:
        place = message.tokens[duration.start].start
        histories = (*self._phrases.context.histories, *self._phrases.context.lasting)
        for finding in found:
            if not 0 <= place - finding.end <= FURTHEST_BEFORE:
                continue
            is_tri = self._specs[finding.id].kind is FindingKind.TRI
            if is_tri and finding.id not in histories and finding.value == Assertion.PRESENT.value:
                between = message.text[finding.end : place].lower()
                if set(between.split()) <= OF_IT or SINCE_SOMETHING.fullmatch(between):
                    return finding
        return None

    def _is_of_a_sign(
        self,
        message: Message,
        duration: Duration,
        ends: Sequence[int],
        signs: Sequence[Finding],
        pains: Sequence[int],
    ) -> bool:
        """Whether a duration stands in a clause that tells of a sign, and of no pain besides."""
        first, end = self.durations.clause(message, duration, ends)
        start, stop = message.tokens[first].start, message.tokens[end - 1].end
        tells_sign = any(start <= sign.start and sign.end <= stop for sign in signs)
        return tells_sign and not any(start <= pain < stop for pain in pains)

    def _merge(self, text: str, finding: str, found: list[Finding], corrections: list[int]) -> Finding:
        same = after_corrections([f for f in found if f.id == finding], corrections)
        kind = self._specs[finding].kind
        if kind is FindingKind.TRI:
            return min(same, key=lambda f: (ASSERTION_ORDER.index(Assertion(f.value)), f.confirm))
        if kind is FindingKind.SET:
            values = tuple(dict.fromkeys(v for f in same if isinstance(f.value, tuple) for v in f.value))
            none = self._phrases.context.denied_as.get(finding)
            kept = tuple(value for value in values if value != none) or values
            start, end = same[0].start, max(f.end for f in same)
            return replace(same[0], value=kept, said=text[start:end], end=end)
        if kind is FindingKind.NUMBER:
            return min(same, key=lambda f: f.low is not None)
        return same[-1]


def _is_in(ranges: Iterable[tuple[float, float]], number: float) -> bool:
    """Whether a number lies in one of several ranges."""
    return any(low <= number <= high for low, high in ranges)


def _with_amount(_: Amount, measured: Measured, new: Amount) -> Measured:
    """The same measure with another number."""
    return replace(measured, amount=new)


def _lasting_as_many(old: Amount, duration: Duration, new: Amount) -> Duration:
    """Another number of what a time was told in: weeks stay weeks."""
    unit = duration.best / old.best
    best = round(new.best * unit)
    return replace(duration, low=best, best=best, high=best, start=new.start, end=new.end)


def _is_of_ten(message: Message, amount: Amount) -> bool:
    return any(is_of_ten(message.tokens, end) for end in range(amount.start + 1, amount.end + 1))


def _ends_a_statement(message: Message, place: int) -> bool:
    """Whether nothing comes after a number that would tell what it is, such as a unit."""
    return place >= len(message.tokens) or not message.tokens[place].word[0].isalnum()


def after_corrections(same: Iterable[Finding], corrections: Sequence[int]) -> list[Finding]:
    """What is left of one finding once what was taken back is left out, in the order of the text."""
    left = sorted(same, key=lambda f: (f.start, f.end))
    for place in corrections:
        left = [f for f in left if f.start > place] or left
    return left


def _as_finding(message: Message, duration: Duration) -> Finding:
    said, start, end = message.said(duration.start, duration.end)
    exact = duration.high is not None and duration.low == duration.high
    bounds = (
        (None, None)
        if exact
        else (float(duration.low), None if duration.high is None else float(duration.high))
    )
    return Finding("duration_days", float(duration.best), said, start, end, *bounds)


def _without_a_value(named: Finding, assertion: Assertion | None) -> Finding | None:
    """The finding of words that say it only where they are denied or doubted, or that may mean less."""
    if assertion is None or (named.value == ONLY_DENIED and assertion not in DOUBTED):
        return None
    return replace(named, value=assertion.value, confirm=assertion is Assertion.PRESENT)


def _norms(message: Message, match: Match[T]) -> list[str]:
    return [token.norm for token in message.tokens[match.start : match.end]]


def _combined(named: Assertion, said: Assertion | None) -> str | None:
    """What is there when a phrase that already says so stands in some context."""
    if said is None:
        return None
    if said is Assertion.PRESENT:
        combined = named
    else:
        combined = said if named is Assertion.PRESENT else Assertion.UNSURE
    return str(combined.value)


def within(spec: FindingSpec, number: float) -> bool:
    """Tells whether the vocabulary allows a number."""
    return (spec.minimum is None or number >= spec.minimum) and (
        spec.maximum is None or number <= spec.maximum
    )
