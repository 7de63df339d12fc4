"""Findings, conditions and sources in plain words, for whoever reviews the clinical content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backchat.knowledge.models import (
    BEGAN_AT_AGE,
    COMBINATIONS,
    Assertion,
    Condition,
    FindingKind,
    FindingSpec,
    FindingValue,
    Source,
)

COMPARED = {"at_least": "at least", "at_most": "at most", "above": "above", "below": "below"}
ASSERTED = {
    Assertion.PRESENT: "",
    Assertion.ABSENT: "not there",
    Assertion.UNSURE: "not sure",
    Assertion.LONGSTANDING: "long-standing",
}


def in_words(findings: Mapping[str, FindingSpec], condition: Condition) -> str:
    """Says when a condition holds; a finding in quotes with nothing after it has to be there.

    Args:
        findings: The vocabulary.
        condition: A checked condition.
    """
    return " AND ".join(_part(findings, key, expected) for key, expected in condition.items())


def _part(findings: Mapping[str, FindingSpec], key: str, expected: Any) -> str:
    if key not in COMBINATIONS:
        return _single(findings, key, expected)
    if key == "at_least":
        return f"at least {expected['count']} of ({_listed(findings, expected['of'], '; ')})"
    listed = _listed(findings, expected, " AND " if key == "all" else " OR ")
    if key == "none":
        return f"NOT ({listed})"
    return f"({listed})" if len(expected) > 1 else listed


def _listed(findings: Mapping[str, FindingSpec], conditions: Iterable[Condition], between: str) -> str:
    bracketed = [
        f"({in_words(findings, part)})" if len(part) > 1 else in_words(findings, part) for part in conditions
    ]
    return between.join(bracketed)


def _single(findings: Mapping[str, FindingSpec], key: str, expected: Any) -> str:
    if isinstance(expected, Mapping):
        bounds = " and ".join(f"{COMPARED[name]} {bound:g}" for name, bound in expected.items())
        return f"{_measured(findings, key)}: {bounds}"
    spec = findings[key]
    values = expected if isinstance(expected, list) else [expected]
    if spec.kind is FindingKind.TRI:
        asserted = [value_of(spec, value) for value in values]
        return f"“{spec.words}”" + ("" if asserted == ["there"] else f" ({' or '.join(asserted)})")
    return f"{spec.words}: {' or '.join(f'“{spec.labels[value]}”' for value in values)}"


def _measured(findings: Mapping[str, FindingSpec], key: str) -> str:
    if key == BEGAN_AT_AGE:
        return f"the age at which it began ({findings['age'].unit})"
    return f"{findings[key].words} ({findings[key].unit})"


def name_of(spec: FindingSpec, value: FindingValue) -> str:
    """Names a finding with its value, such as "fever, chills or night sweats (not sure)"."""
    if spec.kind is not FindingKind.TRI:
        return f"{spec.words}: {value_of(spec, value)}"
    asserted = ASSERTED[Assertion(str(value))]
    return f"{spec.words} ({asserted})" if asserted else spec.words


def value_of(spec: FindingSpec, value: FindingValue) -> str:
    """Names a value alone, such as "the buttock, the foot"."""
    if isinstance(value, (int, float)):
        return f"{value:g} ({spec.unit})"
    if spec.kind is FindingKind.TRI:
        return ASSERTED[Assertion(str(value))] or "there"
    return ", ".join(spec.labels[item] for item in (value if isinstance(value, tuple) else (value,)))


def cite(source: Source) -> str:
    """Names a source by its publisher, title and year."""
    return f"{source.publisher}, {source.title} ({source.year})"
