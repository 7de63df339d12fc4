"""Whatever the article on back pain explains is told where it fits, and answered when it is asked about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.answer import TOPICS
from backchat.knowledge import load_knowledge
from backchat.screening.assessment import Assessment, assess
from backchat.screening.record import Known
from backchat.screening.speech import Speaker

KNOWLEDGE = load_knowledge()
ANSWERS = {**Speaker(KNOWLEDGE).exercises(), **KNOWLEDGE.topics}
ARTICLE = yaml.safe_load(Path(__file__).with_name("article.yml").read_text(encoding="utf-8"))
THEMES = [
    *ARTICLE["themes"],
    *(
        {
            "name": exercise.title,
            "findings": ARTICLE["people"]["settled"],
            "told": {exercise.id: exercise.title},
            "asked": f"How do I do the {exercise.title.lower()}?",
            "answered": {exercise.id: [*exercise.steps, exercise.repetitions, exercise.stop_if]},
        }
        for exercise in KNOWLEDGE.exercises
    ),
]


def assessed(findings: dict[str, Any]) -> Assessment:
    values = {f: tuple(value) if isinstance(value, list) else value for f, value in findings.items()}
    record = {finding: Known(value, "", 1) for finding, value in values.items()}
    return assess(KNOWLEDGE, record, {question.id: 3 for question in KNOWLEDGE.questions})


def carried(assessment: Assessment) -> dict[str, str]:
    """Everything that an assessment carries for a person to read, by its id."""
    pattern = assessment.match.pattern
    return {
        pattern.id: f"{pattern.meaning} {pattern.course}",
        **{rule.id: rule.why for rule in assessment.rules},
        **{care.id: care.text for care in assessment.care},
        **{exercise.id: exercise.title for exercise in assessment.exercises},
    }


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme["name"])
def test_it_is_told_where_it_fits(theme: dict[str, Any]) -> None:
    told = carried(assessed(theme["findings"]))
    for entry, words in theme["told"].items():
        assert words in told[entry]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme["name"])
def test_it_is_answered_when_somebody_asks(theme: dict[str, Any]) -> None:
    ((topic, words),) = theme["answered"].items()
    found = TOPICS.find(theme["asked"])
    assert found is not None and found.id == topic
    assert [part for part in words if part not in ANSWERS[topic].answer] == []
    assert ANSWERS[topic].phrases
    assert ANSWERS[topic].sources and set(ANSWERS[topic].sources) <= set(KNOWLEDGE.sources)


def test_no_theme_stands_there_twice() -> None:
    names = [theme["name"] for theme in THEMES]
    assert len(names) == len(set(names))
