from __future__ import annotations

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
    assert sections[0].startswith("Result: ")
    assert tuple(section.splitlines()[0] for section in sections[1:]) == HEADINGS
    assert all(len(section.splitlines()) > 1 for section in sections)


def test_an_explanation_reads_like_this() -> None:
    text = text_on({"fever": "present", "age": 42.0, "lifestyle": ("stress",)})
    for line in (
        "Result: See a doctor within 24 hours (consultation_24)",
        "  Not final: more would be asked first (see the end).",
        "  D1 (decides), pointing to infection: back pain with fever can mean an infection",
        "      from NHS, Back pain (2026)",
        "  Why not less urgent: without D1 it would be self_care.",
        "  No rule of emergency holds.",
        "      being confused or very drowsy [A5]",
        "      your age: 15 (years), now 42 (years) [E17]",
        "  Less urgent, self_care, with one of these alone:",
        "      fever, chills or night sweats (not there), now there [no rule]",
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
