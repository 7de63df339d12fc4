"""Which conditions can't hold for anybody, and which can't hold without another.

A tableau: what has to hold is taken apart, branch by branch, until only single facts are left that agree with
each other or don't. `backchat.screening.conditions` gives the meaning of conditions. What is not known counts
as not there, so a fact that must not hold agrees with nothing being known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from backchat.knowledge.models import (
    BEGAN_AT_AGE,
    BEGAN_FROM,
    COMBINATIONS,
    DAYS_IN_A_YEAR,
    EXCLUSIVE_VALUES,
    Condition,
    FindingKind,
    FindingSpec,
    parts_of,
)

_OPPOSITES = {"at_least": "below", "below": "at_least", "at_most": "above", "above": "at_most"}


class _Goal(NamedTuple):
    """A condition that has to hold, or must not."""

    condition: Condition
    wanted: bool


class _Fact(NamedTuple):
    """That a finding has one of some values or does not, or that a number lies beyond a bound.

    For a number `values` is the name of a comparison and the bound, or empty where nobody knows the number.
    """

    finding: str
    values: tuple[Any, ...]
    wanted: bool


class _Range(NamedTuple):
    """The numbers between two bounds, each of which may itself be left out."""

    low: float
    high: float
    without_low: bool = False
    without_high: bool = False

    def within(self, facts: Iterable[_Fact]) -> _Range:
        """Gives what of it lies within the bounds of some facts."""
        cut = self
        for name, bound in (fact.values for fact in facts):
            without = name in ("above", "below")
            if name in ("at_least", "above"):
                low, without_low = max((cut.low, cut.without_low), (bound, without))
                cut = cut._replace(low=low, without_low=without_low)
            else:
                high, with_high = min((cut.high, not cut.without_high), (bound, not without))
                cut = cut._replace(high=high, without_high=not with_high)
        return cut

    @property
    def is_empty(self) -> bool:
        """Whether no number is in it."""
        return self.low > self.high or (self.low == self.high and (self.without_low or self.without_high))


def can_hold(findings: Mapping[str, FindingSpec], condition: Condition) -> bool:
    """Tells whether a checked condition can hold for anybody."""
    return _satisfiable(findings, [_Goal(condition, True)])


def hopeless_part(findings: Mapping[str, FindingSpec], condition: Condition) -> Condition | None:
    """Gives the first way in a condition that nobody can come by: a part of an `any` that can't hold.

    The other ways hide it: the condition holds for somebody, and never for those whom the part is about.
    """
    return next((part for part, alone in _ways(condition) if not can_hold(findings, alone)), None)


def _ways(condition: Condition) -> Iterator[tuple[Condition, Condition]]:
    """Yields each part of every `any`, with the condition in which it is the only part of its `any`."""
    for key, expected in condition.items():
        if key not in ("any", "all"):
            continue
        for place, part in enumerate(expected):
            others = [*expected[:place], *expected[place + 1 :]] if key == "all" else []
            if key == "any":
                yield part, {**condition, key: [part]}
            for inner, alone in _ways(part):
                yield inner, {**condition, key: [alone, *others]}


def implies(findings: Mapping[str, FindingSpec], condition: Condition, others: Iterable[Condition]) -> bool:
    """Tells whether one of the other conditions holds for everybody for whom the first one does."""
    return not _satisfiable(findings, [_Goal(condition, True), *(_Goal(other, False) for other in others)])


def _satisfiable(
    findings: Mapping[str, FindingSpec], goals: Sequence[_Goal], facts: tuple[_Fact, ...] = ()
) -> bool:
    if not goals:
        return True
    first, rest = goals[0], goals[1:]
    return any(
        _agree(findings, (*facts, *branch_facts))
        and _satisfiable(findings, (*branch_goals, *rest), (*facts, *branch_facts))
        for branch_goals, branch_facts in _branches(first)
    )


def _branches(goal: _Goal) -> Iterator[tuple[Sequence[_Goal], Sequence[_Fact]]]:
    """Yields the ways in which a goal can be met, each as further goals and facts."""
    condition, wanted = goal
    if len(condition) > 1:
        parts = [{key: expected} for key, expected in condition.items()]
        ways = _all_or_any([_Goal(part, wanted) for part in parts], wanted)
    else:
        ((key, expected),) = condition.items()
        if key not in COMBINATIONS:
            yield from (((), facts) for facts in _facts(key, expected, wanted))
            return
        ways = _combined(key, expected, wanted)
    yield from ((way, ()) for way in ways)


def _combined(key: str, expected: Any, wanted: bool) -> Iterable[Sequence[_Goal]]:
    """Gives the ways in which a combination of conditions holds, or does not."""
    if key == "at_least":
        parts, count = parts_of(key, expected), expected["count"]
        needed = count if wanted else len(parts) - count + 1
        return combinations([_Goal(part, wanted) for part in parts], needed)
    goals = [_Goal(part, wanted != (key == "none")) for part in expected]
    return _all_or_any(goals, wanted != (key == "any"))


def _all_or_any(goals: Sequence[_Goal], together: bool) -> Iterable[Sequence[_Goal]]:
    return [goals] if together else [[goal] for goal in goals]


def _facts(key: str, expected: Any, wanted: bool) -> Iterator[Sequence[_Fact]]:
    """Yields the facts that a condition on one finding comes to, one sequence for each way to meet it."""
    if not isinstance(expected, Mapping):
        values = expected if isinstance(expected, list) else [expected]
        yield [_Fact(key, tuple(values), wanted)]
    elif wanted:
        yield [_Fact(key, bound, True) for bound in expected.items()]
    else:
        yield from ([_Fact(key, (_OPPOSITES[name], bound), True)] for name, bound in expected.items())
        for finding in BEGAN_FROM if key == BEGAN_AT_AGE else (key,):
            yield [_Fact(finding, (), True)]


def _agree(findings: Mapping[str, FindingSpec], facts: Sequence[_Fact]) -> bool:
    """Tells whether there can be somebody for whom all these facts are so."""
    by_finding: dict[str, list[_Fact]] = {}
    for fact in facts:
        by_finding.setdefault(fact.finding, []).append(fact)
    began = by_finding.pop(BEGAN_AT_AGE, [])
    if began and not _began_agrees(findings, began, by_finding):
        return False
    return all(_one_agrees(findings[finding], about) for finding, about in by_finding.items())


def _one_agrees(spec: FindingSpec, facts: Sequence[_Fact]) -> bool:
    if spec.kind is FindingKind.NUMBER:
        unknown = any(not fact.values for fact in facts)
        return all(not fact.values for fact in facts) if unknown else not _range(spec, facts).is_empty
    refused = {value for fact in facts if not fact.wanted for value in fact.values}
    wanted = [set(fact.values) - refused for fact in facts if fact.wanted]
    if spec.kind is FindingKind.SET:
        together = all(values - EXCLUSIVE_VALUES for values in wanted)
        return together or bool(set.intersection(*wanted) & EXCLUSIVE_VALUES)
    return not wanted or bool(set.intersection(*wanted))


def _range(spec: FindingSpec, facts: Iterable[_Fact]) -> _Range:
    low, high = spec.minimum, spec.maximum
    return _Range(low or 0.0, high or 0.0).within(facts)


def _began_agrees(
    findings: Mapping[str, FindingSpec], began: Sequence[_Fact], others: Mapping[str, Sequence[_Fact]]
) -> bool:
    """Tells whether the pain can have begun at an age within bounds, given those of age and duration."""
    about = {finding: others.get(finding, ()) for finding in BEGAN_FROM}
    if any(not fact.values for facts in about.values() for fact in facts):
        return False
    age, days = (_range(findings[finding], facts) for finding, facts in about.items())
    possible = _Range(
        age.low - days.high / DAYS_IN_A_YEAR,
        age.high - days.low / DAYS_IN_A_YEAR,
        age.without_low or days.without_high,
        age.without_high or days.without_low,
    )
    return not (age.is_empty or days.is_empty or possible.within(began).is_empty)
