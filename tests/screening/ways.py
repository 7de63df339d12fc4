"""The ways in which a condition can come to hold, so that each can be tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from typing import Any

from backchat.knowledge import FindingKind, FindingValue
from backchat.knowledge.models import BEGAN_AT_AGE, Condition
from tests.screening.people import KNOWLEDGE

Way = dict[str, FindingValue]

BEYOND = {"at_least": 0.0, "above": 1.0, "at_most": 0.0, "below": -1.0}
"""How far beside a bound a number lies that just meets it."""


def ways(condition: Condition) -> Iterator[Way]:
    """Yields findings that make a condition hold, one set for each choice that it leaves.

    What stands in `none` has to be false besides.
    """
    return _together([_ways_of(key, expected) for key, expected in condition.items()])


def named(condition: Condition) -> set[str]:
    """Collects the findings that can make a condition hold: not those that can only hold it back."""
    return {finding for way in ways(condition) for finding in way}


def _ways_of(key: str, expected: Any) -> list[Way]:
    if key == "none":
        return [{}]
    if key == "any":
        return [way for part in expected for way in ways(part)]
    if key == "all":
        return _all(expected)
    if key == "at_least":
        return [way for parts in combinations(expected["of"], expected["count"]) for way in _all(parts)]
    if isinstance(expected, dict):
        return [{"age" if key == BEGAN_AT_AGE else key: _number(expected)}]
    is_set = KNOWLEDGE.findings[key].kind is FindingKind.SET
    return [{key: (v,) if is_set else v} for v in (expected if isinstance(expected, list) else [expected])]


def _all(parts: Iterable[Condition]) -> list[Way]:
    return list(_together([list(ways(part)) for part in parts]))


def _together(choices: Sequence[Sequence[Way]]) -> Iterator[Way]:
    for chosen in product(*choices):
        yield {finding: value for way in chosen for finding, value in way.items()}


def _number(bounds: dict[str, float]) -> float:
    name, bound = next(iter(bounds.items()))
    return float(bound + BEYOND[name])
