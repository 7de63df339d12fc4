"""Loads the clinical content, all checked: what is told, and how people say things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import Field

from backchat.knowledge.checks import first_problem
from backchat.knowledge.drawings import load_drawings
from backchat.knowledge.forbidden import forbidden_texts
from backchat.knowledge.models import (
    Advice,
    Care,
    Country,
    Exercise,
    FindingSpec,
    Forbidden,
    Knowledge,
    Languages,
    Pattern,
    Persons,
    Privacy,
    Question,
    Requests,
    Rule,
    Source,
    Term,
    Topic,
    Urgency,
    WarningSign,
    _Data,
)
from backchat.knowledge.phrase_checks import wrong_phrases
from backchat.knowledge.phrases import FILES as PHRASE_FILES
from backchat.knowledge.phrases import FINDINGS_FILE, Lexicon, Phrases
from backchat.knowledge.reach import out_of_reach
from backchat.knowledge.reading import KNOWLEDGE_FOLDER, Problem, error_in, read_content
from backchat.knowledge.texts import Template, Text

PHRASES_FOLDER = KNOWLEDGE_FOLDER / "phrases"


class _AdviceFile(_Data):
    """What each urgency means for the person, and the signs to get help at once for."""

    urgencies: dict[Urgency, Advice]
    safety_net: tuple[WarningSign, ...] = Field(minItems=1)


class _VersionFile(_Data):
    """The version of the clinical content."""

    version: Text


FILES: Mapping[str, Any] = {
    "advice.yml": _AdviceFile,
    "care.yml": tuple[Care, ...],
    "countries.yml": dict[str, Country],
    "exercises.yml": tuple[Exercise, ...],
    "findings.yml": dict[str, FindingSpec],
    "forbidden.yml": Forbidden,
    "glossary.yml": tuple[Term, ...],
    "languages.yml": Languages,
    "patterns.yml": tuple[Pattern, ...],
    "persons.yml": Persons,
    "privacy.yml": Privacy,
    "questions.yml": tuple[Question, ...],
    "requests.yml": Requests,
    "sources.yml": dict[str, Source],
    "steering.yml": tuple[Question, ...],
    "topics.yml": dict[str, Topic],
    "triage.yml": tuple[Rule, ...],
    "version.yml": _VersionFile,
    "wording.yml": dict[str, Template],
}
"""The files of the clinical content, each with the type of what it holds."""


def load_knowledge(folder: Path = KNOWLEDGE_FOLDER) -> Knowledge:
    """Loads and checks all clinical content; that of the package once for all who want it.

    Args:
        folder: Where the YAML files are, and in `drawings` the pictures of the exercises.

    Returns:
        The content.

    Raises:
        KnowledgeError: Something is missing or wrong; the message names file, line and reason.
    """
    return _load_own_knowledge() if folder == KNOWLEDGE_FOLDER else _load_knowledge(folder)


@cache
def _load_own_knowledge() -> Knowledge:
    return _load_knowledge(KNOWLEDGE_FOLDER)


def _load_knowledge(folder: Path) -> Knowledge:
    read = {name: read_content(folder / name, shape) for name, shape in FILES.items()}
    knowledge = Knowledge(
        version=read["version.yml"].version,
        findings=read["findings.yml"],
        questions=read["questions.yml"],
        steering=read["steering.yml"],
        persons=read["persons.yml"],
        requests=read["requests.yml"],
        rules=tuple(sorted(read["triage.yml"], key=lambda rule: -rule.urgency.rank)),
        patterns=read["patterns.yml"],
        care=read["care.yml"],
        exercises=read["exercises.yml"],
        topics=read["topics.yml"],
        glossary=read["glossary.yml"],
        sources=read["sources.yml"],
        countries=read["countries.yml"],
        languages=read["languages.yml"],
        advice=read["advice.yml"].urgencies,
        safety_net=read["advice.yml"].safety_net,
        wording=read["wording.yml"],
        privacy=read["privacy.yml"],
        forbidden=read["forbidden.yml"],
    )
    problem = first_problem(knowledge, load_drawings(folder / "drawings"))
    problem = problem or next(forbidden_texts(read, knowledge.forbidden), None)
    problem = problem or _out_of_reach(knowledge, folder / PHRASES_FOLDER.name)
    if problem:
        raise error_in(folder / problem.file, problem)
    return knowledge


def _out_of_reach(knowledge: Knowledge, folder: Path) -> Problem | None:
    """Finds what rules and pictures rest on and no question or phrase can tell."""
    lexicons = [read_content(folder / name, FINDINGS_FILE) for name in _lexicons_in(folder)]
    implied, times = (
        read_content(folder / name, PHRASE_FILES[name]) for name in ("implied.yml", "times.yml")
    )
    return next(out_of_reach(knowledge, lexicons, implied, times), None)


def _lexicons_in(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in sorted((folder / "findings").glob("*.yml"))]


def load_phrases(findings: Mapping[str, FindingSpec], folder: Path = PHRASES_FOLDER) -> Phrases:
    """Loads and checks the phrases.

    Args:
        findings: The vocabulary.
        folder: Where the YAML files are; those of `findings/` hold the phrases of the findings, by topic.

    Returns:
        The phrases.

    Raises:
        KnowledgeError: Something is missing or wrong; the message names file, line and reason.
    """
    of_findings = {name: read_content(folder / name, FINDINGS_FILE) for name in _lexicons_in(folder)}
    others = {name: read_content(folder / name, shape) for name, shape in PHRASE_FILES.items()}
    problem = next(wrong_phrases(others | of_findings, findings), None)
    if problem:
        raise error_in(folder / problem.file, problem)
    parts = {name.removesuffix(".yml"): content for name, content in others.items()}
    return Phrases(lexicon=_together(of_findings.values()), **parts)


def _together(lexicons: Iterable[Lexicon]) -> Lexicon:
    together: dict[str, dict[str, tuple[str, ...]]] = {}
    for finding, values in chain.from_iterable(lexicon.items() for lexicon in lexicons):
        known = together.setdefault(finding, {})
        for value, phrases in values.items():
            known[value] = known.get(value, ()) + phrases
    return together
