"""What is played: people whose findings are fixed, and how each should be triaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Extra

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec, Knowledge, KnowledgeError
from backchat.knowledge.models import Urgency
from backchat.knowledge.reading import read_content
from backchat.screening.record import unusable

SETS = {
    "development": Path(__file__).with_name("vignettes.yml"),
    "blind": Path(__file__).with_name("blind_vignettes.yml"),
}
"""The vignettes that rules were mended by, and those written apart from rules, patterns and questions."""
OPENING = ("region", "duration_days", "mechanism")
"""What is told at once where a vignette does not say."""


@dataclass(frozen=True)
class Verdict:
    """How somebody is triaged.

    Attributes:
        pattern: Nothing from those who name none, or where a label leaves it open; so with `stage`.
        rules: The rules that fired, the deciding one first.
        questions: How many were asked; nothing from those who ask none.
    """

    urgency: Urgency
    pattern: str | None = None
    stage: str | None = None
    rules: tuple[str, ...] = ()
    questions: int | None = None

    def meets(self, label: Verdict) -> bool:
        """Tells whether all is right that the label does not leave open."""
        return (
            self.urgency is label.urgency
            and label.pattern in (None, self.pattern)
            and label.stage in (None, self.stage)
        )

    def above(self, label: Verdict) -> int:
        """Counts the tiers from a label up to this; below zero where this is less urgent."""
        return self.urgency.rank - label.urgency.rank


@dataclass(frozen=True)
class Vignette:
    """A person.

    Attributes:
        opening: What they write first.
        findings: All that is true of them and not just absent.
        told: What they tell before any question.
        label: How they should be triaged.
    """

    id: str
    opening: str
    findings: Mapping[str, Finding]
    told: tuple[Finding, ...]
    label: Verdict

    def answer(self, asked: Sequence[str], specs: Mapping[str, FindingSpec]) -> tuple[Finding, ...]:
        """Answers a question.

        Args:
            asked: The findings that it is about.
            specs: The vocabulary.

        Returns:
            The value of each; nothing of those that the person does not know.
        """
        absent = {name: _said(name, Assertion.ABSENT.value) for name in asked if _is_yes_no(specs[name])}
        known = {**absent, **self.findings}
        return tuple(known[name] for name in asked if name in known)


class _Entry(BaseModel):
    """A vignette as it stands in the file."""

    class Config:
        """Nothing else stands there."""

        extra = Extra.forbid

    id: str
    opening: str
    findings: dict[str, Any]
    told_at_once: tuple[str, ...] = OPENING
    urgency: Urgency
    pattern: str | None = None
    stage: str | None = None
    trap: str
    why: str


def load_vignettes(knowledge: Knowledge, path: Path) -> tuple[Vignette, ...]:
    """Reads the vignettes.

    Args:
        knowledge: The vocabulary and the patterns that they are labelled with.
        path: The file.

    Returns:
        The vignettes, in the order of the file.

    Raises:
        KnowledgeError: The file does not keep to its form; the message says where and why.
    """
    return tuple(_vignette(entry, knowledge) for entry in read_content(path, list[_Entry]))


def _vignette(entry: _Entry, knowledge: Knowledge) -> Vignette:
    specs = knowledge.findings
    unknown = {*entry.findings, *entry.told_at_once} - specs.keys()
    if unknown:
        raise KnowledgeError(f"{entry.id}: there is no finding {', '.join(sorted(unknown))}")
    if entry.pattern not in {None, *(pattern.id for pattern in knowledge.patterns)}:
        raise KnowledgeError(f"{entry.id}: there is no pattern {entry.pattern}")
    findings = {name: _said(name, _typed(value, specs[name])) for name, value in entry.findings.items()}
    for name, finding in findings.items():
        if unusable(specs, finding):
            raise KnowledgeError(f"{entry.id}: {name} can't be {entry.findings[name]}")
    told = tuple(findings[name] for name in entry.told_at_once if name in findings)
    label = Verdict(entry.urgency, entry.pattern, entry.stage)
    return Vignette(entry.id, entry.opening, findings, told, label)


def _typed(value: Any, spec: FindingSpec) -> Any:
    """Brings a value into the form that its kind of finding has."""
    if spec.kind is FindingKind.SET and isinstance(value, list):
        return tuple(value)
    return float(value) if spec.kind is FindingKind.NUMBER else value


def _said(name: str, value: Any) -> Finding:
    return Finding(name, value, said="", start=0, end=0)


def _is_yes_no(spec: FindingSpec) -> bool:
    return spec.kind is FindingKind.TRI
