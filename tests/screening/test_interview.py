from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchat.knowledge import FindingKind, FindingValue, Question, QuestionKind
from backchat.screening.assessment import IncompleteScreeningError, assess
from backchat.screening.interview import MOST_QUESTIONS, TRIES, Step, next_step
from backchat.screening.record import Known, values_of
from backchat.screening.triage import fired, urgency_of
from tests.screening.people import KNOWLEDGE, people, quiet_people

CAUDA_EQUINA = {
    "saddle_numbness",
    "urinary_retention",
    "urinary_incontinence",
    "bowel_incontinence",
    "sexual_dysfunction",
    "both_legs_affected",
}


def interview(
    person: dict[str, FindingValue], known: dict[str, FindingValue] | None = None
) -> tuple[list[Question], dict[str, FindingValue]]:
    """Asks a person who answers everything at once; gives the questions put and what is known in the end."""
    values, asked, put = dict(known or {}), {}, []
    while (step := next_step(KNOWLEDGE, values, asked)) is not None:
        put.append(step.question)
        assert len(put) <= 2 * MOST_QUESTIONS, [question.id for question in put]
        assert step.at_most <= MOST_QUESTIONS
        asked[step.question.id] = asked.get(step.question.id, 0) + 1
        values |= {finding: person[finding] for finding in step.findings}
    return put, values


@given(people())
@settings(max_examples=150)
def test_nobody_is_asked_more_than_the_limit(person: dict[str, FindingValue]) -> None:
    put, _ = interview(person)
    assert len({question.id for question in put}) <= MOST_QUESTIONS


@given(quiet_people())
def test_whoever_is_not_an_emergency_has_been_asked_each_emergency_item(
    person: dict[str, FindingValue],
) -> None:
    _, values = interview(person)
    if not urgency_of(fired(KNOWLEDGE.rules, values)).is_emergency:
        asked_first = {f for q in KNOWLEDGE.questions if q.always and q.when is None for f in q.findings}
        assert asked_first <= set(values)
        assert asked_first >= CAUDA_EQUINA


@given(people(), st.data())
@settings(max_examples=150)
def test_what_is_known_is_not_asked(person: dict[str, FindingValue], data: st.DataObject) -> None:
    known = {f: person[f] for f in data.draw(st.sets(st.sampled_from(sorted(person))))}
    put, _ = interview(person, known)
    for question in put:
        if question.findings and not question.again:
            assert not set(question.findings) <= set(known), question.id


@given(quiet_people())
def test_the_emergency_block_comes_first(person: dict[str, FindingValue]) -> None:
    put, _ = interview(person, {"region": ("lower",)})
    assert put[0].id == "cauda_equina_signs"


def test_an_emergency_ends_the_questions_at_once() -> None:
    assert next_step(KNOWLEDGE, {"urinary_incontinence": "present"}, {}) is None


def test_not_sure_about_an_emergency_item_is_asked_once_more_and_only_once() -> None:
    step = next_step(
        KNOWLEDGE,
        {"saddle_numbness": "unsure", "region": ("lower",)}
        | dict.fromkeys(CAUDA_EQUINA - {"saddle_numbness"}, "absent"),
        {"cauda_equina_signs": 1},
    )
    assert step is not None
    assert step.question.id == "cauda_equina_signs_again"
    assert step.findings == ("saddle_numbness",)
    after = next_step(
        KNOWLEDGE,
        {"saddle_numbness": "unsure", "region": ("lower",)}
        | dict.fromkeys(CAUDA_EQUINA - {"saddle_numbness"}, "absent"),
        {"cauda_equina_signs": 1, "cauda_equina_signs_again": 1},
    )
    assert after is not None
    assert after.question.id == "heart_and_vessel_signs"


def after_the_emergencies(weeks: Known) -> Step | None:
    signs = {finding for question in KNOWLEDGE.questions for finding in question.findings}
    tri = {f for f in signs if KNOWLEDGE.findings[f].kind is FindingKind.TRI}
    known = {
        **dict.fromkeys(tri, Known("absent", "", 1)),
        "duration_days": weeks,
        "region": Known(("lower",), "", 1),
    }
    return next_step(KNOWLEDGE, values_of(known, KNOWLEDGE.findings), {"duration": 1})


@pytest.mark.parametrize(("low", "high"), [(21.0, 35.0), (30.0, 45.0), (60.0, 120.0), (30.0, None)])
def test_a_duration_on_either_side_of_a_boundary_is_asked_about_once_more(
    low: float, high: float | None
) -> None:
    step = after_the_emergencies(Known(low + 5, "some weeks", 1, low, high))
    assert step is not None
    assert step.question.id == "duration_again"
    assert step.findings == ("duration_days",)


@pytest.mark.parametrize(("low", "high"), [(None, None), (14.0, 21.0), (28.0, 42.0), (84.0, None)])
def test_a_duration_between_the_boundaries_is_exact_enough(low: float | None, high: float | None) -> None:
    step = after_the_emergencies(Known((low or 10.0) + 2, "some weeks", 1, low, high))
    assert step is not None
    assert step.question.id != "duration_again"


def test_a_rich_opening_saves_questions() -> None:
    told: dict[str, FindingValue] = {
        "region": ("lower",),
        "duration_days": 3.0,
        "mechanism": ("lifting",),
        "quality": ("aching",),
        "radiation": ("none",),
        "severity": 4.0,
        "age": 38.0,
    }
    person = dict.fromkeys(KNOWLEDGE.findings, "absent") | {"trend": "improving"}
    put, _ = interview(person, told)
    assert len(put) <= 8, [question.id for question in put]


def test_checklists_have_at_most_six_items_each_with_its_own_words() -> None:
    for question in KNOWLEDGE.questions:
        if question.kind is QuestionKind.CHECKLIST:
            assert len(question.findings) <= 6
            assert set(question.options) == set(question.findings)


def test_every_critical_finding_that_is_asked_is_asked_again_when_unsure() -> None:
    again = {finding for question in KNOWLEDGE.questions if question.again for finding in question.findings}
    asked = {
        finding
        for question in KNOWLEDGE.questions
        if question.always and question.when is None
        for finding in question.findings
    }
    assert {f for f in asked if KNOWLEDGE.findings[f].critical} <= again


@given(quiet_people(), st.integers(0, 8))
def test_there_is_no_result_before_the_screening_is_complete(
    person: dict[str, FindingValue], steps: int
) -> None:
    values: dict[str, FindingValue] = {"region": ("lower",)}
    asked: dict[str, int] = {}
    for _ in range(steps):
        step = next_step(KNOWLEDGE, values, asked)
        if step is None:
            break
        asked[step.question.id] = TRIES
        values |= {finding: person[finding] for finding in step.findings}
    record = {finding: Known(value, "", 1) for finding, value in values.items()}
    try:
        assessment = assess(KNOWLEDGE, record, asked)
    except IncompleteScreeningError:
        assert next_step(KNOWLEDGE, values, asked) is not None
    else:
        assert next_step(KNOWLEDGE, values, asked) is None
        assert assessment.as_dict()["seek_help_if"]


@given(people(), st.randoms())
@settings(max_examples=100)
def test_the_order_in_which_things_become_known_changes_nothing(
    person: dict[str, FindingValue], random: object
) -> None:
    keys = sorted(person)
    random.shuffle(keys)  # type: ignore[attr-defined]
    shuffled = {key: person[key] for key in keys}
    assert fired(KNOWLEDGE.rules, person) == fired(KNOWLEDGE.rules, shuffled)
