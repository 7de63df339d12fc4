"""What to do, to avoid, to ask for and to practise, fitted to the person."""

from __future__ import annotations

from backchat.knowledge.models import Assertion, Care, Condition, Exercise, Knowledge, Urgency
from backchat.screening.conditions import Values, holds

MOST_CARE = 10
"""More than this nobody follows."""


def stage_of(values: Values) -> str:
    """Names how long the pain has lasted: acute below 4 weeks, subacute below 12, chronic from then on."""
    days = values.get("duration_days")
    if not isinstance(days, (int, float)):
        return "unknown"
    if days < 28:  # noqa: PLR2004 (the boundary that the docstring names)
        return "acute"
    return "subacute" if days < 84 else "chronic"  # noqa: PLR2004


def care_for(knowledge: Knowledge, urgency: Urgency, pattern: str, values: Values) -> tuple[Care, ...]:
    """Chooses the care that fits, in the order of the knowledge, which is the order of importance."""
    return tuple(
        care
        for care in knowledge.care
        if urgency in care.urgencies
        and (not care.patterns or pattern in care.patterns)
        and _certainly(care.when, values)
    )[:MOST_CARE]


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
