"""What a message tells that can't be taken as it is told."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec
from backchat.understanding.measures import OLDEST
from backchat.understanding.normalise import Message, is_payload
from backchat.understanding.reader import FindingReader, after_corrections, within
from backchat.understanding.remarks import Remarks, places_of

SIDES = frozenset({"left", "right", "other"})
TURNS = frozenset({"but", "now", "then", "until", "till", "since", "today", "however", "except", "only"})
"""Words after which a text tells something else than before."""

NEGATIVE = re.compile(
    r"(?:^|\b(?:for|is|am|i'?m|about|been)\s)\s*(?P<dash>[-−]\s?\d+)|\b(?P<word>(?:minus|negative)\s\d+)",
    re.IGNORECASE,
)
"""A number below zero; elsewhere a dash only divides."""


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


class SlipFinder:
    """Finds what can't be taken as it is told.

    Args:
        findings: The vocabulary.
        reader: Reads the findings in a message.
        remarks: Tells what is said of somebody else.
    """

    def __init__(self, findings: Mapping[str, FindingSpec], reader: FindingReader, remarks: Remarks) -> None:
        self._specs = findings
        self._reader = reader
        self._remarks = remarks

    def find(self, text: str, asked: Sequence[str], today: datetime.date) -> Slips:
        """See `Understanding.slips`."""
        if is_payload(text):
            return Slips((), ())
        message = self._reader.books.normaliser.message(text)
        found = self._reader.found(message, today)
        impossible = self._impossible(message, {f.id: f for f in found}, asked, today)
        return Slips(self._conflicts(message, found), (*self._told_twice(message, found), *impossible))

    def _told_twice(self, message: Message, found: Sequence[Finding]) -> Iterator[Finding]:
        """Numbers that a text gives two of for one thing, so that only the person can say which it is."""
        corrections = self._reader.correction_places(message)
        exact = [f for f in found if self._specs[f.id].kind is FindingKind.NUMBER and f.low is None]
        for finding in dict.fromkeys(f.id for f in exact):
            told = [f for f in exact if f.id == finding]
            # How old somebody else is does not make the person's own age another one.
            own = [f for f in told if not self._remarks.is_beside_a_relative(message, places_of(message, f))]
            same = after_corrections(own or told, corrections)
            if len({f.value for f in same}) > 1:
                start, end = same[0].start, same[-1].end
                yield replace(same[0], said=message.text[start:end], end=end)

    def _conflicts(self, message: Message, found: Sequence[Finding]) -> tuple[Finding, ...]:
        """What a text both states and denies, but of two sides."""
        if SIDES & {token.word for token in message.tokens}:
            return ()
        corrections = self._reader.correction_places(message)
        signs = [f for f in found if self._specs[f.id].kind is FindingKind.TRI]
        by_id = {f.id: after_corrections([g for g in signs if g.id == f.id], corrections) for f in signs}
        return tuple(c for same in by_id.values() if (c := _conflict(message.text, same)))

    def _impossible(
        self, message: Message, told: Mapping[str, Finding], asked: Sequence[str], today: datetime.date
    ) -> tuple[Finding, ...]:
        """Numbers beyond what the vocabulary allows, or below zero."""
        wrong = [
            Finding(m.finding, m.amount.best, *message.said(m.amount.start, m.amount.end))
            for m in self._reader.measures.find(message, today)
            if not within(self._specs[m.finding], m.amount.best)
        ]
        number = next((f for f in asked[:1] if self._specs[f].kind is FindingKind.NUMBER), None)
        if number is not None and not wrong and number not in told:
            wrong += self._beyond(message, number, today)
        wrong += _negative(message.text, told.values(), number)
        return tuple({finding.id: finding for finding in wrong}.values())

    def _beyond(self, message: Message, number: str, today: datetime.date) -> list[Finding]:
        """A number that answers what was asked and is beyond what the vocabulary allows."""
        spec = self._specs[number]
        if number == "duration_days":
            spans = [(d.best, d.start, d.end) for d in self._reader.durations.all(message, today)]
        else:
            tokens = message.tokens
            amounts = (self._reader.numerals.at(tokens, place) for place in range(len(tokens)))
            spans = [(a.best, a.start, a.end) for a in amounts if a is not None]
            if number == "age":
                spans = [span for span in spans if not today.year - OLDEST <= span[0] <= today.year]
        if not spans or any(within(spec, best) for best, _, _ in spans):
            return []
        best, start, end = spans[0]
        return [Finding(number, float(best), *message.said(start, end))]


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
