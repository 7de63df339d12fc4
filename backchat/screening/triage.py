"""Which rules fire, and how urgent they make it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backchat.knowledge.models import Rule, Urgency
from backchat.screening.conditions import Values, holds


def fired(rules: Iterable[Rule], values: Values) -> tuple[Rule, ...]:
    """Lists the rules whose condition certainly holds, in the order given: the most urgent first."""
    return tuple(rule for rule in rules if holds(rule.when, values))


def urgency_of(fired_rules: Sequence[Rule]) -> Urgency:
    """Gives the urgency of the most urgent rule, or self-care where none fired."""
    return max(
        (rule.urgency for rule in fired_rules), key=lambda urgency: urgency.rank, default=Urgency.SELF_CARE
    )
