"""How Backchat speaks: calm and plain, in everything that it can say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from backchat.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
RESPONSES = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))["responses"]

EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")
STIFF = re.compile(
    r"\b(cannot|can not|(do|does|did|will|would|should|could|are|were|was|have|has|had) not|(?<!this )is not|"
    r"I (am|will|have not)|you will|let us)\b(?! sure)",
    re.IGNORECASE,
)
SPOKEN_OFTEN = ("noted", "asked_before", "others", "refused", "welcome_back")
ANSWERED_OFTEN = (
    "utter_greet",
    "utter_greet_again",
    "utter_thank",
    "utter_goodbye",
    "utter_out_of_scope",
    "utter_pause",
)


def texts() -> Iterator[tuple[str, str]]:
    """Yields everything that Backchat can say, with where it stands; options are the person's words."""
    yield from ((f"wording {name}", text) for name, text in KNOWLEDGE.wording.items())
    for name, variants in RESPONSES.items():
        yield from ((f"domain {name}", variant["text"]) for variant in variants)
    for question in (*KNOWLEDGE.questions, *KNOWLEDGE.steering):
        yield from ((f"question {question.id}", t) for t in (question.text, question.plainer, question.why))
    for urgency, advice in KNOWLEDGE.advice.items():
        actions = (advice.action, *(other.action for other in advice.for_some))
        yield from ((f"advice {urgency.value}", t) for t in (advice.title, *actions, advice.follow_up))
    yield from (("safety net", sign.text) for sign in KNOWLEDGE.safety_net)
    yield from ((f"rule {rule.id}", rule.why) for rule in KNOWLEDGE.rules)
    for p in KNOWLEDGE.patterns:
        yield from ((f"pattern {p.id}", text) for text in (p.meaning, p.course, *p.later_course.values()))
    yield from ((f"glossary {term.id}", term.meaning) for term in KNOWLEDGE.glossary)
    yield from ((f"care {care.id}", care.text) for care in KNOWLEDGE.care)
    yield from ((f"topic {topic.id}", topic.answer) for topic in KNOWLEDGE.topics.values())
    yield from ((f"country {country.id}", country.crisis) for country in KNOWLEDGE.countries.values())


def wrong(pattern: re.Pattern[str]) -> list[str]:
    return [f"{place}: …{m[0]}… in: {text}" for place, text in texts() for m in pattern.finditer(text)]


def test_nothing_is_shouted() -> None:
    assert not wrong(re.compile("!|[A-Z]{6,}"))


def test_there_is_no_emoji() -> None:
    assert not wrong(EMOJI)


def test_it_speaks_as_people_do() -> None:
    assert not wrong(STIFF)


def test_111_never_stands_without_its_country() -> None:
    near = re.compile(r"UK|New Zealand")
    assert not [place for place, text in texts() if re.search(r"\b111\b", text) and not near.search(text)]


@pytest.mark.parametrize("name", SPOKEN_OFTEN)
def test_what_is_spoken_often_has_two_wordings(name: str) -> None:
    assert KNOWLEDGE.wording[name] != KNOWLEDGE.wording[f"{name}_2"]


@pytest.mark.parametrize("name", ANSWERED_OFTEN)
def test_what_is_answered_often_has_two_wordings(name: str) -> None:
    assert len({variant["text"] for variant in RESPONSES[name]}) > 1


@pytest.mark.parametrize("path", sorted(Path("actions").glob("*.py")), ids=lambda path: path.stem)
def test_no_wording_stands_in_the_code(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spoken = [
        keyword.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "text"
    ]
    inside = [part for value in spoken for part in ast.walk(value) if isinstance(part, ast.Constant)]
    assert not [part.value for part in inside if isinstance(part.value, str) and " " in part.value.strip()]
