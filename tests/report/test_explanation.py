from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from backchat.report.explanation import explanation_text
from backchat.screening.explain import explain
from backchat.screening.record import Known
from tests.screening.people import KNOWLEDGE, people, quiet_people

HEADINGS = (
    "What is known",
    "Why this urgent",
    "Why not more urgent",
    "What would change it",
    "The picture",
    "What can add to it",
    "Sources",
    "What would still be asked",
)


def text_on(values: dict) -> str:
    record = {finding: Known(value, "words", 1) for finding, value in values.items()}
    return explanation_text(KNOWLEDGE, record, explain(KNOWLEDGE, record))


@settings(max_examples=20)
@given(people() | quiet_people())
def test_anything_can_be_explained(person: dict) -> None:
    sections = text_on(person).split("\n\n")
    assert sections[0].startswith(("Result: ", "So far: "))
    assert tuple(section.splitlines()[0] for section in sections[1:]) == HEADINGS
    assert all(len(section.splitlines()) > 1 for section in sections)


def test_an_explanation_reads_like_this() -> None:
    text = text_on({"fever": "present", "age": 42.0, "lifestyle": ("stress",)})
    for line in (
        "So far: See a doctor within 24 hours (consultation_24)",
        "  Not final: more would be asked first (see the end).",
        "  D1 (decides), pointing to infection: back pain with fever can mean an infection",
        "      from NHS, Back pain (2026)",
        "  Why not less urgent: without D1 it would be self_care.",
        "  No rule of emergency holds.",
        "      A5: being confused or very drowsy: there",
        "      E17: your age: 15 (years), now 42 (years)",
        "  Less urgent, self_care, with one of these alone:",
        "      no rule: fever, chills or night sweats: not there or not sure or long-standing, now there",
        "  a possible infection (infection): likely, weight 6, named by D1",
        "  For: +6 fever, chills or night sweats",
        "  stress",
        "  cauda_equina_signs: First the signs that can't wait. Is any of these new since this pain began?",
    ):
        assert line in text.splitlines()


def test_an_emergency_is_final() -> None:
    text = text_on({"chest_pain": "present"})
    assert "  Final: an emergency is told at once, and nothing more is asked." in text
    assert "  Nothing is more urgent." in text


def changes_in(text: str) -> list[str]:
    start, end = text.index("What would change it"), text.index("The picture\n")
    return text[start:end].strip().splitlines()[1:]


STRAIN = {
    "age": 64.0,
    "region": ("lower",),
    "duration_days": 3.0,
    "minor_trauma": "present",
    "severity": 5.0,
    "trend": "improving",
}


def test_what_would_change_it_can_be_read_at_a_glance() -> None:
    lines = changes_in(text_on(STRAIN))
    assert len(lines) <= 35
    assert max(map(len, lines)) < 320


def test_the_nearest_tier_and_the_smallest_change_come_first() -> None:
    lines = changes_in(text_on(STRAIN))
    tiers = [line.split(",")[1].strip() for line in lines if line.endswith("with one of these alone:")]
    assert tiers == ["consultation_24", "self_care", "emergency", "emergency_ambulance"]
    assert lines[1].strip().startswith("D5: your age: 65 (years), now 64 (years)")


def test_a_far_number_comes_after_what_nobody_has_asked_yet() -> None:
    lines = [line.strip() for line in changes_in(text_on(STRAIN | {"age": 42.0, "minor_trauma": "absent"}))]
    first = lines[lines.index("More urgent, consultation, with one of these alone:") + 1]
    assert not first.startswith("C12")


def test_what_is_not_told_of_the_changes_is_counted() -> None:
    lines = [line.strip() for line in changes_in(text_on(STRAIN))]
    assert [line for line in lines if re.match(r"and \d+ more, by D\d+", line)]
    assert [line for line in lines if re.search(r"; and \d+ more$", line)]


def test_of_a_list_only_what_is_new_or_gone_is_told() -> None:
    text = "\n".join(changes_in(text_on(STRAIN | {"radiation": ("buttock", "foot")})))
    assert "where it spreads: both legs, now the buttock, the foot" in text


@pytest.mark.parametrize("sex", ["male", "female"])
def test_what_hardly_goes_together_is_a_question_and_no_guess(sex: str) -> None:
    asked = "  To be asked: is being pregnant right, with your sex: male?" in text_on(
        {"sex": sex, "pregnant": "present"}
    )
    assert asked is (sex == "male")
