"""Which rules fire, and how urgent they make it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backchat.knowledge.models import Rule, Urgency
from backchat.screening.conditions import Values, findings_of, holds


def fired(rules: Iterable[Rule], values: Values) -> tuple[Rule, ...]:
    """Lists the rules whose condition holds, in the order given: the most urgent first.

    What is not known counts as not there. So an unknown sign fires nothing, and an unknown excuse, such as
    having had the same before, holds nothing back.
    """
    return tuple(rule for rule in rules if holds(rule.when, values, askable=()))


def red_flags_of(rules: Iterable[Rule]) -> frozenset[str]:
    """Collects the findings that a rule of urgency within 24 hours or more looks at."""
    urgent = [rule for rule in rules if rule.urgency.rank >= Urgency.CONSULTATION_24.rank]
    return frozenset(finding for rule in urgent for finding in findings_of(rule.when))


def urgency_of(fired_rules: Sequence[Rule]) -> Urgency:
    """Gives the urgency of the most urgent rule, or self-care where none fired."""
    return max(
        (rule.urgency for rule in fired_rules), key=lambda urgency: urgency.rank, default=Urgency.SELF_CARE
    )
