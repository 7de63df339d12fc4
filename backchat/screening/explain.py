"""Why a decision is what it is and not another, and what would change it.

Nothing here is a second opinion: whatever is said of other findings comes from deciding again with them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from backchat.knowledge.models import (
    BEGAN_AT_AGE,
    BEGAN_FROM,
    DAYS_IN_A_YEAR,
    EXCLUSIVE_VALUES,
    FALLBACK_PATTERN,
    Evidence,
    FindingKind,
    FindingSpec,
    FindingValue,
    Knowledge,
    Question,
    Rule,
    Source,
    Urgency,
    leaves_of,
)
from backchat.screening.assessment import cited, listed
from backchat.screening.conditions import Values, findings_of, holds, witnesses
from backchat.screening.interview import Asked, open_questions, shown
from backchat.screening.patterns import Match, all_matches, best_match
from backchat.screening.record import Record, values_of
from backchat.screening.triage import fired, urgency_of


@dataclass(frozen=True)
class Reason:
    """A rule that holds.

    Attributes:
        findings: What makes it hold.
    """

    rule: Rule
    findings: tuple[str, ...]


@dataclass(frozen=True)
class NearMiss:
    """A rule that does not hold, although a part of it does.

    Attributes:
        there: The findings that are as the rule has it.
        lacking: Those that are not, or are not known; it may need only some of them.
        excuses: Those that hold it back.
    """

    rule: Rule
    there: tuple[str, ...]
    lacking: tuple[str, ...]
    excuses: tuple[str, ...]


@dataclass(frozen=True)
class WhyNot:
    """Why none of some rules holds.

    Attributes:
        near: Those of which a part holds, the ones that lack least first.
        ruled_out: The findings in all of them that are known and speak for none.
        unknown: The findings in them that nobody knows of.
    """

    near: tuple[NearMiss, ...]
    ruled_out: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """Another value of one finding that changes how urgent it is.

    Attributes:
        value: The value that it would have to have; of a number the nearest one.
        urgency: How urgent it would be.
        rules: The rules that would decide; none for self-care.
    """

    finding: str
    value: FindingValue
    urgency: Urgency
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Weighed:
    """A piece of evidence that holds, with the findings behind it."""

    evidence: Evidence
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """A decision with all that it rests on.

    Attributes:
        reasons: Every rule that holds, the deciding ones first.
        otherwise: How urgent it would be without the rules that decide.
        higher: The next higher urgency, and why it is not that; None for the highest.
        changes: Each other value of one single finding by which the urgency would be another.
        evidence: What speaks for and against the pattern.
        rivals: The other patterns that it fits at least somewhat, the best first.
        contributors: The habits that can add to it.
        sources: What the rules that hold and the pattern rest on.
        due: The questions that would still be put as things stand; without any, the decision is final.
        later: The questions that the answers to those could call for.
    """

    urgency: Urgency
    reasons: tuple[Reason, ...]
    otherwise: Urgency
    higher: tuple[Urgency, WhyNot] | None
    changes: tuple[Change, ...]
    match: Match
    evidence: tuple[Weighed, ...]
    rivals: tuple[Match, ...]
    contributors: tuple[str, ...]
    sources: tuple[Source, ...]
    due: tuple[Question, ...]
    later: tuple[Question, ...]

    @property
    def deciding(self) -> tuple[Reason, ...]:
        """The rules that make it as urgent as it is; none for self-care."""
        return tuple(reason for reason in self.reasons if reason.rule.urgency is self.urgency)


def explain(knowledge: Knowledge, record: Record, asked: Asked | None = None) -> Explanation:
    """Explains the decision on what is known, be the screening complete or not.

    Args:
        knowledge: The clinical content.
        record: Everything known.
        asked: The questions put so far, where that is known.

    Returns:
        The explanation.
    """
    values = values_of(record, knowledge.findings)
    rules = fired(knowledge.rules, values)
    urgency = urgency_of(rules)
    match = best_match(knowledge.patterns, rules, values)
    due, later = open_questions(knowledge, values, asked or {})
    return Explanation(
        urgency=urgency,
        reasons=tuple(Reason(rule, tuple(witnesses(rule.when, values))) for rule in rules),
        otherwise=urgency_of([rule for rule in rules if rule.urgency is not urgency]),
        higher=_higher(knowledge, values, urgency),
        changes=tuple(changes(knowledge, values)),
        match=match,
        evidence=tuple(
            Weighed(evidence, tuple(witnesses(evidence.when, values)))
            for evidence in match.pattern.evidence
            if holds(evidence.when, values, askable=())
        ),
        rivals=_rivals(knowledge, rules, values, match),
        contributors=tuple(listed(values, "lifestyle")),
        sources=cited(knowledge, (*rules, match.pattern)),
        due=tuple(due),
        later=tuple(later),
    )


def _higher(knowledge: Knowledge, values: Values, urgency: Urgency) -> tuple[Urgency, WhyNot] | None:
    for higher in Urgency:
        if higher.rank == urgency.rank + 1:
            return higher, why_not([rule for rule in knowledge.rules if rule.urgency is higher], values)
    return None


def _rivals(knowledge: Knowledge, rules: Sequence[Rule], values: Values, best: Match) -> tuple[Match, ...]:
    fitting = [
        match
        for match in all_matches(knowledge.patterns, rules, values)
        if match.strength != "unclear" and match.pattern.id not in (best.pattern.id, FALLBACK_PATTERN)
    ]
    return tuple(sorted(fitting, key=lambda match: (match.strength != "likely", -match.score)))


def why_not(rules: Iterable[Rule], values: Values) -> WhyNot:
    """Says why none of some rules holds, such as those of an emergency.

    Args:
        rules: Rules, of which those that hold are passed over.
        values: What is known.

    Returns:
        What is lacking, what is ruled out and what nobody knows.
    """
    failing = [rule for rule in rules if not holds(rule.when, values, askable=())]
    near = [miss for miss in (_near_miss(rule, values) for rule in failing) if miss.there]
    looked_at = dict.fromkeys(finding for rule in failing for finding in findings_of(rule.when))
    there = {finding for miss in near for finding in (*miss.there, *miss.excuses)}
    return WhyNot(
        near=tuple(sorted(near, key=lambda miss: len(miss.lacking))),
        ruled_out=tuple(finding for finding in looked_at if finding in values and finding not in there),
        unknown=tuple(finding for finding in looked_at if finding not in values),
    )


def _near_miss(rule: Rule, values: Values) -> NearMiss:
    there: list[str] = []
    lacking: list[str] = []
    excuses: list[str] = []
    for leaf in leaves_of(rule.when):
        found = witnesses({leaf.key: leaf.expected}, values)
        if leaf.excuse:
            excuses += found
        elif found:
            there += found
        else:
            lacking += findings_of({leaf.key: leaf.expected})
    missing = [finding for finding in dict.fromkeys(lacking) if finding not in there]
    return NearMiss(rule, tuple(dict.fromkeys(there)), tuple(missing), tuple(dict.fromkeys(excuses)))


def changes(knowledge: Knowledge, values: Values) -> Iterator[Change]:
    """Finds by deciding again which single findings would make it more or less urgent.

    Args:
        knowledge: The clinical content.
        values: What is known.

    Yields:
        The changes, in the order of the vocabulary. Of the numbers that come to the same, only the nearest to
        what is known is among them; a finding that can't be so for this person is left out.
    """
    now = urgency_of(fired(knowledge.rules, values))
    for finding, spec in knowledge.findings.items():
        if finding not in values and not _can_be_so(knowledge, finding, values):
            continue
        seen: set[tuple[FindingValue, Urgency]] = set()
        for value in _other_values(knowledge, finding, spec, values):
            rules = fired(knowledge.rules, {**values, finding: value})
            urgency = urgency_of(rules)
            deciding = tuple(rule for rule in rules if rule.urgency is urgency)
            same = _new(value, values.get(finding)), urgency
            if spec.kind is FindingKind.NUMBER:
                same = tuple(rule.id for rule in deciding), urgency
            if urgency is not now and same not in seen:
                seen.add(same)
                yield Change(finding, value, urgency, deciding)


def _can_be_so(knowledge: Knowledge, finding: str, values: Values) -> bool:
    """Tells whether some question would ask this person about a finding, or none asks anybody."""
    asking = [question for question in knowledge.questions if finding in question.findings]
    return not asking or any(finding in shown(question, values) for question in asking if not question.again)


def _new(value: FindingValue, before: FindingValue | None) -> FindingValue:
    """Gives what of a set is not known yet, or any other value as it is."""
    if isinstance(value, tuple) and isinstance(before, tuple):
        return tuple(item for item in value if item not in before)
    return value


def _other_values(
    knowledge: Knowledge, finding: str, spec: FindingSpec, values: Values
) -> Iterable[FindingValue]:
    """Gives the other values that are worth deciding again with."""
    known = values.get(finding)
    if spec.kind is FindingKind.NUMBER:
        numbers = {
            number
            for number in _edges(knowledge.rules, finding, values)
            if (spec.minimum or 0.0) <= number <= (spec.maximum or 0.0)
        }
        nearest = known if isinstance(known, (int, float)) else 0.0
        return sorted(numbers, key=lambda number: (abs(number - nearest), number))
    if spec.kind is FindingKind.SET:
        return _other_sets(spec.values, known if isinstance(known, tuple) else ())
    return [value for value in spec.values if value != known]


def _other_sets(possible: Iterable[str], known: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yields a set with one value more, with one less, and with another in place of all."""
    for value in possible:
        if value in known:
            fewer = tuple(item for item in known if item != value)
            if fewer:
                yield fewer
        else:
            if known and not EXCLUSIVE_VALUES & {value, *known}:
                yield (*known, value)
            yield (value,)


def _edges(rules: Iterable[Rule], finding: str, values: Values) -> Iterator[float]:
    """Yields the numbers on both sides of each bound that a rule sets, those of `began_at_age` included."""
    for leaf in (leaf for rule in rules for leaf in leaves_of(rule.when)):
        for name, bound in leaf.expected.items() if isinstance(leaf.expected, Mapping) else ():
            if leaf.key == finding:
                yield from (bound, bound - 1 if name in ("at_least", "below") else bound + 1)
            elif leaf.key == BEGAN_AT_AGE and finding in BEGAN_FROM:
                yield from _edges_of_age(finding, bound, values)


def _edges_of_age(finding: str, bound: float, values: Values) -> Iterator[float]:
    """Yields the whole ages, or numbers of days, around the one by which the pain began at some age."""
    age, days = (values.get(name) for name in BEGAN_FROM)
    if finding == "age" and isinstance(days, (int, float)):
        edge = bound + days / DAYS_IN_A_YEAR
    elif finding != "age" and isinstance(age, (int, float)):
        edge = (age - bound) * DAYS_IN_A_YEAR
    else:
        return
    yield from (math.ceil(edge) - 1, math.ceil(edge), math.floor(edge) + 1)
