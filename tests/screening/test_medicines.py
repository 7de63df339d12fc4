"""A medicine is named only to people who were asked first whether it may suit them."""

from __future__ import annotations

import pytest
from hypothesis import given

from backchat.knowledge import FindingValue, Urgency
from backchat.screening.assessment import assess
from backchat.screening.guidance import care_for
from backchat.screening.interview import MOST_QUESTIONS, TRIES, next_step
from backchat.screening.record import Known
from tests.screening.people import KNOWLEDGE, WELL, interview, people, quiet_people

Values = dict[str, FindingValue]

QUESTION = next(question for question in KNOWLEDGE.questions if question.id == "medicine_cautions")
CAUTIONS = sorted(set(KNOWLEDGE.findings["nsaid_caution"].values) - {"none"})
STRONG: Values = WELL | {"severity": 6.0, "mechanism": ("lifting",)}
"""Somebody whose pain is strong enough for a medicine to be named."""


def put_to(person: Values, known: Values | None = None) -> list[str]:
    told = {"region": person["region"], "duration_days": person["duration_days"]}
    return [question.id for question in interview(person, told | (known or {}))[0]]


def told_to(values: Values, urgency: Urgency = Urgency.SELF_CARE) -> dict[str, str]:
    return {care.id: care.text for care in care_for(KNOWLEDGE, urgency, "muscular", values)}


def names_a_medicine(texts: dict[str, str]) -> bool:
    return any("ibuprofen" in text.lower() for text in texts.values())


def test_the_cautions_are_asked_about_last_where_a_medicine_would_be_named() -> None:
    assert put_to(STRONG)[-1] == QUESTION.id
    assert put_to(STRONG).count(QUESTION.id) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"severity": 5.0},
        {"age": 65.0},
        {"age": 15.0},
        {"pregnant": "present"},
        {"pregnant": "unsure"},
        {"postpartum": "present"},
        {"radiation": ("below_knee",)},
        {"radiation": ("foot",), "leg_numbness": "present"},
        {"fever": "present"},
        {"chest_pain": "present"},
    ],
    ids=str,
)
def test_they_are_not_asked_about_where_no_medicine_would_be_named(other: Values) -> None:
    assert QUESTION.id not in put_to(STRONG | other)


@pytest.mark.parametrize(
    "known",
    [{"nsaid_caution": ("kidney_disease",)}, {"nsaid_caution": ("none",)}, {"anticoagulant": "present"}],
    ids=str,
)
def test_they_are_not_asked_about_where_they_are_known(known: Values) -> None:
    assert QUESTION.id not in put_to(STRONG | known, known)


def test_with_no_caution_a_pharmacist_is_asked_about_the_medicine() -> None:
    told = told_to(STRONG)
    assert "pharmacist" in told["ask_about_nsaid"]
    assert not {"ask_about_pain_relief", "careful_with_pain_relief"} & set(told)


@pytest.mark.parametrize(
    "caution",
    [
        *({"nsaid_caution": (caution,)} for caution in CAUTIONS),
        {"nsaid_caution": ("none", "kidney_disease")},
        {"anticoagulant": "present"},
        {"anticoagulant": "unsure"},
        {"age": 65.0},
        {"age": 12.0},
    ],
    ids=str,
)
@pytest.mark.parametrize("urgency", [Urgency.CONSULTATION, Urgency.SELF_CARE])
def test_with_a_caution_no_medicine_of_the_kind_is_named(urgency: Urgency, caution: Values) -> None:
    told = told_to(STRONG | caution, urgency)
    assert "pharmacist or doctor" in told["careful_with_pain_relief"]
    assert not names_a_medicine(told)
    assert not {"ask_about_nsaid", "ask_about_pain_relief"} & set(told)


def test_whoever_is_not_sure_is_told_to_ask_first() -> None:
    asked = {question.id: TRIES for question in KNOWLEDGE.questions}
    record = {f: Known(value, "", 1) for f, value in STRONG.items() if f != "nsaid_caution"}
    told = {care.id: care.text for care in assess(KNOWLEDGE, record, asked).care}
    assert "ask a pharmacist first" in told["ask_about_pain_relief"]
    assert not names_a_medicine(told)


@pytest.mark.parametrize("room", [0, 1])
def test_where_there_is_no_more_room_they_are_left_out_first(room: int) -> None:
    known = {f: value for f, value in STRONG.items() if f != "nsaid_caution"}
    asked = {f"question {number}": 1 for number in range(MOST_QUESTIONS - room)}
    step = next_step(KNOWLEDGE, known, asked)
    assert (step is not None) is bool(room)
    assert step is None or step.question is QUESTION
    assert not names_a_medicine(told_to(known))


def test_the_only_question_that_there_is_room_for_is_another_one() -> None:
    known = {f: value for f, value in STRONG.items() if f not in ("nsaid_caution", "known_aneurysm")}
    asked = {f"question {number}": 1 for number in range(MOST_QUESTIONS - 1)}
    step = next_step(KNOWLEDGE, known, asked)
    assert step is not None
    assert "known_aneurysm" in step.findings
    assert next_step(KNOWLEDGE, known | {"known_aneurysm": "absent"}, {**asked, step.question.id: 1}) is None


def test_at_most_six_reasons_are_shown_beside_none() -> None:
    assert len(set(QUESTION.options) - {"none"}) <= 6
    assert "none" in QUESTION.options


@given(people())
def test_nobody_is_told_of_a_medicine_whom_it_may_harm(person: Values) -> None:
    for urgency in Urgency:
        for pattern in KNOWLEDGE.patterns:
            told = {c.id: c.text for c in care_for(KNOWLEDGE, urgency, pattern.id, person)}
            if names_a_medicine(told):
                assert urgency in (Urgency.CONSULTATION, Urgency.SELF_CARE)
                assert person["nsaid_caution"] == ("none",)
                assert person["anticoagulant"] == "absent"
                assert person["pregnant"] not in ("present", "unsure")
                assert 16 <= person["age"] < 65


@given(quiet_people())
def test_whoever_is_told_of_a_medicine_was_asked(person: Values) -> None:
    unknown = {f: value for f, value in person.items() if f != "nsaid_caution"}
    assert not names_a_medicine(told_to(unknown))
