"""Reads the clinical content, checks it, and says file, line and reason where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError, parse_obj_as

from backchat.knowledge.models import (
    BEGAN_AT_AGE,
    Advice,
    Assertion,
    Care,
    Country,
    Exercise,
    FindingKind,
    FindingSpec,
    Knowledge,
    Language,
    Languages,
    Pattern,
    Persons,
    Question,
    Requests,
    Rule,
    Source,
    Topic,
    Urgency,
)

KNOWLEDGE_FOLDER = Path(__file__).parent

RANGE = re.compile(r"\d+ to \d+")
"""How the options of a number are written."""

T = TypeVar("T")
Step = str | int


class KnowledgeError(Exception):
    """The clinical content can't be used; the message names file, line and reason."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """YAML 1.2 booleans: `yes`, `no`, `on` and `off` are words, as a clinician expects them to be."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool") or first in "tTfF"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def read_content(path: Path, shape: Any) -> Any:
    """Reads one YAML file and checks it against a type.

    Args:
        path: The file.
        shape: A type that pydantic can check, such as `dict[str, Source]`.

    Returns:
        The content as `shape`.

    Raises:
        KnowledgeError: The file is missing, is not YAML, or does not have the shape.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 (a subclass of the safe loader)
        return parse_obj_as(shape, content)
    except OSError as error:
        raise KnowledgeError(f"{path.name}: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise KnowledgeError(f"{path.name}:{line}: {error.problem}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = tuple(step for step in first["loc"] if step != "__root__")
        raise KnowledgeError(f"{path.name}:{_line(text, where)}: {_spell(where)}: {first['msg']}") from error


def _spell(where: tuple[Step, ...]) -> str:
    return ".".join(str(step) for step in where) or "content"


def _line(text: str, where: tuple[Step, ...]) -> int:
    """Finds the line of a place in a YAML text, or of the nearest place above it that exists."""
    node = yaml.compose(text, Loader=_Loader)
    for step in where:
        if isinstance(node, yaml.MappingNode):
            below = {key.value: value for key, value in node.value}.get(str(step))
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            below = node.value[step]
        else:
            below = None
        if below is None:
            break
        node = below
    return int(node.start_mark.line) + 1 if node else 1


class _AdviceFile(BaseModel):
    urgencies: dict[Urgency, Advice]
    safety_net: tuple[str, ...]


def load_knowledge(folder: Path = KNOWLEDGE_FOLDER) -> Knowledge:
    """Loads and checks all clinical content.

    Args:
        folder: Where the YAML files are.

    Returns:
        The content.

    Raises:
        KnowledgeError: Something is missing or wrong; the message names file, line and reason.
    """
    advice = read_content(folder / "advice.yml", _AdviceFile)
    rules = read_content(folder / "triage.yml", tuple[Rule, ...])
    knowledge = Knowledge(
        version=read_content(folder / "version.yml", dict[str, str])["version"],
        findings=read_content(folder / "findings.yml", dict[str, FindingSpec]),
        questions=read_content(folder / "questions.yml", tuple[Question, ...]),
        steering=read_content(folder / "steering.yml", tuple[Question, ...]),
        persons=read_content(folder / "persons.yml", Persons),
        requests=read_content(folder / "requests.yml", Requests),
        rules=tuple(sorted(rules, key=lambda rule: -rule.urgency.rank)),
        patterns=read_content(folder / "patterns.yml", tuple[Pattern, ...]),
        care=read_content(folder / "care.yml", tuple[Care, ...]),
        exercises=read_content(folder / "exercises.yml", tuple[Exercise, ...]),
        topics=read_content(folder / "topics.yml", dict[str, Topic]),
        sources=read_content(folder / "sources.yml", dict[str, Source]),
        countries=read_content(folder / "countries.yml", dict[str, Country]),
        languages=read_content(folder / "languages.yml", Languages),
        advice=advice.urgencies,
        safety_net=advice.safety_net,
        wording=read_content(folder / "wording.yml", dict[str, str]),
    )
    _check_references(knowledge, folder)
    return knowledge


def _place(path: Path, entry_id: str) -> str:
    """Names where an entry stands, as `file:line: id`."""
    starts = (f"- id: {entry_id}", f"{entry_id}:")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.rstrip() == starts[0] or line.startswith(starts[1]):
            return f"{path.name}:{number}: {entry_id}"
    return f"{path.name}: {entry_id}"


def _check_references(knowledge: Knowledge, folder: Path) -> None:
    """Checks that whatever one file names exists in the other."""
    for name, entries in _entries(knowledge).items():
        for entry_id, entry in entries.items():
            place = _place(folder / name, entry_id)
            _check_sources(knowledge, place, getattr(entry, "sources", ()))
            for field in ("when", "unless"):
                condition = getattr(entry, field, None)
                if condition is not None:
                    check_condition(knowledge.findings, condition, place)
    for finding_id, spec in knowledge.findings.items():
        if spec.implies and spec.implies not in knowledge.findings:
            place = _place(folder / "findings.yml", finding_id)
            raise KnowledgeError(f"{place}: findings.yml has no {spec.implies}")
    for question in knowledge.questions:
        _check_question(knowledge, question, _place(folder / "questions.yml", question.id))
    for pattern in knowledge.patterns:
        for evidence in pattern.evidence:
            check_condition(knowledge.findings, evidence.when, _place(folder / "patterns.yml", pattern.id))
    _check_languages(knowledge, folder / "languages.yml")
    missing = set(Urgency) - set(knowledge.advice)
    if missing:
        raise KnowledgeError(f"advice.yml: nothing for {sorted(urgency.value for urgency in missing)}")


def _entries(knowledge: Knowledge) -> dict[str, Mapping[str, Any]]:
    def by_id(name: str, entries: tuple[Any, ...]) -> dict[str, Any]:
        found = {entry.id: entry for entry in entries}
        if len(found) < len(entries):
            ids = [entry.id for entry in entries]
            twice = sorted({entry_id for entry_id in ids if ids.count(entry_id) > 1})
            raise KnowledgeError(f"{name}: {', '.join(twice)} stands there twice")
        return found

    return {
        "questions.yml": by_id("questions.yml", knowledge.questions),
        "triage.yml": by_id("triage.yml", knowledge.rules),
        "patterns.yml": by_id("patterns.yml", knowledge.patterns),
        "care.yml": by_id("care.yml", knowledge.care),
        "exercises.yml": by_id("exercises.yml", knowledge.exercises),
        "topics.yml": knowledge.topics,
    }


def _check_sources(knowledge: Knowledge, place: str, sources: tuple[str, ...]) -> None:
    unknown = set(sources) - set(knowledge.sources)
    if unknown:
        raise KnowledgeError(f"{place}: sources.yml has no {', '.join(sorted(unknown))}")


def _check_question(knowledge: Knowledge, question: Question, place: str) -> None:
    unknown = set(question.findings) - set(knowledge.findings)
    if unknown:
        raise KnowledgeError(f"{place}: findings.yml has no {', '.join(sorted(unknown))}")
    if question.confirms:
        allowed = {assertion.value for assertion in Assertion}
    elif question.options and knowledge.findings[question.findings[0]].kind is FindingKind.NUMBER:
        allowed = {option for option in question.options if RANGE.fullmatch(option)}
    elif question.options and len(question.findings) == 1:
        allowed = set(knowledge.findings[question.findings[0]].values)
    else:
        allowed = set(question.findings)
    if set(question.options) - allowed:
        raise KnowledgeError(f"{place}: options for {sorted(set(question.options) - allowed)}")
    strangers = set(question.shown_when) - set(question.findings)
    if strangers:
        raise KnowledgeError(f"{place}: it does not ask about {', '.join(sorted(strangers))}")
    for condition in question.shown_when.values():
        check_condition(knowledge.findings, condition, place)


def _check_languages(knowledge: Knowledge, path: Path) -> None:
    """Checks that each language has the numbers of each country, and that no phrase stands in two."""
    text = path.read_text(encoding="utf-8")
    of_phrases: dict[str, str] = {}
    for code, language in knowledge.languages.entries.items():
        where = ("spoken", code) if code in knowledge.languages.spoken else (code,)
        problem = _wrong_number(knowledge.countries, language) if len(where) > 1 else None
        twice = [phrase for phrase in language.phrases if of_phrases.setdefault(phrase, code) != code]
        if twice:
            problem = f"{', '.join(twice)} stands in two languages"
        if problem:
            raise KnowledgeError(f"{path.name}:{_line(text, where)}: {_spell(where)}: {problem}")


def _wrong_number(countries: Mapping[str, Country], language: Language) -> str | None:
    """Says which country's emergency numbers a language does not have."""
    unknown = set(language.emergency) - set(countries)
    if unknown:
        return f"countries.yml has no {', '.join(sorted(unknown))}"
    for country in countries.values():
        words = language.emergency.get(country.id)
        if words is None and not country.emergency.isdigit():
            return f"emergency has no words for {country.id}"
        if words is not None and _numbers(words) != _numbers(country.emergency):
            return f"emergency has other numbers for {country.id} than countries.yml"
    return None


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))


COMBINATIONS = ("all", "any", "none", "at_least")
COMPARISONS = ("at_least", "at_most", "above", "below")


def check_condition(findings: Mapping[str, FindingSpec], condition: Any, place: str) -> None:
    """Checks that a condition is well-formed and names only what the vocabulary has.

    Args:
        findings: The vocabulary.
        condition: The condition as written.
        place: Where it stands, for the message.

    Raises:
        KnowledgeError: It is not.
    """
    if not isinstance(condition, Mapping) or not condition:
        raise KnowledgeError(f"{place}: a condition is a mapping, this is {condition!r}")
    for key, expected in condition.items():
        if key == "at_least":
            for part in expected["of"]:
                check_condition(findings, part, place)
        elif key in COMBINATIONS:
            for part in expected:
                check_condition(findings, part, place)
        elif key == BEGAN_AT_AGE:
            _check_expected(findings["age"], key, expected, place)
        elif key not in findings:
            raise KnowledgeError(f"{place}: findings.yml has no {key}")
        else:
            _check_expected(findings[key], key, expected, place)


def _check_expected(spec: FindingSpec, finding: str, expected: Any, place: str) -> None:
    if isinstance(expected, Mapping):
        if not spec.unit or set(expected) - set(COMPARISONS):
            raise KnowledgeError(f"{place}: {finding} can't be compared as {dict(expected)}")
        return
    values = expected if isinstance(expected, list) else [expected]
    unknown = [value for value in values if value not in spec.values]
    if unknown:
        raise KnowledgeError(f"{place}: {finding} has no value {', '.join(map(str, unknown))}")
