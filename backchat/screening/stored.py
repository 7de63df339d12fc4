"""Findings as files hold them, checked against the vocabulary."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from backchat.knowledge.models import EXCLUSIVE_VALUES, Finding, FindingKind, FindingSpec
from backchat.screening.record import (
    LIFE,
    Known,
    Record,
    contradictions,
    outlasts_life,
    unusable,
    with_implied,
)

FIELDS = {"id": str, "said": str, "turn": int, "start": int, "end": int, "before": list}
"""What a stored finding can hold beside its value, as the contract and `backchat understand` write it."""
BOUNDS = ("low", "high")


class UnusableFindingsError(ValueError):
    """What was given is not findings of the vocabulary; the message names each mistake."""


def read_findings(content: Any, specs: Mapping[str, FindingSpec]) -> Record:
    """Reads stored findings.

    Args:
        content: A mapping of finding ids to values, or to mappings with a `value`, and with `low` and `high`
            where the words gave a range; or a list of such mappings, each with its `id`. They may stand under
            `findings`, as in a stored assessment.
        specs: The vocabulary.

    Returns:
        What is known, with what goes without saying.

    Raises:
        UnusableFindingsError: Something in it is not a finding, is out of range or has the wrong kind.
    """
    entries = _entries(content)
    ids = [finding for finding, _ in entries]
    mistakes = [
        f"{finding}: it stands there twice" for finding in sorted({f for f in ids if ids.count(f) > 1})
    ]
    mistakes += [mistake for finding, entry in entries for mistake in _mistakes(specs, finding, entry)]
    if mistakes:
        raise UnusableFindingsError("; ".join(mistakes))
    record = {finding: _known(entry) for finding, entry in entries}
    mistakes += [
        f"{finding} and {other}: which is right? With {finding} as it is, {other} can't be denied"
        for finding, other in contradictions(record, specs)
    ]
    if outlasts_life(record):
        mistakes.append(f"{' and '.join(LIFE)}: which is right? The pain would be older than the person")
    if mistakes:
        raise UnusableFindingsError("; ".join(mistakes))
    return with_implied(record, specs)


def _entries(content: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Gives the findings of each of the forms as pairs of an id and a mapping."""
    if isinstance(content, Mapping) and "findings" in content:
        content = content["findings"]
    if isinstance(content, list) and all(isinstance(entry, Mapping) and "id" in entry for entry in content):
        return [(str(entry["id"]), entry) for entry in content]
    if not isinstance(content, Mapping):
        raise UnusableFindingsError('neither an object of findings nor a list of objects with an "id"')
    return [
        (str(finding), entry if isinstance(entry, Mapping) else {"value": entry})
        for finding, entry in content.items()
    ]


def _mistakes(specs: Mapping[str, FindingSpec], finding: str, entry: Mapping[str, Any]) -> Iterator[str]:
    """Says what is wrong with a finding."""
    if finding not in specs:
        near = get_close_matches(finding, specs, n=1)
        yield f"unknown finding: {finding}{f' (is {near[0]} meant?)' if near else ''}"
        return
    for name, value in entry.items():
        if name not in FIELDS and name not in ("value", *BOUNDS):
            yield f"{finding}: a finding has no {name}"
        elif not isinstance(value, FIELDS.get(name, object)):
            yield f"{finding}: {name} can't be {value!r}"
    spec = specs[finding]
    if not _fits(finding, spec, entry.get("value")):
        yield f"{finding}: it has to be {_allowed(spec)}, not {entry.get('value')!r}"
    elif not _range_fits(finding, spec, entry):
        yield f"{finding}: low and high have to be numbers around the value, and possible ones"


def _fits(finding: str, spec: FindingSpec, value: Any) -> bool:
    """Tells whether a value is of the right kind and within the vocabulary."""
    if isinstance(value, bool) or isinstance(value, list) is not (spec.kind is FindingKind.SET):
        return False
    value = tuple(value) if isinstance(value, list) else value
    if unusable({finding: spec}, Finding(finding, value, "", 0, 0)):
        return False
    return not isinstance(value, tuple) or len(value) == 1 or not EXCLUSIVE_VALUES.intersection(value)


def _range_fits(finding: str, spec: FindingSpec, entry: Mapping[str, Any]) -> bool:
    bounds = {name: entry[name] for name in BOUNDS if entry.get(name) is not None}
    if not bounds:
        return True
    if spec.kind is not FindingKind.NUMBER or not all(
        _fits(finding, spec, bound) for bound in bounds.values()
    ):
        return False
    return bool(bounds.get("low", -math.inf) <= entry["value"] <= bounds.get("high", math.inf))


def _allowed(spec: FindingSpec) -> str:
    if spec.kind is FindingKind.NUMBER:
        return f"a number from {spec.minimum:g} to {spec.maximum:g} ({spec.unit})"
    alone = [value for value in spec.values if value in EXCLUSIVE_VALUES and spec.kind is FindingKind.SET]
    allowed = ", ".join(value for value in spec.values if value not in alone)
    kind = "a list of some of" if spec.kind is FindingKind.SET else "one of"
    return f"{kind} {allowed}{''.join(f', or only {value}' for value in alone)}"


def _known(entry: Mapping[str, Any]) -> Known:
    value = entry["value"]
    if isinstance(value, (int, float)):
        low, high = (None if entry.get(name) is None else float(entry[name]) for name in BOUNDS)
        return Known(float(value), entry.get("said", ""), entry.get("turn", 0), low, high)
    return Known(
        tuple(value) if isinstance(value, list) else value, entry.get("said", ""), entry.get("turn", 0)
    )
