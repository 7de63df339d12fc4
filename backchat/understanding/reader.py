"""Free text to findings."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

import spacy

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec
from backchat.knowledge.phrases import NOT_THIS, ONLY_DENIED, RELATIVE, Category, Phrases
from backchat.understanding.assertion import Assertions, Scope
from backchat.understanding.durations import Duration, Durations
from backchat.understanding.learned.answers import ReadsReplies, ReplySettling
from backchat.understanding.lexicon import Match, PhraseBook, T, Words, by_token, spell_out, vary
from backchat.understanding.measures import MEASURES, Measured, Measures
from backchat.understanding.normalise import NUMBER, SCALE_END, Message, Normaliser
from backchat.understanding.numbers import Numbers
from backchat.understanding.replies import OLDEST, Replier, Reply

LONG_KNOWN = 180
"""From how many days on a finding that has lasted so long is old."""

FURTHEST_BEFORE = 60
"""How many characters before a duration the finding that it is said of may end."""

SIDES = frozenset({"left", "right", "other"})
TURNS = frozenset({"but", "now", "then", "until", "till", "since", "today", "however", "except", "only"})
"""Words after which a text tells something else than before."""

NEGATIVE = re.compile(
    r"(?:^|\b(?:for|is|am|i'?m|about|been)\s)\s*(?P<dash>[-−]\s?\d+)|\b(?P<word>(?:minus|negative)\s\d+)",
    re.IGNORECASE,
)
"""A number below zero; elsewhere a dash only divides."""

ASSERTION_ORDER = (Assertion.PRESENT, Assertion.LONGSTANDING, Assertion.UNSURE, Assertion.ABSENT)
"""Which of several things said of one finding counts: what is there is never lost."""


@dataclass(frozen=True)
class Named:
    """A finding and the value that a phrase of the lexicon names."""

    finding: str
    value: str


class Slips(NamedTuple):
    """What a text tells that can't be taken as it is told.

    Attributes:
        conflicts: What it both states and denies, so that only the person can say which is right: each as a
            finding to be confirmed, with the words of both. "No fever at first, but now I have one" tells how
            it went, and is none; nor is what is said of one side and denied of the other.
        impossible: Numbers that can't be, or several for one thing, each as the finding that was meant.
    """

    conflicts: tuple[Finding, ...]
    impossible: tuple[Finding, ...]


class Understanding:
    """Reads findings from what people write.

    Building it takes a moment, reading does not; it holds no state about any person.

    Args:
        phrases: How people say things.
        findings: The vocabulary.
        red_flags: The findings that can make care urgent.
        network: Reads replies beside the options of their question; without it the rules alone read them.
    """

    def __init__(
        self,
        phrases: Phrases,
        findings: Mapping[str, FindingSpec],
        red_flags: Collection[str] = frozenset(),
        network: ReadsReplies | None = None,
    ) -> None:
        self._phrases = phrases
        self._specs = findings
        vocab = spacy.blank("en").vocab
        lexicon = [
            (words, Named(finding, value))
            for finding, values in phrases.lexicon.items()
            for value, wordings in values.items()
            for words in self._spelt(wordings)
        ]
        context, times, replies = phrases.context, phrases.times, phrases.replies
        modifiers = [(words, m) for m in context.modifiers for words in self._spelt(m.phrases)]
        ends = [(words, "end") for words in self._spelt(context.ends)]
        corrections = [(words, "correction") for words in self._spelt(context.corrections)]
        kinds = (
            *("start", "injury", "not_before", "not_after"),
            *("other_matters", "activities", "pain", "this_time"),
        )
        cues = [(words, kind) for kind in kinds for words in self._spelt(getattr(times, kind))]
        moments = [(words, phrase) for phrase in times.moments for words in self._spelt([phrase])]
        hints = [(words, phrase) for phrase in times.hints for words in self._spelt([phrase])]
        holidays = [(words, phrase) for phrase in times.holidays for words in self._spelt([phrase])]
        measures = [
            (words, (place, kind))
            for place, measure in enumerate(times.measures)
            for kind in ("before", "after", "not_before", "not_after", "soon", "whole", "near")
            for words in self._spelt(getattr(measure, kind))
        ]
        answers = Replier.wordings(replies, self._spelt)
        entries = chain(
            lexicon, modifiers, ends, corrections, cues, moments, hints, holidays, measures, answers
        )
        vocabulary = {word for words, _ in entries for word in words}
        vocabulary |= {word for words in self._spelt(context.changes) for word in words}
        vocabulary |= {*times.numbers, *times.vague, *times.units, *times.decades}
        vocabulary |= {*times.weekdays, *times.more, *times.less, *times.about}
        vocabulary |= {*replies.before, *replies.after, *replies.glue, *replies.contrast}
        self._relatives = frozenset(phrases.words.groups[RELATIVE])
        self._normaliser = Normaliser(phrases.words, vocab, vocabulary)

        def book(wordings: Iterable[tuple[Words, T]]) -> PhraseBook[T]:
            return PhraseBook(vocab, self._normaliser, wordings)

        numbers = Numbers(times)
        self._lexicon = book(lexicon)
        self._corrections = book(corrections)
        self._changes = book([(words, "change") for words in self._spelt(context.changes)])
        self._assertions = Assertions(context, book(modifiers), book(ends))
        self._numbers = numbers
        self._durations = Durations(times, numbers, book(cues), book([*moments, *hints]), book(holidays))
        self._reply_settling = ReplySettling(findings, red_flags, network)
        self._measures = Measures(times, numbers, book(measures))
        self._replier = Replier(
            findings,
            replies,
            self._normaliser,
            answers=book(answers),
            numbers=numbers,
            durations=self._durations,
            decades=times.decades,
            lasting=(*context.histories, *context.lasting),
        )

    def read(self, text: str, today: datetime.date) -> tuple[Finding, ...]:
        """Reads every finding that a text states or denies.

        Args:
            text: What the person wrote; only the first `MAX_CHARACTERS` are read.
            today: The day on which they wrote it.

        Returns:
            At most one finding for each id, in the order of the text.
        """
        if is_payload(text):
            return ()
        message = self._normaliser.message(text)
        return self._merged(message, self._found(message, today))

    def read_as_of_another(self, text: str, today: datetime.date) -> tuple[Finding, ...]:
        """Reads a text as one about the person that it names: "my daughter won't walk, her back hurts".

        Args:
            text: What somebody wrote.
            today: The day on which they wrote it.

        Returns:
            As `read`; nothing where no other person is named.
        """
        message = self._normaliser.message(text)
        if is_payload(text) or not any(token.norm in self._relatives for token in message.tokens):
            return ()
        return self._merged(message, self._found(message, today, of_another=True))

    def _merged(self, message: Message, found: list[Finding]) -> tuple[Finding, ...]:
        corrections = self._correction_places(message)
        ids = dict.fromkeys(finding.id for finding in found)
        merged = (self._merge(message.text, finding, found, corrections) for finding in ids)
        return tuple(sorted(merged, key=lambda finding: (finding.start, finding.id)))

    def slips(self, text: str, asked: Sequence[str], today: datetime.date) -> Slips:
        """Finds what can't be taken as it is told.

        Args:
            text: What the person wrote.
            asked: The findings asked about.
            today: The day on which they wrote it.
        """
        if is_payload(text):
            return Slips((), ())
        message = self._normaliser.message(text)
        found = self._found(message, today)
        impossible = self._impossible(message, {f.id: f for f in found}, asked, today)
        return Slips(self._conflicts(message, found), (*self._told_twice(message, found), *impossible))

    def _told_twice(self, message: Message, found: Sequence[Finding]) -> Iterator[Finding]:
        """Numbers that a text gives two of for one thing, so that only the person can say which it is."""
        corrections = self._correction_places(message)
        exact = [f for f in found if self._specs[f.id].kind is FindingKind.NUMBER and f.low is None]
        for finding in dict.fromkeys(f.id for f in exact):
            same = _after_corrections([f for f in exact if f.id == finding], corrections)
            if len({f.value for f in same}) > 1:
                start, end = same[0].start, same[-1].end
                yield replace(same[0], said=message.text[start:end], end=end)

    def _conflicts(self, message: Message, found: Sequence[Finding]) -> tuple[Finding, ...]:
        """What a text both states and denies, but of two sides."""
        if SIDES & {token.word for token in message.tokens}:
            return ()
        corrections = self._correction_places(message)
        signs = [f for f in found if self._specs[f.id].kind is FindingKind.TRI]
        by_id = {f.id: _after_corrections([g for g in signs if g.id == f.id], corrections) for f in signs}
        return tuple(c for same in by_id.values() if (c := _conflict(message.text, same)))

    def _impossible(
        self, message: Message, told: Mapping[str, Finding], asked: Sequence[str], today: datetime.date
    ) -> tuple[Finding, ...]:
        """Numbers beyond what the vocabulary allows, or below zero."""
        wrong = [
            Finding(m.finding, m.amount.best, *message.said(m.amount.start, m.amount.end))
            for m in self._measures.find(message, today)
            if not _within(self._specs[m.finding], m.amount.best)
        ]
        number = next((f for f in asked[:1] if self._specs[f].kind is FindingKind.NUMBER), None)
        if number is not None and not wrong and number not in told:
            wrong += self._beyond(message, number, today)
        wrong += _negative(message.text, told.values(), number)
        return tuple({finding.id: finding for finding in wrong}.values())

    def corrects(self, text: str) -> bool:
        """Tells whether a text says that something told before was wrong."""
        message = self._normaliser.message(text)
        return any(self._changes.find(message.doc)) or any(self._corrections.find(message.doc))

    def _beyond(self, message: Message, number: str, today: datetime.date) -> list[Finding]:
        """A number that answers what was asked and is beyond what the vocabulary allows."""
        spec = self._specs[number]
        if number == "duration_days":
            spans = [(d.best, d.start, d.end) for d in self._durations.all(message, today)]
        else:
            amounts = (self._numbers.at(message.tokens, place) for place in range(len(message.tokens)))
            spans = [(a.best, a.start, a.end) for a in amounts if a is not None]
            if number == "age":
                spans = [span for span in spans if not today.year - OLDEST <= span[0] <= today.year]
        if not spans or any(_within(spec, best) for best, _, _ in spans):
            return []
        best, start, end = spans[0]
        return [Finding(number, float(best), *message.said(start, end))]

    def _correction_places(self, message: Message) -> list[int]:
        return [message.tokens[match.start].start for match in self._corrections.find(message.doc)]

    def _found(self, message: Message, today: datetime.date, of_another: bool = False) -> list[Finding]:
        """Everything that a message says, a finding as often as it is named; of another person, if so."""
        matches = self._lexicon.find(message.doc)
        subjects = {t for m in matches if m.entry.finding == "subject" for t in _norms(message, m)}
        scopes = [
            scope
            for scope in self._assertions.scopes(message)
            if not (of_another and scope.modifier.category is Category.OTHER_PERSON)
            and not self._is_about(subjects, scope, message)
        ]
        measured = self._measures.find(message, today)
        found = [*self._named(message, matches, scopes), *self._numbers_told(message, measured, scopes)]
        age = next((float(f.value) for f in found if f.id == "age" and isinstance(f.value, float)), None)
        taken = {place for m in measured for place in range(m.amount.start, m.amount.end)}
        durations = [
            d
            for d in self._durations.all(message, today, age)
            if not self._assertions.is_elsewhere(d.start, d.end, scopes)
            and taken.isdisjoint(range(d.start, d.end))
        ]
        taken_back = max((match.start for match in self._corrections.find(message.doc)), default=0)
        durations = [d for d in durations if d.start > taken_back] or durations
        return self._with_duration(message, found, durations)

    def numbers(self, text: str, today: datetime.date) -> tuple[Finding, ...]:
        """Finds every number that a text names, as each of the findings that it might be.

        Args:
            text: What the person wrote.
            today: The day on which they wrote it.
        """
        if is_payload(text):
            return ()
        message = self._normaliser.message(text)
        measured = self._measures.find(message, today)
        known = {m.finding: m.amount.best for m in reversed(measured)}
        durations = self._durations.listed(message, today, known.get("age"), known.get("weeks_pregnant"))
        # "45 years old" is no time that anything lasted; a week that is taken for one of a pregnancy may be.
        ages = [range(m.amount.start, m.amount.end) for m in measured if m.finding == "age"]
        spans = [d for d in durations if not any(d.start in age and d.end - 1 in age for age in ages)]
        times = [_as_finding(message, d) for d in spans if _within(self._specs["duration_days"], d.best)]
        return (*times, *self._numbers_told(message, self._measures.listed(message, today), ()))

    def read_reply(
        self,
        text: str,
        asked: Sequence[str],
        options: Mapping[str, str],
        found: Sequence[Finding],
        today: datetime.date,
    ) -> Reply:
        """Reads a text as the answer to a question.

        Args:
            text: What the person wrote.
            asked: The findings asked about, in the order in which they were shown.
            options: The labels shown: by finding for a checklist, by value for a choice or set.
            found: What the text tells whatever was asked, and what it may tell (`confirm`).
            today: The day on which they wrote it.

        Returns:
            Everything that the text says, and whether that answers the question.
        """
        seen = {finding.id: finding for finding in found if finding.confirm}
        found = [finding for finding in found if not finding.confirm]
        if is_payload(text):
            return Reply(tuple(found), answered=False)
        if asked and self._specs[asked[0]].kind is FindingKind.NUMBER:
            # Where a number is asked for, it is one, whatever it might be in another message.
            told = {finding.id for finding in found}
            found = [*found, *(f for f in self.read(text, today) if f.id in asked and f.id not in told)]
        read = self._replier.read(self._normaliser.message(text), asked, options, found, today)
        if read.exact:
            # The numbers of "1 and 4" pick, and say nothing else.
            findings = tuple(f for f in read.findings if f.id not in MEASURES or f.id in asked)
            read = replace(read, findings=findings)
        return self._reply_settling.settle(text, read, asked, options, seen)

    def _spelt(self, wordings: Iterable[str]) -> set[Words]:
        times = self._phrases.times
        groups = {**self._phrases.words.groups, "unit": tuple(times.units), "number": (NUMBER, SCALE_END)}
        spelt = {words for wording in wordings for words in spell_out(wording, groups)}
        for wording, others in self._phrases.words.variants.items():
            spelt |= {varied for words in spelt for varied in vary(words, wording, others)}
        return spelt

    def _named(
        self, message: Message, matches: Sequence[Match[Named]], scopes: Sequence[Scope]
    ) -> Iterator[Finding]:
        """What the phrases of the lexicon say, judged by the words around them."""
        in_scope = by_token(scopes)
        holding = by_token(matches)
        for match in matches:
            rivals = (other for place in range(match.start, match.end) for other in holding[place])
            if match.entry.value == NOT_THIS or any(self._gives_way(match, other) for other in rivals):
                continue
            is_denial = match.entry.value == Assertion.ABSENT.value
            places = range(match.start, match.end)
            near = dict.fromkeys(scope for place in places for scope in in_scope.get(place, ()))
            assertion = self._assertions.judge(match.entry.finding, match, message, list(near), is_denial)
            said, start, end = message.said(match.start, match.end)
            named = Finding(match.entry.finding, match.entry.value, said, start, end)
            finding = self._stated(named, assertion)
            if finding is None:
                continue
            yield finding
            yield from self._implied(message, match, finding)

    def _gives_way(self, match: Match[Named], other: Match[Named]) -> bool:
        """Whether a longer match takes the words of this one away from it."""
        one, another = match.entry, other.entry
        if another.finding == one.finding and another.value == NOT_THIS:
            return other.start < match.end and match.start < other.end
        if not other.covers(match):
            return False
        if another.finding == one.finding:
            return True
        to = self._phrases.context.yields.get(one.finding)
        return another.value != NOT_THIS and to is not None and (not to or another.finding in to)

    def _is_about(self, subjects: set[str], scope: Scope, message: Message) -> bool:
        """Whether a modifier names the very person that the screening is about."""
        return scope.modifier.category is Category.OTHER_PERSON and bool(
            subjects & self._relatives & set(_norms(message, scope.match))
        )

    def _stated(self, named: Finding, assertion: Assertion | None) -> Finding | None:
        """The finding that a phrase of the lexicon names, after what the words around it say of it."""
        kind = self._specs[named.id].kind
        if named.value == ONLY_DENIED:
            doubted = assertion in (Assertion.ABSENT, Assertion.UNSURE)
            return replace(named, value=assertion.value) if assertion and doubted else None
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
            if not rule.words or words & {self._normaliser.norm(word) for word in rule.words}:
                for added, value in rule.adds.items():
                    is_set = self._specs[added].kind is FindingKind.SET
                    yield replace(finding, id=added, value=(value,) if is_set else value)

    def _numbers_told(
        self, message: Message, numbers: Iterable[Measured], scopes: Sequence[Scope]
    ) -> Iterator[Finding]:
        for measured in numbers:
            amount = measured.amount
            spec = self._specs[measured.finding]
            elsewhere = self._assertions.is_elsewhere(amount.start, amount.end, scopes)
            if _within(spec, amount.best) and not elsewhere:
                said, start, end = message.said(amount.start, amount.end)
                bounds = (None, None) if amount.exact else (amount.low, amount.high)
                yield Finding(measured.finding, amount.best, said, start, end, *bounds)

    def _with_duration(
        self, message: Message, found: list[Finding], durations: list[Duration]
    ) -> list[Finding]:
        """Gives a long duration to the finding that it follows and makes old, the others to the pain."""
        rest: list[Duration] = []
        for duration in durations:
            behind = self._right_before(message, found, duration)
            if behind is not None and duration.best >= LONG_KNOWN:
                found = [replace(f, value=Assertion.LONGSTANDING.value) if f == behind else f for f in found]
            else:
                rest.append(duration)
        pain = self._durations.of_pain(message, rest)
        if pain is None or not _within(self._specs["duration_days"], pain.best):
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
                between = message.text[finding.end : place].lower().split()
                if set(between) <= {
                    "for",
                    "about",
                    "over",
                    "now",
                    "the",
                    "last",
                    "since",
                }:
                    return finding
        return None

    def _merge(self, text: str, finding: str, found: list[Finding], corrections: list[int]) -> Finding:
        same = _after_corrections([f for f in found if f.id == finding], corrections)
        kind = self._specs[finding].kind
        if kind is FindingKind.TRI:
            return min(same, key=lambda f: ASSERTION_ORDER.index(Assertion(f.value)))
        if kind is FindingKind.SET:
            values = tuple(dict.fromkeys(v for f in same if isinstance(f.value, tuple) for v in f.value))
            none = self._phrases.context.denied_as.get(finding)
            kept = tuple(value for value in values if value != none) or values
            start, end = same[0].start, max(f.end for f in same)
            return replace(same[0], value=kept, said=text[start:end], end=end)
        if kind is FindingKind.NUMBER:
            return min(same, key=lambda f: f.low is not None)
        return same[-1]


def _after_corrections(same: Iterable[Finding], corrections: Sequence[int]) -> list[Finding]:
    """What is left of one finding once what was taken back is left out, in the order of the text."""
    left = sorted(same, key=lambda f: (f.start, f.end))
    for place in corrections:
        left = [f for f in left if f.start > place] or left
    return left


def _conflict(text: str, same: Sequence[Finding]) -> Finding | None:
    """Joins what is stated and denied of one finding, unless the denial is the earlier and the text turns."""
    stated = next((f for f in same if f.value == Assertion.PRESENT.value), None)
    denied = next((f for f in reversed(same) if f.value == Assertion.ABSENT.value), None)
    if stated is None or denied is None:
        return None
    first, last = sorted((stated, denied), key=lambda f: f.start)
    turns = TURNS & set(re.findall(r"[a-z]+", text[first.end : last.start].lower()))
    if turns and first is denied:
        return None
    said = text[first.start : last.end]
    return replace(stated, said=said, start=first.start, end=last.end, confirm=True)


def _negative(text: str, told: Iterable[Finding], number: str | None) -> list[Finding]:
    """Numbers with a minus before them: of the finding that they are read as, or that was asked for."""
    below_zero = NEGATIVE.search(text)
    if below_zero is None:
        return []
    start, end = below_zero.span("dash" if below_zero["dash"] else "word")
    digits = re.sub(r"\D", "", text[start:end])
    read_as = next((f.id for f in told if isinstance(f.value, float) and start < f.start < end), number)
    return [] if read_as is None else [Finding(read_as, -float(digits), text[start:end], start, end)]


def is_payload(text: str) -> bool:
    """Whether a text is a bot's command (`/restart`) or data (`inform{...}`): nothing that a person says."""
    stripped = text.strip()
    if stripped.startswith("/") and stripped[1:2].isalpha():
        return True
    return stripped.endswith("}") and re.match(r"\w*\s*\{", stripped) is not None


def _as_finding(message: Message, duration: Duration) -> Finding:
    said, start, end = message.said(duration.start, duration.end)
    exact = duration.high is not None and duration.low == duration.high
    bounds = (
        (None, None)
        if exact
        else (float(duration.low), None if duration.high is None else float(duration.high))
    )
    return Finding("duration_days", float(duration.best), said, start, end, *bounds)


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


def _within(spec: FindingSpec, number: float) -> bool:
    return (spec.minimum is None or number >= spec.minimum) and (
        spec.maximum is None or number <= spec.maximum
    )
