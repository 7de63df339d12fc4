"""What to do, to avoid, to ask for and to practise, fitted to the person."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from backchat.knowledge.models import (
    Advice,
    Assertion,
    Care,
    Condition,
    Exercise,
    Knowledge,
    Rule,
    Stage,
    Urgency,
)
from backchat.screening.conditions import Values, findings_of, holds
from backchat.screening.record import SETTLED, Record, values_of
from backchat.screening.triage import fired, urgency_of

MOST_CARE = 10
"""Where so much is told, what is optional is left out: more nobody follows."""


def stage_of(values: Values) -> Stage:
    """Names how long the pain has lasted: acute below 4 weeks, subacute below 12, chronic from then on."""
    days = values.get("duration_days")
    if not isinstance(days, (int, float)):
        return "unknown"
    if days < 28:  # noqa: PLR2004 (the boundary that the docstring names)
        return "acute"
    return "subacute" if days < 84 else "chronic"  # noqa: PLR2004


def care_for(knowledge: Knowledge, urgency: Urgency, pattern: str, values: Values) -> tuple[Care, ...]:
    """Chooses the care that fits, in the order of the knowledge, which is the order of importance.

    Only what is optional can be left out for want of room.
    """
    chosen: dict[str, Care] = {}
    for care in knowledge.care:
        is_wanted = chosen.keys().isdisjoint(care.instead_of) and fits(care, urgency, pattern)
        if is_wanted and _certainly(care.when, values):
            chosen[care.id] = care
    return as_room_allows(tuple(chosen.values()), MOST_CARE)


def as_room_allows(care: Sequence[Care], most: int) -> tuple[Care, ...]:
    """Leaves out, the last first, what is optional and more than the most."""
    room = max(most - sum(not one.optional for one in care), 0)
    left_out = [one for one in care if one.optional][room:]
    return tuple(one for one in care if one not in left_out)


def fits(care: Care, urgency: Urgency, pattern: str) -> bool:
    """Tells whether care is for an urgency and a picture, whoever has it."""
    return urgency in care.urgencies and (not care.patterns or pattern in care.patterns)


def safety_net_for(knowledge: Knowledge, values: Values) -> tuple[str, ...]:
    """Chooses the signs to get help at once for that concern a person, in the order of the knowledge.

    Those of a squeezed cauda equina are among them for everybody; knowledge where they are not is refused.
    """
    return tuple(sign.text for sign in knowledge.safety_net if _certainly(sign.when, values))


def action_for(advice: Advice, values: Values) -> str:
    """Gives what an urgency asks of a person, in the words that fit them."""
    fitting = (other.action for other in advice.for_some if _certainly(other.when, values))
    return next(fitting, advice.action)


def exercises_for(
    knowledge: Knowledge, urgency: Urgency, pattern: str, values: Values
) -> tuple[Exercise, ...]:
    """Chooses the exercises that fit: none above `consultation`, none that a finding speaks against."""
    if urgency.rank > Urgency.CONSULTATION.rank:
        return ()
    return tuple(
        exercise
        for exercise in knowledge.exercises
        if (not exercise.patterns or pattern in exercise.patterns)
        and _certainly(exercise.when, values)
        and not is_forbidden(exercise, values)
    )


def reasons_to_wait(rules: Sequence[Rule], values: Values, doubted: Collection[str] = ()) -> tuple[Rule, ...]:
    """Lists the rules for which exercises have to wait, as no assessment would give any.

    Args:
        rules: All rules.
        values: What is known.
        doubted: What may be there: it counts as there where nothing that is known is a reason.
    """
    there = {**values, **dict.fromkeys(doubted, Assertion.PRESENT.value)}
    urgent = [rule for rule in rules if rule.urgency.rank > Urgency.CONSULTATION.rank]
    return fired(urgent, values) or fired(urgent, there)


def may_suit(exercise: Exercise, values: Values) -> bool:
    """Tells whether nothing speaks against an exercise so far, and what has to be known for it may be so."""
    is_ruled_out = exercise.when is not None and holds(exercise.when, values) is False
    return not is_ruled_out and not is_forbidden(exercise, values)


def is_forbidden(exercise: Exercise, values: Values) -> bool:
    """Tells whether something known speaks against an exercise.

    What is in doubt or old counts as present: a movement that harms does so there too.
    """
    there = (Assertion.UNSURE.value, Assertion.LONGSTANDING.value)
    at_worst = {
        finding: Assertion.PRESENT.value if value in there else value for finding, value in values.items()
    }
    return exercise.unless is not None and bool(holds(exercise.unless, at_worst, askable=()))


def _certainly(condition: Condition | None, values: Values) -> bool:
    """Tells whether a condition holds when everything that was not said counts as not there."""
    return condition is None or bool(holds(condition, values, askable=()))


def worth_an_ambulance(knowledge: Knowledge, told: Sequence[str], record: Record) -> tuple[str, ...]:
    """Lists what an ambulance is called for in an emergency, without what is already there.

    Args:
        knowledge: The clinical content.
        told: The lines of its safety net that fit.
        record: Everything known.
    """
    values = values_of(record, knowledge.findings)
    there = {finding for finding, known in record.items() if known.value in SETTLED}
    called = fired(knowledge.rules, values)
    before = {f: v for f, v in values.items() if f not in _of_ambulance(called) & there}
    lines = (line for line in knowledge.safety_net if line.text in told and there.isdisjoint(line.signs))
    return tuple(line.text for line in lines if any(_calls(knowledge, before, sign) for sign in line.signs))


def _of_ambulance(rules: Sequence[Rule]) -> set[str]:
    """The findings for which an ambulance is called already."""
    calling = (rule for rule in rules if rule.urgency is Urgency.EMERGENCY_AMBULANCE)
    return {finding for rule in calling for finding in findings_of(rule.when)}


def _calls(knowledge: Knowledge, values: Values, sign: str) -> bool:
    """Whether an ambulance is called once a sign comes to what is there."""
    rules = fired(knowledge.rules, {**values, sign: Assertion.PRESENT.value})
    return urgency_of(rules) is Urgency.EMERGENCY_AMBULANCE
