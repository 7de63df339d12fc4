"""The meaning of the conditions that the knowledge is written in.

A condition is a mapping; all its keys must hold:

| written | holds when |
|---|---|
| `fever: present` | the finding has that value; a set has it among its values |
| `pregnant: [present, unsure]` | the finding has any of these values |
| `age: {at_least: 65}` | the number compares so (`at_least`, `at_most`, `above`, `below`) |
| `all: [...]`, `any: [...]`, `none: [...]` | all, any, none of the conditions hold |
| `at_least: {count: 2, of: [...]}` | at least that many of them hold |

A condition about something that is not known yet is neither true nor false: it is None, and everything
built on it follows Kleene's three-valued logic. So the interview can see which unknown findings can still
change a decision.
"""

from __future__ import annotations

import operator
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from backchat.knowledge.models import Condition, FindingValue

Values = Mapping[str, FindingValue]
"""What is known: the value of each finding by its id."""

_COMPARISONS = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
}


class _Everything:
    def __contains__(self, _: object) -> bool:
        return True


EVERYTHING = _Everything()


def holds(condition: Condition, values: Values, askable: Container[str] = EVERYTHING) -> bool | None:
    """Tells whether a condition holds.

    Args:
        condition: A checked condition.
        values: What is known.
        askable: The unknown findings that can still become known; the others count as not there.

    Returns:
        True or False where that is certain, None where it hangs on something unknown.
    """
    return _all(_part(key, expected, values, askable) for key, expected in condition.items())


def findings_of(condition: Condition) -> Iterator[str]:
    """Yields every finding that a condition speaks of, in the order of writing, possibly more than once."""
    for key, expected in condition.items():
        if key == "at_least":
            parts: Sequence[Condition] = expected["of"]
        elif key in ("all", "any", "none"):
            parts = expected
        else:
            yield key
            continue
        for part in parts:
            yield from findings_of(part)


def witnesses(condition: Condition, values: Values) -> list[str]:
    """Lists the findings that make a condition true: those of its parts that hold."""
    found: list[str] = []
    for key, expected in condition.items():
        if key == "none":
            continue
        if key == "at_least" or key in ("all", "any"):
            parts = expected["of"] if key == "at_least" else expected
            for part in parts:
                if holds(part, values):
                    found.extend(witnesses(part, values))
        elif _part(key, expected, values):
            found.append(key)
    return list(dict.fromkeys(found))


def _part(key: str, expected: Any, values: Values, askable: Container[str] = EVERYTHING) -> bool | None:
    if key == "all":
        return _all(holds(part, values, askable) for part in expected)
    if key == "any":
        return _any(holds(part, values, askable) for part in expected)
    if key == "none":
        return _not(_any(holds(part, values, askable) for part in expected))
    if key == "at_least":
        return _at_least(expected["count"], [holds(part, values, askable) for part in expected["of"]])
    if key not in values:
        return None if key in askable else False
    return _fits(values[key], expected)


def _fits(value: FindingValue, expected: Any) -> bool:
    had = value if isinstance(value, tuple) else (value,)
    if isinstance(expected, str):
        return expected in had
    if isinstance(expected, list):
        return any(item in had for item in expected)
    return all(_COMPARISONS[name](value, bound) for name, bound in expected.items())


def _all(parts: Iterable[bool | None]) -> bool | None:
    result: bool | None = True
    for part in parts:
        if part is False:
            return False
        if part is None:
            result = None
    return result


def _any(parts: Iterable[bool | None]) -> bool | None:
    return _not(_all(_not(part) for part in parts))


def _at_least(count: int, parts: Sequence[bool | None]) -> bool | None:
    certain = sum(part is True for part in parts)
    if certain >= count:
        return True
    return None if certain + sum(part is None for part in parts) >= count else False


def _not(part: bool | None) -> bool | None:
    return None if part is None else not part
