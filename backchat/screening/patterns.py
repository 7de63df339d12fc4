"""Which picture the pain fits best: evidence for and against, weighed. Never a diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backchat.knowledge.models import FALLBACK_PATTERN, Pattern, Rule, Urgency
from backchat.screening.conditions import Values, holds, witnesses


@dataclass(frozen=True)
class Match:
    """How well the pain fits a pattern.

    Attributes:
        strength: `likely`, `possible` or `unclear`.
        supporting: The findings that speak for it.
        opposing: The findings that speak against it.
    """

    pattern: Pattern
    strength: str
    score: int
    supporting: tuple[str, ...]
    opposing: tuple[str, ...]


def best_match(patterns: Sequence[Pattern], rules: Sequence[Rule], values: Values) -> Match:
    """Finds the pattern that the findings fit best: see `best_of`.

    Args:
        patterns: All patterns; the earlier wins a draw.
        rules: The rules that fired, the deciding one first.
        values: What is known.

    Returns:
        The best match.
    """
    return best_of(all_matches(patterns, rules, values), rules, values)


def best_of(matches: Sequence[Match], rules: Sequence[Rule], values: Values) -> Match:
    """Finds the best match.

    A pattern that a rule names is the picture to tell, that of the deciding rule first. Where an urgent rule
    decides that no pattern names, it is one for which the findings of that rule speak. Otherwise the most
    weight wins, and where nothing reaches "possible" the pain is non-specific.

    Args:
        matches: Those of all patterns; the earlier wins a draw.
        rules: The rules that fired, the deciding one first.
        values: What is known.

    Returns:
        The best match.
    """
    fitting = [
        match for match in matches if match.strength != "unclear" and match.pattern.id != FALLBACK_PATTERN
    ]
    for rule in rules:
        named = [match for match in matches if rule.id in match.pattern.rules]
        if not named and rule.urgency.rank >= Urgency.CONSULTATION_24.rank:
            behind = set(witnesses(rule.when, values))
            named = [match for match in fitting if behind.intersection(match.supporting)]
        if named:
            return max(named, key=_weight)
    if fitting:
        return max(fitting, key=_weight)
    return next(match for match in matches if match.pattern.id == FALLBACK_PATTERN)


def all_matches(patterns: Iterable[Pattern], rules: Sequence[Rule], values: Values) -> list[Match]:
    """Weighs each pattern, in the order given."""
    return [_match(pattern, rules, values) for pattern in patterns]


def _weight(match: Match) -> tuple[bool, int]:
    return match.strength == "likely", match.score


def _match(pattern: Pattern, rules: Iterable[Rule], values: Values) -> Match:
    holding = [evidence for evidence in pattern.evidence if holds(evidence.when, values, askable=())]
    score = sum(evidence.weight for evidence in holding)
    by_rule = [rule for rule in rules if rule.id in pattern.rules]
    if by_rule or score >= pattern.likely > 0:
        strength = "likely"
    elif score >= pattern.possible > 0:
        strength = "possible"
    else:
        strength = "unclear"
    supporting = [f for rule in by_rule for f in witnesses(rule.when, values)]
    supporting += [f for e in holding if e.weight > 0 for f in witnesses(e.when, values)]
    opposing = [f for e in holding if e.weight < 0 for f in witnesses(e.when, values)]
    return Match(pattern, strength, score, tuple(dict.fromkeys(supporting)), tuple(dict.fromkeys(opposing)))
