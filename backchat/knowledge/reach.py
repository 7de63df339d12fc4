"""Finds what rules and pictures rest on and nobody can ever come to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from backchat.knowledge.models import (
    BEGAN_AT_AGE,
    BEGAN_FROM,
    Condition,
    FindingKind,
    FindingSpec,
    Knowledge,
    Question,
    leaves_of,
)
from backchat.knowledge.phrases import NOT_THIS, ONLY_DENIED, Implied, Lexicon, Times
from backchat.knowledge.reading import Problem, Step

Known = dict[str, set[str]]
"""The values that can become known, by finding; those of a number are not told apart."""


def out_of_reach(
    knowledge: Knowledge, lexicons: Iterable[Lexicon], implied: Iterable[Implied], times: Times
) -> Iterator[Problem]:
    """Finds rules and pictures that rest on what no question asks for and no phrase tells of.

    Args:
        knowledge: The content.
        lexicons: The phrases that tell of findings.
        implied: What phrases tell of besides.
        times: The phrases that tell of numbers.

    Yields:
        Each mistake.
    """
    known = _asked(knowledge.questions, knowledge.findings)
    told = chain(_read(lexicons, implied, times), _implied(knowledge.findings))
    for finding, values in told:
        known.setdefault(finding, set()).update(values)
    for rule in knowledge.rules:
        for reason in _unknown(knowledge.findings, known, rule.when):
            yield Problem("triage.yml", (rule.id, "when"), reason)
    for pattern in knowledge.patterns:
        for place, evidence in enumerate(pattern.evidence):
            where: tuple[Step, ...] = (pattern.id, "evidence", place, "when")
            for reason in _unknown(knowledge.findings, known, evidence.when):
                yield Problem("patterns.yml", where, reason)


def _asked(questions: Iterable[Question], findings: Mapping[str, FindingSpec]) -> Known:
    """Gives the values that the answers to questions can make known."""
    known: Known = {}
    for question in questions:
        for finding in question.findings if not question.again else ():
            values = known.setdefault(finding, set())
            if findings[finding].kind in (FindingKind.CHOICE, FindingKind.SET):
                values.update(question.options)
    return known


def _read(
    lexicons: Iterable[Lexicon], implied: Iterable[Implied], times: Times
) -> Iterator[tuple[str, Iterable[str]]]:
    """Yields the values that phrases tell of."""
    for finding, values in chain.from_iterable(lexicon.items() for lexicon in lexicons):
        if told := values.keys() - {ONLY_DENIED, NOT_THIS}:
            yield finding, told
    for entry in implied:
        yield from ((finding, (value,)) for finding, value in entry.adds.items())
    yield from ((measure.finding, ()) for measure in times.measures)


def _implied(findings: Mapping[str, FindingSpec]) -> Iterator[tuple[str, Iterable[str]]]:
    """Yields the values that go without saying where others are told."""
    for spec in findings.values():
        for implications in (spec.implies, *spec.values_imply.values()):
            yield from ((finding, (value,)) for finding, value in implications.items())


def _unknown(findings: Mapping[str, FindingSpec], known: Known, condition: Condition) -> Iterator[str]:
    for leaf in leaves_of(condition):
        for finding in BEGAN_FROM if leaf.key == BEGAN_AT_AGE else (leaf.key,):
            has_values = findings[finding].kind in (FindingKind.CHOICE, FindingKind.SET)
            if finding not in known:
                yield f"no question asks about {finding}, and no phrase tells of it"
            elif has_values and not leaf.excuse and not known[finding].intersection(leaf.values):
                yield f"no question and no phrase tells that {finding} is {' or '.join(leaf.values)}"
