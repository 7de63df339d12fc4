"""The page that clinicians review is current, and holds all that people are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from backchat.knowledge.models import DESIGN_CHOICE
from backchat.report.page import ABOUT_BACKCHAT, CHOICE, page_of
from tests.screening.people import KNOWLEDGE

WRITTEN = Path(__file__).parents[2] / "docs" / "knowledge.md"
PAGE = page_of(KNOWLEDGE)
LINES = [line for line in PAGE.splitlines() if line.startswith("|")]


def row_with(text: str) -> str:
    found = [line for line in LINES if " ".join(text.split()) in line]
    assert found, text
    return found[0]


def test_the_page_is_current() -> None:
    assert WRITTEN.read_text(encoding="utf-8") == PAGE, "run `backchat knowledge page`"


@pytest.mark.parametrize("rule", KNOWLEDGE.rules, ids=lambda rule: rule.id)
def test_every_rule_is_there_with_its_sources(rule) -> None:
    row = row_with(f"| {rule.id} |")
    assert rule.condition in row
    assert rule.why in row
    assert rule.note in row
    assert (CHOICE in row) is (DESIGN_CHOICE in rule.sources)
    for source in set(rule.sources) - {DESIGN_CHOICE}:
        assert KNOWLEDGE.sources[source].title in row
        assert f"({KNOWLEDGE.sources[source].year})" in row


def test_every_question_is_there_with_its_options() -> None:
    for question in KNOWLEDGE.questions:
        assert f"`{question.id}`" in PAGE
        for text in (question.text, question.plainer, question.why, *question.options.values()):
            row_with(text)


def test_what_is_a_choice_about_a_question_is_told_to_who_reviews_it() -> None:
    notes = [question.note for question in KNOWLEDGE.questions if question.note]
    assert any("From 56 on" in note for note in notes)
    for note in notes:
        row_with(note)


def test_every_sign_to_get_help_for_is_there_with_whom_it_is_told() -> None:
    for sign in KNOWLEDGE.safety_net:
        assert ("everybody" in row_with(sign.text)) is (sign.when is None)
    for advice in KNOWLEDGE.advice.values():
        assert all(other.action in row_with(advice.action) for other in advice.for_some)


def test_what_is_never_said_is_there() -> None:
    row_with("a brand")
    row_with(", ".join(KNOWLEDGE.forbidden.units))


def test_a_question_is_said_to_be_asked_for_the_decision_and_for_the_care() -> None:
    assert "can change the urgency or the picture, or whether the care `fragile_bones` is told" in PAGE
    assert "can change whether the care `ask_about_nsaid` is told" in PAGE


def test_every_picture_care_exercise_and_answer_is_there_with_its_sources() -> None:
    for pattern in KNOWLEDGE.patterns:
        row_with(pattern.meaning)
        for course in (pattern.course, *pattern.later_course.values()):
            row_with(course)
    for care in KNOWLEDGE.care:
        assert (CHOICE in row_with(care.text)) is (DESIGN_CHOICE in care.sources)
    for exercise in KNOWLEDGE.exercises:
        assert all(step in PAGE for step in exercise.steps)
        row_with(exercise.stop_if)
    for term in KNOWLEDGE.glossary:
        row_with(term.meaning)
    for topic in KNOWLEDGE.topics.values():
        assert (ABOUT_BACKCHAT in row_with(topic.answer)) is not topic.sources


def test_every_line_of_a_table_has_as_many_cells_as_its_heading() -> None:
    widths: list[int] = []
    for line in [*PAGE.splitlines(), ""]:
        if line.startswith("|"):
            widths.append(line.replace("\\|", "").count("|"))
        else:
            assert len(set(widths)) <= 1
            widths = []
