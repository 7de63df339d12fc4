"""What is known about a person: every finding with its words and turn, and what it was before a change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
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

    Args:
        record: What is known.
        specs: The vocabulary.

    Returns:
        The same with what is implied, where nothing was said of that.
    """
    open_ones = (Assertion.ABSENT.value, Assertion.UNSURE.value)
    there = [
        (specs[finding].implies, known) for finding, known in record.items() if known.value not in open_ones
    ]
    implied = {name: _as_sign(known) for name, known in there if name}
    return {**implied, **record}


def _as_sign(known: Known) -> Known:
    """What is implied is there, and for as long."""
    value = known.value if known.value in SETTLED else Assertion.PRESENT.value
    return Known(value, known.said, known.turn)


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
    days, years = (known[name].value if name in known else None for name in LIFE)
    if not isinstance(days, float) or not isinstance(years, float) or days <= (years + 1) * DAYS_IN_A_YEAR:
        return None
    return next((told[name] for name in LIFE if name in told), None)


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
