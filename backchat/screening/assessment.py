"""The decision, with everything it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from backchat.knowledge.models import (
    DESIGN_CHOICE,
    Assertion,
    Care,
    Exercise,
    Knowledge,
    Rule,
    Source,
    Stage,
    Urgency,
)
from backchat.screening.conditions import Values, findings_of, witnesses
from backchat.screening.guidance import care_for, exercises_for, safety_net_for, stage_of
from backchat.screening.interview import Asked, next_step
from backchat.screening.patterns import Match, best_match
from backchat.screening.record import Record, values_of
from backchat.screening.triage import fired, urgency_of

MOST_CITED = 3
"""So many sources are named for a question."""


class IncompleteScreeningError(Exception):
    """A result was asked for while something that it needs is missing; the message names the question."""


@dataclass(frozen=True)
class Assessment:
    """The result of a screening.

    Attributes:
        rules: Every rule that fired, the deciding one first.
        red_flags: The findings behind the rules of `consultation_24` and above, each with its rule.
        safety_net: The signs to get help at once for.
    """

    urgency: Urgency
    rules: tuple[Rule, ...]
    red_flags: tuple[tuple[str, Rule], ...]
    match: Match
    stage: Stage
    care: tuple[Care, ...]
    exercises: tuple[Exercise, ...]
    safety_net: tuple[str, ...]
    record: Record
    knowledge: Knowledge

    @property
    def unsure(self) -> tuple[str, ...]:
        """The findings that the person is not sure of."""
        return tuple(f for f, known in self.record.items() if known.value == Assertion.UNSURE.value)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source that the result rests on, each once."""
        return cited(self.knowledge, (*self.rules, self.match.pattern, *self.care, *self.exercises))

    def as_dict(self) -> dict[str, Any]:
        """Gives the `assessment` of the contract."""
        values = values_of(self.record, self.knowledge.findings)
        return {
            "urgency": self.urgency.value,
            "rules": [rule.id for rule in self.rules],
            "red_flags": [
                {"finding": finding, "condition": rule.condition, "said": self.record[finding].said}
                for finding, rule in self.red_flags
            ],
            "pattern": {
                "id": self.match.pattern.id,
                "strength": self.match.strength,
                "for": list(self.match.supporting),
                "against": list(self.match.opposing),
            },
            "stage": self.stage,
            "region": listed(values, "region"),
            "contributors": listed(values, "lifestyle"),
            "care": [
                {"id": care.id, "title": care.title, "text": care.text, "source": care.sources[0]}
                for care in self.care
            ],
            "exercises": [exercise.id for exercise in self.exercises],
            "seek_help_if": list(self.safety_net),
            "findings": {finding: known.as_told() for finding, known in self.record.items()},
            "unsure": list(self.unsure),
            "sources": [source.dict() for source in self.sources],
            "knowledge_version": self.knowledge.version,
        }


def assess(knowledge: Knowledge, record: Record, asked: Asked, unconfirmed: Sequence[str] = ()) -> Assessment:
    """Decides how urgent it is, which pattern fits best and what helps.

    Args:
        knowledge: The clinical content.
        record: Everything known.
        asked: The questions put so far.
        unconfirmed: The findings that the person may have told and that nobody has asked them about.

    Returns:
        The assessment.

    Raises:
        IncompleteScreeningError: A question that matters is still open and no emergency is known.
    """
    values = values_of(record, knowledge.findings)
    step = next_step(knowledge, values, asked, unconfirmed)
    if step is not None:
        raise IncompleteScreeningError(step.question.id)
    rules = fired(knowledge.rules, values)
    urgency = urgency_of(rules)
    match = best_match(knowledge.patterns, rules, values)
    return Assessment(
        urgency=urgency,
        rules=rules,
        red_flags=_red_flags(rules, values),
        match=match,
        stage=stage_of(values),
        care=care_for(knowledge, urgency, match.pattern.id, values),
        exercises=exercises_for(knowledge, urgency, match.pattern.id, values),
        safety_net=safety_net_for(knowledge, values),
        record=record,
        knowledge=knowledge,
    )


def _red_flags(rules: Iterable[Rule], values: Values) -> tuple[tuple[str, Rule], ...]:
    """Pairs each finding behind an urgent rule with the most urgent rule that it made fire."""
    flags: dict[str, Rule] = {}
    for rule in rules:
        if rule.urgency.rank >= Urgency.CONSULTATION_24.rank:
            for finding in witnesses(rule.when, values):
                flags.setdefault(finding, rule)
    return tuple(flags.items())


def cited(knowledge: Knowledge, entries: Iterable[Any]) -> tuple[Source, ...]:
    """Gives every source of some rules, patterns, care or exercises, each once."""
    ids = dict.fromkeys(source for entry in entries for source in entry.sources)
    return tuple(knowledge.sources[source] for source in ids)


def sources_behind(knowledge: Knowledge, findings: Iterable[str]) -> tuple[Source, ...]:
    """Gives the sources for asking about some findings: of the most urgent rules that rest on one of them.

    Args:
        knowledge: The clinical content.
        findings: What is asked about.
    """
    asked = set(findings)
    resting = [rule for rule in knowledge.rules if asked & set(findings_of(rule.when))]
    most = max((rule.urgency.rank for rule in resting), default=0)
    behind = cited(knowledge, (rule for rule in resting if rule.urgency.rank == most))
    return tuple(source for source in behind if source.id != DESIGN_CHOICE)[:MOST_CITED]


def listed(values: Values, finding: str) -> list[str]:
    """Lists the values of a set, or the one value of a choice; none where it is not known."""
    value = values.get(finding, ())
    return list(value) if isinstance(value, tuple) else [str(value)]
