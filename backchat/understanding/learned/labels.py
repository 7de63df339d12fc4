"""Messages with what a careful reader would write down after reading them.

`tests/understanding/LABELLING.md` says how they are labelled.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Extra

from backchat.knowledge import Finding, FindingKind, FindingSpec, KnowledgeError
from backchat.knowledge.reading import read_content

DAY_OF_WRITING = datetime.date(2026, 10, 14)
"""All labelled messages were written on this day."""
DURATION = "duration_days"
A_MONTH = 30
DURATION_SLACK = 0.1

INTENT = "intent"
"""May stand under `maybe` beside the ids of findings."""

Range = tuple[float, float | None]
Label = str | frozenset[str] | Range
"""A yes-or-no finding or a choice (str), a set, or a number as its lowest and highest value."""


class Entry(BaseModel):
    """A labelled message as it stands in a file."""

    class Config:
        """Nothing else stands there."""

        extra = Extra.forbid

    text: str
    intent: str | None = None
    findings: dict[str, Any] = {}
    maybe: tuple[str, ...] = ()


class ReplyEntry(Entry):
    """A labelled reply as it stands in a file."""

    asked: tuple[str, ...]
    answered: bool


@dataclass(frozen=True)
class Message:
    """A message with what a careful reader would write down.

    Attributes:
        findings: All that it says, by finding.
        maybe: Findings that count neither for nor against.
        intent: The intent, where it is labelled and beyond doubt.
    """

    text: str
    findings: Mapping[str, Label]
    maybe: frozenset[str]
    intent: str | None


@dataclass(frozen=True)
class Reply(Message):
    """A reply to a question.

    Attributes:
        asked: The findings that the question is about.
        answered: Whether it settles at least part of what was asked.
    """

    asked: tuple[str, ...]
    answered: bool


def load_messages(path: Path, specs: Mapping[str, FindingSpec]) -> list[Message]:
    """Reads a file of labelled messages.

    Args:
        path: The file.
        specs: The vocabulary that they are labelled with.

    Returns:
        The messages.

    Raises:
        KnowledgeError: The file does not keep to the guide; the reason names the entry and quotes no message.
    """
    return [
        Message(entry.text, *labels_of(entry, specs, f"{path.name}, entry {number}"))
        for number, entry in enumerate(read_content(path, list[Entry]), start=1)
    ]


def load_replies(path: Path, specs: Mapping[str, FindingSpec]) -> list[Reply]:
    """Reads a file of labelled replies.

    Args:
        path: The file.
        specs: The vocabulary that they are labelled with.

    Returns:
        The replies.

    Raises:
        KnowledgeError: The file does not keep to the guide; the reason names the entry and quotes no reply.
    """
    replies = []
    for number, entry in enumerate(read_content(path, list[ReplyEntry]), start=1):
        where = f"{path.name}, entry {number}"
        if not entry.asked or not specs.keys() >= set(entry.asked):
            raise KnowledgeError(f"{where}: it has to be a reply about findings")
        labels = labels_of(entry, specs, where)
        replies.append(Reply(entry.text, *labels, asked=entry.asked, answered=entry.answered))
    return replies


def labels_of(
    entry: Entry, specs: Mapping[str, FindingSpec], where: str
) -> tuple[dict[str, Label], frozenset[str], str | None]:
    """Checks what stands beside a text.

    Args:
        entry: The text with its labels.
        specs: The vocabulary.
        where: How the entry is named where something is wrong.

    Returns:
        The labels, what is in doubt, and the intent if it is beyond doubt.

    Raises:
        KnowledgeError: There is no such finding or value.
    """
    unknown = {*entry.findings, *entry.maybe} - {*specs, INTENT}
    if unknown:
        raise KnowledgeError(f"{where}: there is no finding {', '.join(sorted(unknown))}")
    labels = {name: _label(value, name, specs[name], where) for name, value in entry.findings.items()}
    return labels, frozenset(entry.maybe), None if INTENT in entry.maybe else entry.intent


def _label(value: Any, finding: str, spec: FindingSpec, where: str) -> Label:
    """Brings a label into the form that its kind of finding has."""
    if spec.kind is FindingKind.NUMBER:
        low, high = value if isinstance(value, list) else (value, value)
        return (float(low or 0), None if high is None else float(high))
    values = value if isinstance(value, list) else [value]
    if isinstance(value, list) != (spec.kind is FindingKind.SET) or not set(values) <= set(spec.values):
        raise KnowledgeError(f"{where}: {finding} can't be {value}")
    return frozenset(values) if spec.kind is FindingKind.SET else str(value)


def meets(label: Label, number: Finding) -> bool:
    """Whether a number is the labelled one: of durations within a day, or within a tenth above a month."""
    if not isinstance(label, tuple) or not isinstance(number.value, float):
        return False
    days = number.value
    slack = 0.0
    if number.id == DURATION:
        slack = 1.0 if days <= A_MONTH else DURATION_SLACK * days
    low, high = label
    return low - slack <= days <= (math.inf if high is None else high + slack)
