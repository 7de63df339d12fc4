"""What is known about a person: every finding with its words and turn, and what it was before a change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from backchat.knowledge.models import (
    DAYS_IN_A_YEAR,
    EXCLUSIVE_VALUES,
    Assertion,
    Finding,
    FindingKind,
    FindingSpec,
    FindingValue,
)

SETTLED = (Assertion.PRESENT.value, Assertion.LONGSTANDING.value)


@dataclass(frozen=True)
class Known:
    """One known finding.

    Attributes:
        value: As in `Finding`.
        said: The person's own words.
        turn: The person's message that it comes from, counted from 1.
        low: The lowest number that the words allow, where they gave a range.
        high: The highest number that the words allow, where they gave a range.
        before: What it was before the person changed it, the latest last.
    """

    value: FindingValue
    said: str
    turn: int
    low: float | None = None
    high: float | None = None
    before: tuple[Known, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Gives what the conversation's store keeps."""
        entry = self.as_told()
        if self.before:
            entry["before"] = [earlier.as_dict() for earlier in self.before]
        return entry

    def as_told(self) -> dict[str, Any]:
        """Gives the form of the contract."""
        entry: dict[str, Any] = {
            "value": list(self.value) if isinstance(self.value, tuple) else self.value,
            "said": self.said,
            "turn": self.turn,
        }
        if self.low is not None:
            entry["low"] = self.low
        if self.high is not None:
            entry["high"] = self.high
        return entry

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Known:
        """Reads what `as_dict` gave."""
        value = entry["value"]
        return cls(
            value=tuple(value) if isinstance(value, list) else value,
            said=entry["said"],
            turn=entry["turn"],
            low=entry.get("low"),
            high=entry.get("high"),
            before=tuple(cls.from_dict(earlier) for earlier in entry.get("before", ())),
        )


GROWN_UP, CHILD_UNDER = 18, 16
"""Who is as old as the one is no child, and who is younger than the other one is."""
LIFE = ("duration_days", "age")
"""The findings of which the first can't be longer than the second."""

Record = Mapping[str, Known]
"""Everything known, by finding id."""


class Vague(float):
    """The best estimate of a number of which it is open on which side of a boundary it lies."""


def values_of(record: Record, specs: Mapping[str, FindingSpec]) -> dict[str, FindingValue]:
    """Gives only the values, which is what conditions look at."""
    return {finding_id: _value(known, specs[finding_id]) for finding_id, known in record.items()}


def _value(known: Known, spec: FindingSpec) -> FindingValue:
    if known.value == Assertion.LONGSTANDING.value and not spec.stable:
        return Assertion.PRESENT.value
    low, high = known.low, math.inf if known.high is None else known.high
    crossed = low is not None and any(low < boundary < high for boundary in spec.boundaries)
    return Vague(known.value) if crossed and isinstance(known.value, float) else known.value


def unusable(specs: Mapping[str, FindingSpec], finding: Finding) -> bool:
    """Tells whether a finding is outside what the vocabulary allows, such as an age of 999."""
    spec = specs.get(finding.id)
    if spec is None:
        return True
    if spec.kind is FindingKind.NUMBER:
        low, high = spec.minimum, spec.maximum
        return not (
            isinstance(finding.value, (int, float))
            and low is not None
            and high is not None
            and low <= finding.value <= high
        )
    given = finding.value if isinstance(finding.value, tuple) else (finding.value,)
    return not given or any(value not in spec.values for value in given)


def merge(
    record: Record,
    findings: Iterable[Finding],
    turn: int,
    specs: Mapping[str, FindingSpec],
    asked: Iterable[str] = (),
) -> dict[str, Known]:
    """Adds what a message told to what was known.

    What was there never fades by a doubt, nor by a denial in passing: a finding that is present stays so
    until the person says that it was wrong, or is asked about it again and takes it back; `disputed` lists
    what to ask. What comes to be there counts at once. Values that the vocabulary does not allow are left
    out.

    Args:
        record: What was known.
        findings: What the message told.
        turn: The number of the message.
        specs: The vocabulary.
        asked: The findings that the message was a reply about, or is meant to change: what it says of them
            takes the place of what was known.

    Returns:
        What is known now.
    """
    merged = dict(record)
    asked = frozenset(asked)
    for finding in findings:
        if unusable(specs, finding) or (
            finding.id not in asked and _takes_back(record.get(finding.id), finding)
        ):
            continue
        told = Known(finding.value, finding.said, turn, finding.low, finding.high)
        known = merged.get(finding.id)
        if known is None:
            merged[finding.id] = told
        elif _differs(known, told) and not _only_a_doubt(known, told, finding.id in asked):
            adds = specs[finding.id].kind is FindingKind.SET and finding.id not in asked
            merged[finding.id] = _changed(known, told, adds)
    return merged


def with_implied(record: Record, specs: Mapping[str, FindingSpec]) -> dict[str, Known]:
    """Adds what goes without saying: somebody who is 30 weeks pregnant is pregnant.

    It takes the place of a no or a doubt that did not come later: whoever ticks in a list only that a foot
    drags has not denied that the leg is weak.

    Args:
        record: What is known.
        specs: The vocabulary.

    Returns:
        The same with what is implied.
    """
    complete = dict(record)
    for _, other, implied in _implied(record, specs):
        known = complete.get(other)
        if known is None:
            complete[other] = implied
        elif _adds_to(known, implied):
            complete[other] = _changed(known, implied, adds=True)
    return complete


def unsaid(record: Record, specs: Mapping[str, FindingSpec]) -> frozenset[str]:
    """Lists what is known only because something else that was told implies it, and what a number says too.

    Who is 30 weeks pregnant need not hear as well that she is pregnant.
    """
    found: set[str] = set()
    for finding, other, implied in _implied(record, specs):
        known = record.get(other)
        is_number = specs[finding].kind is FindingKind.NUMBER
        says_it = is_number and known is not None and known.value == implied.value
        if finding not in found and (known == implied or says_it):
            found.add(other)
    return frozenset(found)


def contradictions(record: Record, specs: Mapping[str, FindingSpec]) -> Iterator[tuple[str, str]]:
    """Yields what can't be true together: a finding that is there, and a denied one that it implies.

    Args:
        record: What was told, without what is implied.
        specs: The vocabulary.
    """
    for finding, other, _ in _implied(record, specs):
        if other in record and _is_denied(record[other]):
            yield finding, other


def _implied(record: Record, specs: Mapping[str, FindingSpec]) -> Iterator[tuple[str, str, Known]]:
    """Yields, in the order of the vocabulary, what each finding that is there implies of which other one."""
    for finding, spec in specs.items():
        known = record.get(finding)
        if known is None or known.value in (Assertion.ABSENT.value, Assertion.UNSURE.value):
            continue
        had = known.value if isinstance(known.value, tuple) else ()
        of_values = (spec.values_imply[value] for value in had if value in spec.values_imply)
        for implied in (spec.implies, *of_values):
            for other, value in implied.items():
                yield finding, other, _as_implied(known, spec, value, specs[other])


def _as_implied(known: Known, spec: FindingSpec, value: str, other: FindingSpec) -> Known:
    """What is implied was told with the same words; a sign has been there for as long."""
    if other.kind is FindingKind.SET:
        return Known((value,), known.said, known.turn)
    lasting = spec.stable and known.value == Assertion.LONGSTANDING.value
    return Known(Assertion.LONGSTANDING.value if lasting else value, known.said, known.turn)


def _adds_to(known: Known, implied: Known) -> bool:
    """Tells whether what is implied says more than what is known."""
    if isinstance(known.value, tuple) and isinstance(implied.value, tuple):
        return not set(implied.value) <= set(known.value)
    return known.value not in SETTLED and known.turn <= implied.turn


def _is_denied(known: Known) -> bool:
    if isinstance(known.value, tuple):
        return bool(EXCLUSIVE_VALUES.intersection(known.value))
    return known.value == Assertion.ABSENT.value


def disputed(record: Record, findings: Iterable[Finding], asked: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Lists what a message denies in passing and the person told before: only they can say which is right.

    Args:
        record: What was known.
        findings: What the message told.
        asked: The findings that the message was a reply about, or is meant to change.

    Returns:
        The denials.
    """
    expected = frozenset(asked)
    return tuple(f for f in findings if f.id not in expected and _takes_back(record.get(f.id), f))


def improbable(
    record: Record, findings: Iterable[Finding], specs: Mapping[str, FindingSpec], asked: Iterable[str] = ()
) -> tuple[Finding, ...]:
    """Lists what a message tells that hardly goes with what else is told: it has to be asked about.

    Args:
        record: What was known.
        findings: What the message told.
        specs: The vocabulary.
        asked: The findings that the message was a reply about, or is meant to change.

    Returns:
        What is told to be there and hardly can, such as a man's pregnancy.
    """
    findings, expected = tuple(findings), frozenset(asked)
    told = {f: known.value for f, known in record.items()} | {f.id: f.value for f in findings}
    return tuple(
        f
        for f in findings
        if f.id not in expected
        and f.value != Assertion.ABSENT.value
        and any(told.get(other) == value for other, value in specs[f.id].not_with.items())
    )


def lasting_on(record: Record, days: float) -> dict[str, Known]:
    """Tells how long it has hurt by now, where that was told some time ago.

    Args:
        record: What was known then.
        days: How many days ago that was.
    """
    known = record.get("duration_days")
    if known is None or not isinstance(known.value, float):
        return dict(record)
    low, high = (None if bound is None else bound + days for bound in (known.low, known.high))
    return {**record, "duration_days": replace(known, value=known.value + days, low=low, high=high)}


def longer_than_life(record: Record, findings: Iterable[Finding]) -> Finding | None:
    """Finds what a message tells of an age, or of how long it has hurt, where that is longer than a life.

    Args:
        record: What was known.
        findings: What the message told.

    Returns:
        How long it has hurt where the message tells that, else the age; None where nothing is wrong.
    """
    told = {f.id: f for f in findings}
    known = {**record, **{name: Known(f.value, f.said, 0) for name, f in told.items()}}
    return next((told[name] for name in LIFE if name in told), None) if outlasts_life(known) else None


def outlasts_life(record: Record) -> bool:
    """Tells whether it is said to have hurt for longer than the person has lived."""
    days, years = (record[name].value if name in record else None for name in LIFE)
    return isinstance(days, float) and isinstance(years, float) and days > (years + 1) * DAYS_IN_A_YEAR


def turned_young(record: Record, findings: Iterable[Finding], asked: Iterable[str] = ()) -> Finding | None:
    """Finds an age of a child where the person was told to be grown up: a slip would change all that follows.

    Args:
        record: What was known.
        findings: What the message told.
        asked: The findings that the message was a reply about, or is meant to change.

    Returns:
        The age; None where nothing is wrong, and where the message says that it is about another person.
    """
    known = record["age"].value if "age" in record else None
    told = {f.id: f for f in findings}
    age = told.get("age")
    if age is None or "subject" in told or "age" in asked or not isinstance(age.value, float):
        return None
    return age if isinstance(known, float) and known >= GROWN_UP and age.value < CHILD_UNDER else None


def _takes_back(known: Known | None, finding: Finding) -> bool:
    return known is not None and known.value in SETTLED and finding.value == Assertion.ABSENT.value


def _differs(known: Known, told: Known) -> bool:
    """Whether something else is told, be it only how exactly."""
    return (known.value, known.low, known.high) != (told.value, told.low, told.high)


def _only_a_doubt(known: Known, told: Known, in_reply: bool) -> bool:
    return known.value in SETTLED and told.value == Assertion.UNSURE.value and not in_reply


def _changed(known: Known, told: Known, adds: bool) -> Known:
    if adds and isinstance(known.value, tuple) and isinstance(told.value, tuple):
        both = tuple(dict.fromkeys(known.value + told.value))
        if not EXCLUSIVE_VALUES.intersection(both):
            said = known.said if both == known.value else f"{known.said}; {told.said}"
            return replace(known, value=both, said=said)
    return replace(told, before=(*known.before, replace(known, before=())))
