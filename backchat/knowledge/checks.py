"""What must be right between the parts of the clinical content, beyond the shape of each."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from backchat.knowledge.consistency import can_hold, hopeless_part, implies
from backchat.knowledge.models import (
    BEGAN_AT_AGE,
    CAUDA_EQUINA,
    COMBINATIONS,
    COMPARISONS,
    FALLBACK_PATTERN,
    NAME,
    RANGE,
    UNKNOWN_COUNTRY,
    WHO_ARE_YOU,
    Assertion,
    Condition,
    Country,
    FindingKind,
    FindingSpec,
    Knowledge,
    Language,
    Question,
    QuestionKind,
    Requests,
    Rule,
    Source,
    Topic,
    Urgency,
    leaves_of,
)
from backchat.knowledge.reading import Problem, Step
from backchat.knowledge.wordings import wrong_wordings

PICKED = (QuestionKind.YES_NO, QuestionKind.CHECKLIST, QuestionKind.CHOICE, QuestionKind.BODY_MAP)
"""The kinds of questions that are answered by picking options."""

STEERING = {"change": {"keep"}, "resume": {"continue", "anew"}, "erase": {"delete", "keep"}}
"""The questions about the conversation itself that can be put, each with the options that it always has."""

OTHER_SEX = "other"
PRONOUNS = ("they", "them", "their", "theirs", "themself")

Entries = Mapping[str, Sequence[Any]]


def first_problem(knowledge: Knowledge, pictures: Collection[str]) -> Problem | None:
    """Finds what is wrong with the clinical content.

    Args:
        knowledge: The content.
        pictures: The ids of the exercises that have a picture.

    Returns:
        The first mistake, or None where there is none.
    """
    return next(_problems(knowledge, pictures), None)


def _problems(knowledge: Knowledge, pictures: Collection[str]) -> Iterator[Problem]:
    """Yields mistakes; each check relies on those before it."""
    entries: Entries = {
        "questions.yml": knowledge.questions,
        "steering.yml": knowledge.steering,
        "triage.yml": knowledge.rules,
        "patterns.yml": knowledge.patterns,
        "care.yml": knowledge.care,
        "exercises.yml": knowledge.exercises,
        "topics.yml": tuple(knowledge.topics.values()),
        "glossary.yml": knowledge.glossary,
    }
    yield from _emptiness(entries)
    yield from _ids(entries)
    yield from _keys(knowledge)
    yield from _named_by_code(knowledge)
    yield from _sources(knowledge, entries)
    yield from _conditions(knowledge, entries)
    yield from _names(knowledge)
    yield from _care(knowledge)
    yield from _vocabulary(knowledge.findings)
    yield from _steering(knowledge)
    yield from _persons(knowledge)
    yield from _requests(knowledge.requests)
    yield from _signs(knowledge)
    for question in knowledge.questions:
        for reason in _question(knowledge.findings, question):
            yield Problem("questions.yml", (question.id,), reason)
    for rule, earlier in _shadowed(knowledge.findings, knowledge.rules):
        named = " or ".join(f"{other.id} ({other.urgency.value})" for other in earlier)
        reason = f"it never decides, as {named} holds whenever it does"
        yield Problem("triage.yml", (rule.id, "when"), reason)
    for exercise in knowledge.exercises:
        if exercise.id not in pictures:
            yield Problem("exercises.yml", (exercise.id,), f"it has no picture (drawings/{exercise.id}.svg)")
    yield from _languages(knowledge)
    yield from wrong_wordings(knowledge.wording, knowledge.findings)
    yield from _advice(knowledge)
    yield from _safety_net(knowledge)


def _signs(knowledge: Knowledge) -> Iterator[Problem]:
    """Finds signs of topics that are none of the vocabulary."""
    for topic in knowledge.topics.values():
        for finding in topic.signs:
            spec = knowledge.findings.get(finding)
            if spec is None or spec.kind is not FindingKind.TRI:
                yield Problem("topics.yml", (topic.id, "signs"), f"there is no sign {finding}")


def _emptiness(entries: Entries) -> Iterator[Problem]:
    for file, listed in entries.items():
        if not listed:
            yield Problem(file, (), "there is nothing in it")


def _ids(entries: Entries) -> Iterator[Problem]:
    for file, listed in entries.items():
        ids = [entry.id for entry in listed]
        for entry_id in dict.fromkeys(entry_id for entry_id in ids if ids.count(entry_id) > 1):
            yield Problem(file, (entry_id,), "it stands there twice")


def _keys(knowledge: Knowledge) -> Iterator[Problem]:
    """Finds entries that are kept under another name than their own."""
    kept: Mapping[str, Mapping[str, Topic | Source | Country]] = {
        "topics.yml": knowledge.topics,
        "sources.yml": knowledge.sources,
        "countries.yml": knowledge.countries,
    }
    for file, entries in kept.items():
        for key, entry in entries.items():
            if key != entry.id:
                yield Problem(file, (key, "id"), f"{entry.id} stands under {key}")


def _named_by_code(knowledge: Knowledge) -> Iterator[Problem]:
    """Finds what is missing that the code itself names."""
    patterns = {pattern.id for pattern in knowledge.patterns}
    named: Sequence[tuple[str, str, Container[str]]] = (
        ("patterns.yml", FALLBACK_PATTERN, patterns),
        ("patterns.yml", CAUDA_EQUINA, patterns),
        ("topics.yml", WHO_ARE_YOU, knowledge.topics),
        ("countries.yml", UNKNOWN_COUNTRY, knowledge.countries),
    )
    for file, name, names in named:
        if name not in names:
            yield Problem(file, (), f"it has no {name}")


def _sources(knowledge: Knowledge, entries: Entries) -> Iterator[Problem]:
    for file, entry in _each(entries):
        unknown = [source for source in getattr(entry, "sources", ()) if source not in knowledge.sources]
        if unknown:
            yield Problem(file, (entry.id, "sources"), f"sources.yml has no {', '.join(unknown)}")


def _names(knowledge: Knowledge) -> Iterator[Problem]:
    """Finds patterns that name no rule, and care and exercises that name no pattern."""
    rules = {rule.id for rule in knowledge.rules}
    patterns = {pattern.id for pattern in knowledge.patterns}
    for pattern in knowledge.patterns:
        for name in set(pattern.rules) - rules:
            yield Problem("patterns.yml", (pattern.id, "rules"), f"triage.yml has no {name}")
    for file, entry in _each({"care.yml": knowledge.care, "exercises.yml": knowledge.exercises}):
        for name in set(entry.patterns) - patterns:
            yield Problem(file, (entry.id, "patterns"), f"patterns.yml has no {name}")


def _care(knowledge: Knowledge) -> Iterator[Problem]:
    """Finds care that asks for what it does not hang on, or is told in place of what is no care before it."""
    asked = {finding for question in knowledge.questions for finding in question.findings}
    before: set[str] = set()
    for care in knowledge.care:
        if care.asks and care.asks not in {leaf.key for leaf in leaves_of(care.when or {})}:
            yield Problem("care.yml", (care.id, "asks"), f"`when` says nothing of {care.asks}")
        elif care.asks and care.asks not in asked:
            yield Problem("care.yml", (care.id, "asks"), f"no question is about {care.asks}")
        for name in set(care.instead_of) - before:
            yield Problem("care.yml", (care.id, "instead_of"), f"{name} does not stand before it")
        before.add(care.id)


def _vocabulary(findings: Mapping[str, FindingSpec]) -> Iterator[Problem]:
    """Finds findings that imply what can't be implied, or rule out what there is not."""
    for finding, spec in findings.items():
        for reason in _wrong_implications(findings, spec.implies):
            yield Problem("findings.yml", (finding, "implies"), reason)
        for value, implied in spec.values_imply.items():
            known = spec.kind is FindingKind.SET and value in spec.values
            reasons = _wrong_implications(findings, implied) if known else [f"it has no value {value}"]
            for reason in reasons:
                yield Problem("findings.yml", (finding, "values_imply", value), reason)
        for other, value in spec.not_with.items():
            if other not in findings or value not in findings[other].values:
                yield Problem("findings.yml", (finding, "not_with"), f"there is no {other}: {value}")


def _wrong_implications(findings: Mapping[str, FindingSpec], implied: Mapping[str, str]) -> Iterator[str]:
    """Says what of it can't go without saying: only that a sign is there, or that a set has a value."""
    for other, value in implied.items():
        if other not in findings:
            yield f"findings.yml has no {other}"
            continue
        spec = findings[other]
        is_sign_there = spec.kind is FindingKind.TRI and value == Assertion.PRESENT.value
        if not is_sign_there and not (spec.kind is FindingKind.SET and value in spec.values):
            yield f"{other} can't be implied to be {value}"


def _steering(knowledge: Knowledge) -> Iterator[Problem]:
    """Finds questions about the conversation that nothing puts, or without what answers them."""
    ids = [question.id for question in knowledge.steering]
    if ids != list(STEERING):
        yield Problem("steering.yml", (), f"it has {', '.join(STEERING)}, in this order, and no others")
        return
    for question in knowledge.steering:
        if question.findings or question.kind is not QuestionKind.CHOICE:
            yield Problem("steering.yml", (question.id,), "it is a choice, and about no findings")
        if set(question.options) != STEERING[question.id] or not all(question.options.values()):
            options = ", ".join(sorted(STEERING[question.id]))
            yield Problem("steering.yml", (question.id, "options"), f"words for {options}, and no others")
        if question.id in {asked.id for asked in knowledge.questions}:
            yield Problem("steering.yml", (question.id,), "questions.yml has it too")


def _persons(knowledge: Knowledge) -> Iterator[Problem]:
    """Finds pronouns that are missing, or of a sex that nobody has."""
    by_sex = knowledge.persons.pronouns
    if OTHER_SEX not in by_sex:
        yield Problem("persons.yml", ("pronouns",), f"nothing for {OTHER_SEX}")
    for sex, pronouns in by_sex.items():
        if sex not in knowledge.findings["sex"].values:
            yield Problem("persons.yml", ("pronouns", sex), f"sex has no value {sex}")
        missing = [pronoun for pronoun in PRONOUNS if not pronouns.get(pronoun)]
        if missing:
            yield Problem("persons.yml", ("pronouns", sex), f"nothing for {', '.join(missing)}")


def _requests(requests: Requests) -> Iterator[Problem]:
    """Finds phrases that stand for two intents, or are not written as messages are compared with them."""
    of_phrases: dict[str, str] = {}
    for intent, phrases in requests.intents.items():
        for phrase in phrases:
            other = of_phrases.setdefault(_letters(phrase), intent)
            if other != intent:
                yield Problem("requests.yml", ("intents", intent), f"“{phrase}” stands for {other} too")
    for field, phrases in (
        ("about_words", requests.about_words),
        ("about_exercises", requests.about_exercises),
        *(("about_answers", phrases) for phrases in requests.about_answers.values()),
    ):
        for phrase in phrases:
            if phrase.count(NAME) != 1:
                yield Problem("requests.yml", (field,), f"“{phrase}” has no {NAME}, or more than one")
    for field in (
        *("correcting", "adding", "recalling", "between", "telling", "declining", "tired", "ending"),
        *("violence", "assaults", "attackers", "likened", "harmless", "others"),
        *("weary", "idioms", "no_idioms", "no_plan", "besides", "lethal", "how_much", "deadly", "grave"),
        *("bereaved", "by_own_hand", "frightened", "of_them", "of_me", "seen", "not_over", "feels_the_same"),
    ):
        for phrase in getattr(requests, field):
            if phrase != " ".join(phrase.lower().split()) or not phrase:
                yield Problem("requests.yml", (field,), f"“{phrase}” is not in lower case and single spaces")


def _letters(phrase: str) -> str:
    return " ".join("".join(c for c in phrase.lower() if c.isalnum() or c.isspace()).split())


def _conditions(knowledge: Knowledge, entries: Entries) -> Iterator[Problem]:
    for file, entry in _each(entries):
        for where, condition in conditions_of(entry):
            if wrong := _wrong_condition(knowledge.findings, condition):
                yield Problem(file, (entry.id, *where), wrong)


def _wrong_condition(findings: Mapping[str, FindingSpec], condition: Condition) -> str | None:
    if wrong := next(wrong_in(findings, condition), None):
        return wrong
    if not can_hold(findings, condition):
        return "it can never hold"
    part = hopeless_part(findings, condition)
    return None if part is None else f"its part {json.dumps(part)} can never hold"


def _each(entries: Entries) -> Iterator[tuple[str, Any]]:
    return ((file, entry) for file, listed in entries.items() for entry in listed)


def conditions_of(entry: Any) -> Iterator[tuple[tuple[Step, ...], Condition]]:
    """Yields every condition of a rule, question, pattern, care or exercise, with the way to it."""
    for field in ("when", "unless"):
        condition = getattr(entry, field, None)
        if condition is not None:
            yield (field,), condition
    for finding, condition in getattr(entry, "shown_when", {}).items():
        yield ("shown_when", finding), condition
    for number, evidence in enumerate(getattr(entry, "evidence", ())):
        yield ("evidence", number, "when"), evidence.when


def _shadowed(
    findings: Mapping[str, FindingSpec], rules: Sequence[Rule]
) -> Iterator[tuple[Rule, Sequence[Rule]]]:
    """Yields each rule that can never decide, with those of which one always holds with it and comes first.

    Of two rules of one urgency, the first one written decides what is told. So a combination may stand before
    the single sign that would do as well, but not behind it. Only rules that look at some of the same
    findings are compared: no other holds whenever this one does.
    """
    looked_at = {rule.id: {leaf.key for leaf in leaves_of(rule.when)} for rule in rules}
    for number, rule in enumerate(rules):
        earlier = [other for other in rules[:number] if looked_at[rule.id] & looked_at[other.id]]
        if _one_holds(findings, rule, earlier):
            yield rule, _needed(findings, rule, earlier)


def _one_holds(findings: Mapping[str, FindingSpec], rule: Rule, others: Iterable[Rule]) -> bool:
    return implies(findings, rule.when, (other.when for other in others))


def _needed(findings: Mapping[str, FindingSpec], rule: Rule, others: Sequence[Rule]) -> Sequence[Rule]:
    """Leaves out, the least urgent first, those without which one of the rest still holds with a rule."""
    for left_out in reversed(others):
        rest = [other for other in others if other != left_out]
        if _one_holds(findings, rule, rest):
            others = rest
    return others


def _question(findings: Mapping[str, FindingSpec], question: Question) -> Iterator[str]:
    unknown = sorted(set(question.findings) - set(findings))
    if unknown:
        yield f"findings.yml has no {', '.join(unknown)}"
        return
    if not question.findings and not question.confirms and question.kind is not QuestionKind.TEXT:
        yield "it asks about no findings"
    strange = sorted(set(question.options) - _allowed_options(findings, question))
    if strange:
        yield f"options for {', '.join(strange)}"
    if not question.options and question.kind in PICKED:
        yield "it has no options"
    if question.kind is QuestionKind.CHECKLIST:
        wordless = [finding for finding in question.findings if finding not in question.options]
        if wordless:
            yield f"no words on the options for {', '.join(wordless)}"
    strangers = sorted(set(question.shown_when) - set(question.findings))
    if strangers:
        yield f"it does not ask about {', '.join(strangers)}"


def _allowed_options(findings: Mapping[str, FindingSpec], question: Question) -> set[str]:
    if question.confirms:
        return {assertion.value for assertion in Assertion}
    if question.options and len(question.findings) == 1 and question.kind is not QuestionKind.CHECKLIST:
        spec = findings[question.findings[0]]
        if spec.kind is FindingKind.NUMBER:
            return {option for option in question.options if RANGE.fullmatch(option)}
        return set(spec.values)
    return set(question.findings)


def _advice(knowledge: Knowledge) -> Iterator[Problem]:
    """Finds urgencies without advice, and advice that can't be for anybody."""
    missing = [urgency.value for urgency in Urgency if urgency not in knowledge.advice]
    if missing:
        yield Problem("advice.yml", ("urgencies",), f"nothing for {', '.join(missing)}")
    for urgency, advice in knowledge.advice.items():
        for place, other in enumerate(advice.for_some):
            if wrong := _wrong_condition(knowledge.findings, other.when):
                yield Problem("advice.yml", ("urgencies", urgency.value, "for_some", place, "when"), wrong)


def _safety_net(knowledge: Knowledge) -> Iterator[Problem]:
    """Finds lines of the safety net that can't be for anybody, and signs of which somebody is told nothing.

    These are the signs on which the picture of a squeezed cauda equina rests.
    """
    for place, line in enumerate(knowledge.safety_net):
        unknown = [sign for sign in line.signs if sign not in knowledge.findings]
        wrong = f"findings.yml has no {', '.join(unknown)}" if unknown else None
        if line.when is not None:
            wrong = wrong or _wrong_condition(knowledge.findings, line.when)
        unlisted = [source for source in line.sources if source not in knowledge.sources]
        if unlisted:
            wrong = wrong or f"sources.yml has no {', '.join(unlisted)}"
        if wrong:
            yield Problem("advice.yml", ("safety_net", place), wrong)
            return
    for sign in _signs_of(knowledge, CAUDA_EQUINA):
        lines = [line for line in knowledge.safety_net if sign in line.signs]
        for_some = [line.when for line in lines if line.when is not None]
        is_missed = can_hold(knowledge.findings, {"none": for_some}) if for_some else True
        if len(for_some) == len(lines) and is_missed:
            yield Problem("advice.yml", ("safety_net",), f"somebody is told nothing of {sign}")


def _signs_of(knowledge: Knowledge, pattern_id: str) -> list[str]:
    """Lists the signs that can be there or not on which a picture rests."""
    evidence = (e for pattern in knowledge.patterns if pattern.id == pattern_id for e in pattern.evidence)
    keys = dict.fromkeys(leaf.key for e in evidence for leaf in leaves_of(e.when))
    return [key for key in keys if knowledge.findings[key].kind is FindingKind.TRI]


def _languages(knowledge: Knowledge) -> Iterator[Problem]:
    """Finds languages without the numbers of each country, and phrases that stand in two."""
    of_phrases: dict[str, str] = {}
    for code, language in knowledge.languages.entries.items():
        where = ("spoken", code) if code in knowledge.languages.spoken else (code,)
        number = _wrong_number(knowledge.countries, language) if len(where) > 1 else None
        if number:
            yield Problem("languages.yml", where, number)
        twice = [phrase for phrase in language.phrases if of_phrases.setdefault(phrase, code) != code]
        if twice:
            yield Problem("languages.yml", where, f"{', '.join(twice)} stands in two languages")


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


def wrong_in(findings: Mapping[str, FindingSpec], condition: Any) -> Iterator[str]:
    """Says why a condition is not well-formed, or what it names that the vocabulary does not have.

    Args:
        findings: The vocabulary.
        condition: The condition as written.

    Yields:
        Each reason; none where nothing is wrong.
    """
    if not isinstance(condition, Mapping) or not condition:
        yield f"a condition is a mapping, this is {condition!r}"
        return
    for key, expected in condition.items():
        if key in COMBINATIONS:
            yield from _wrong_combination(findings, key, expected)
        elif key == BEGAN_AT_AGE:
            yield from _wrong_value(findings["age"], key, expected)
        elif key not in findings:
            yield f"findings.yml has no {key}"
        else:
            yield from _wrong_value(findings[key], key, expected)


def _wrong_combination(findings: Mapping[str, FindingSpec], key: str, expected: Any) -> Iterator[str]:
    parts = expected
    if key == "at_least":
        if not isinstance(expected, Mapping) or set(expected) != {"count", "of"}:
            yield f"at_least has a count and what it is of, this is {expected!r}"
            return
        parts = expected["of"]
        if not isinstance(expected["count"], int) or expected["count"] < 1:
            yield f"at_least counts from 1, not {expected['count']!r}"
    if not isinstance(parts, list) or not parts:
        yield f"{key} combines a list of conditions, this is {parts!r}"
        return
    yield from chain.from_iterable(wrong_in(findings, part) for part in parts)


def _wrong_value(spec: FindingSpec, finding: str, expected: Any) -> Iterator[str]:
    if isinstance(expected, Mapping):
        if spec.kind is not FindingKind.NUMBER or not expected or set(expected) - set(COMPARISONS):
            yield f"{finding} can't be compared as {dict(expected)}"
        else:
            yield from _wrong_bounds(spec, finding, expected.values())
        return
    values = expected if isinstance(expected, list) else [expected]
    unknown = [value for value in values if value not in spec.values]
    if unknown or not values:
        yield f"{finding} has no value {', '.join(map(str, unknown))}"


def _wrong_bounds(spec: FindingSpec, finding: str, bounds: Iterable[Any]) -> Iterator[str]:
    low, high = spec.minimum or 0.0, spec.maximum or 0.0
    for bound in bounds:
        if isinstance(bound, bool) or not isinstance(bound, (int, float)) or not low <= bound <= high:
            yield f"{finding} is a number from {low:g} to {high:g}, not {bound!r}"
