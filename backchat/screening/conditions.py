"""The meaning of the conditions that the knowledge is written in.

A condition is a mapping; all its keys must hold:

| written | holds when |
|---|---|
| `fever: present` | the finding has that value; a set has it among its values |
| `pregnant: [present, unsure]` | the finding has any of these values |
| `age: {at_least: 65}` | the number compares so (`at_least`, `at_most`, `above`, `below`) |
| `all: [...]`, `any: [...]`, `none: [...]` | all, any, none of the conditions hold |
| `at_least: {count: 2, of: [...]}` | at least that many of them hold |
| `began_at_age: {below: 45}` | the age when this pain began compares so |

A condition about something that is not known yet is neither true nor false: it is None, and everything
built on it follows Kleene's three-valued logic. So the interview can see which unknown findings can still
change a decision. Once it is decided, what is unknown counts as not there: it fires nothing, and in `none` it
holds nothing back.
"""

from __future__ import annotations

import operator
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from backchat.knowledge.models import (
    BEGAN_AT_AGE,
    BEGAN_FROM,
    COMBINATIONS,
    DAYS_IN_A_YEAR,
    Condition,
    FindingValue,
    leaves_of,
    parts_of,
)

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
    # A turn asks this some thousand times: so no generator, and the loop ends where the answer is certain.
    result: bool | None = True
    for key, expected in condition.items():
        part = _part(key, expected, values, askable)
        if part is False:
            return False
        if part is None:
            result = None
    return result


def findings_of(condition: Condition) -> Iterator[str]:
    """Yields every finding that a condition speaks of, in the order of writing, possibly more than once."""
    for leaf in leaves_of(condition):
        yield from _named(leaf.key)


def open_findings(condition: Condition, values: Values, askable: Container[str]) -> Iterator[str]:
    """Yields the unknown findings on which it still hangs whether a condition holds.

    Unlike `findings_of` it leaves out what an answer could not change any more: the parts that are decided.

    Args:
        condition: A checked condition.
        values: What is known.
        askable: The unknown findings that can still become known; the others count as not there.
    """
    undecided = []
    for key, expected in condition.items():
        part = _part(key, expected, values, askable)
        if part is False:
            return
        if part is None:
            undecided.append((key, expected))
    for key, expected in undecided:
        if key in COMBINATIONS:
            for condition_of_part in parts_of(key, expected):
                yield from open_findings(condition_of_part, values, askable)
        else:
            yield from (finding for finding in _named(key) if finding not in values)


def witnesses(condition: Condition, values: Values) -> list[str]:
    """Lists the findings that make a condition true: its parts that hold."""
    found: list[str] = []
    for key, expected in condition.items():
        if key == "none":
            continue
        if key in COMBINATIONS:
            for part in parts_of(key, expected):
                if holds(part, values, askable=()):
                    found.extend(witnesses(part, values))
        elif _part(key, expected, values, askable=()):
            found.extend(_named(key))
    return list(dict.fromkeys(found))


def _named(key: str) -> tuple[str, ...]:
    """Lists the findings that a key which combines nothing looks at."""
    return BEGAN_FROM if key == BEGAN_AT_AGE else (key,)


def _part(key: str, expected: Any, values: Values, askable: Container[str] = EVERYTHING) -> bool | None:
    if key in values:
        return _fits(values[key], expected)
    if key in COMBINATIONS:
        return _combined(key, expected, (holds(part, values, askable) for part in parts_of(key, expected)))
    if key == BEGAN_AT_AGE:
        return _began_so(expected, values, askable)
    return None if key in askable else False


def _began_so(expected: Any, values: Values, askable: Container[str]) -> bool | None:
    """Compares the age at which the pain began."""
    unknown = [finding for finding in BEGAN_FROM if finding not in values]
    if unknown:
        return None if all(finding in askable for finding in unknown) else False
    age, days = (cast(float, values[finding]) for finding in BEGAN_FROM)
    return _fits(age - days / DAYS_IN_A_YEAR, expected)


def _combined(key: str, expected: Any, parts: Iterable[bool | None]) -> bool | None:
    if key == "at_least":
        return _at_least(expected["count"], list(parts))
    if key == "all":
        return _all(parts)
    return _any(parts) if key == "any" else _not(_any(parts))


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
    result: bool | None = False
    for part in parts:
        if part:
            return True
        if part is None:
            result = None
    return result


def _at_least(count: int, parts: Sequence[bool | None]) -> bool | None:
    certain = sum(part is True for part in parts)
    if certain >= count:
        return True
    return None if certain + sum(part is None for part in parts) >= count else False


def _not(part: bool | None) -> bool | None:
    return None if part is None else not part
