"""Exercises and care fit the person: nothing that a finding forbids, whatever else is known or not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchat.knowledge import FindingValue, Urgency
from backchat.screening.assessment import Assessment, assess
from backchat.screening.guidance import care_for, exercises_for
from backchat.screening.record import Known
from tests.screening.people import KNOWLEDGE, people, quiet_people

Values = dict[str, FindingValue]

EXERCISES = {exercise.id for exercise in KNOWLEDGE.exercises}
PATTERNS = [pattern.id for pattern in KNOWLEDGE.patterns]
AT_HOME = (Urgency.CONSULTATION, Urgency.SELF_CARE)
HANDS_ON = {"massage", "chiropractic"}

# What each movement asks of a body: what a finding forbids is said in these terms, not in those of the file.
ON_THE_BACK = {"pelvic_tilt", "knee_to_chest"}
ON_THE_FRONT = {"plank"}
BENDS_FORWARD = {"cat_cow", "knee_to_chest", "childs_pose"}
ARCHES = {"cat_cow"}
WEIGHT_ON_THE_ARMS = {"bird_dog", "plank"}
HARD_WORK = {"bird_dog", "plank"}

FIT: Values = {"severity": 2.0, "duration_days": 20.0, "age": 40.0}
# The pictures for which there are most exercises come up most.
A_PATTERN = st.one_of(st.just("muscular"), st.sampled_from(PATTERNS))

TOLD = ("present", "unsure", "longstanding")
FORBIDDEN: list[tuple[Values, set[str]]] = [
    *(
        (facts | {"aggravated_by": (worse,)}, BENDS_FORWARD)
        for worse in ("bending", "coughing_or_sneezing")
        for facts in (
            *({"radiation": (place,)} for place in ("buttock", "thigh", "leg", "below_knee", "foot")),
            {"known_condition": ("disc_herniation",)},
        )
    ),
    ({"known_condition": ("spondylolisthesis",)}, ARCHES),
    ({"known_condition": ("stenosis",)}, ARCHES),
    ({"weeks_pregnant": 34.0}, ON_THE_FRONT | ON_THE_BACK | HARD_WORK),
    ({"severity": 7.0}, HARD_WORK),
    ({"severity": 5.0}, ON_THE_FRONT),
    ({"duration_days": 6.0}, HARD_WORK),
    ({"duration_days": 13.0}, ON_THE_FRONT),
    *(
        ({finding: value}, withheld)
        for value in TOLD
        for finding, withheld in (
            ("pregnant", ON_THE_FRONT | ON_THE_BACK | HARD_WORK | {"childs_pose"}),
            ("postpartum", ON_THE_FRONT),
            ("osteoporosis", BENDS_FORWARD | ON_THE_FRONT),
            ("long_term_steroids", BENDS_FORWARD | ON_THE_FRONT),
            ("cancer_history", BENDS_FORWARD | ON_THE_FRONT),
            ("leg_numbness", BENDS_FORWARD),
            ("leg_weakness", EXERCISES),
            ("foot_drop", EXERCISES),
            ("unsteady_or_clumsy", EXERCISES),
            ("saddle_numbness", EXERCISES),
            ("both_legs_affected", EXERCISES),
            ("arm_numbness_or_weakness", WEIGHT_ON_THE_ARMS),
            ("previous_spine_surgery", EXERCISES - {"pelvic_tilt"}),
        )
    ),
]


def given_to(urgency: Urgency, pattern: str, values: Values) -> set[str]:
    return {exercise.id for exercise in exercises_for(KNOWLEDGE, urgency, pattern, values)}


def assessed(values: Values) -> Assessment:
    record = {finding: Known(value, "", 1) for finding, value in values.items()}
    return assess(KNOWLEDGE, record, {question.id: 3 for question in KNOWLEDGE.questions})


@st.composite
def partly_known(draw: st.DrawFn) -> Values:
    """People of whom anything may be known, and anything not; every other one is fit for all exercises."""
    person = draw(st.one_of(people(), quiet_people()))
    known = {
        finding: person[finding] for finding in draw(st.sets(st.sampled_from(sorted(person)), max_size=9))
    }
    return known if draw(st.booleans()) else FIT


@given(partly_known(), st.sampled_from(Urgency), A_PATTERN)
def test_nobody_who_needs_care_sooner_than_an_appointment_is_given_exercises(
    person: Values, urgency: Urgency, pattern: str
) -> None:
    if urgency not in AT_HOME:
        assert given_to(urgency, pattern, person) == set()


@given(st.one_of(people(), quiet_people()))
def test_an_assessment_keeps_to_it(person: Values) -> None:
    assessment = assessed(person)
    if assessment.urgency not in AT_HOME:
        assert assessment.exercises == ()
    for facts, withheld in FORBIDDEN:
        if all(person.get(finding) == value for finding, value in facts.items()):
            assert withheld.isdisjoint(exercise.id for exercise in assessment.exercises)


@pytest.mark.parametrize(("facts", "withheld"), FORBIDDEN, ids=lambda part: str(sorted(part)))
@given(person=partly_known(), urgency=st.sampled_from(AT_HOME), pattern=A_PATTERN)
@settings(max_examples=25)
def test_no_exercise_is_given_that_a_finding_forbids(
    facts: Values, withheld: set[str], person: Values, urgency: Urgency, pattern: str
) -> None:
    assert withheld.isdisjoint(given_to(urgency, pattern, person | facts))


@given(partly_known(), st.sampled_from(AT_HOME), st.sampled_from(PATTERNS), st.floats(70, 120))
def test_late_in_life_bones_count_as_thin_until_they_are_known_not_to_be(
    person: Values, urgency: Urgency, pattern: str, age: float
) -> None:
    if person.get("osteoporosis") != "absent":
        assert BENDS_FORWARD.isdisjoint(given_to(urgency, pattern, person | {"age": age}))


@given(partly_known(), st.sampled_from(AT_HOME), st.sampled_from(sorted(BENDS_FORWARD)))
def test_an_irritated_nerve_is_not_bent(person: Values, urgency: Urgency, exercise: str) -> None:
    assert exercise not in given_to(urgency, "radicular", person)


@given(partly_known(), st.sampled_from(AT_HOME), A_PATTERN)
def test_hard_work_waits_until_the_pain_is_known_to_be_mild_and_not_new(
    person: Values, urgency: Urgency, pattern: str
) -> None:
    for unknown in ("severity", "duration_days"):
        rest = {finding: value for finding, value in person.items() if finding != unknown}
        assert HARD_WORK.isdisjoint(given_to(urgency, pattern, rest))


@given(st.data(), st.sampled_from(AT_HOME), A_PATTERN)
def test_telling_more_of_a_sign_never_brings_an_exercise(
    data: st.DataObject, urgency: Urgency, pattern: str
) -> None:
    person = data.draw(quiet_people())
    sign = data.draw(st.sampled_from([f for f, spec in KNOWLEDGE.findings.items() if spec.kind == "tri"]))
    without = given_to(urgency, pattern, person | {sign: "absent"})
    for value in TOLD:
        assert given_to(urgency, pattern, person | {sign: value}) <= without


@pytest.mark.parametrize("exercise", KNOWLEDGE.exercises, ids=lambda exercise: exercise.id)
def test_each_exercise_says_when_to_stop(exercise: Any) -> None:
    assert re.match(r"Stop if .*\bpain grows\b", exercise.stop_if)


@pytest.mark.parametrize("exercise", sorted(EXERCISES))
def test_each_exercise_is_given_to_somebody(exercise: str) -> None:
    settled: Values = FIT | {"quality": ("aching",), "mechanism": ("lifting",)}
    assert exercise in {given.id for given in assessed(settled).exercises}


@pytest.mark.parametrize(
    ("facts", "withheld"),
    [
        *(
            ({finding: value}, HANDS_ON)
            for finding in ("osteoporosis", "long_term_steroids", "anticoagulant", "cancer_history")
            for value in TOLD
        ),
        *(
            ({finding: value}, {"chiropractic"})
            for finding in (
                *("leg_numbness", "leg_weakness", "arm_numbness_or_weakness", "unsteady_or_clumsy"),
                *("pregnant", "previous_spine_surgery", "minor_trauma"),
            )
            for value in TOLD
        ),
        ({"nsaid_caution": ("anticoagulant",)}, HANDS_ON),
        ({"known_condition": ("disc_herniation",)}, {"chiropractic"}),
        ({"region": ("neck",)}, {"chiropractic"}),
        ({"age": 15.0}, {"chiropractic"}),
        ({"pregnant": "present"}, {"nerve_positions", "ask_about_nsaid", "cream"}),
        ({"osteoporosis": "present"}, {"middle", "scan_not_needed"}),
        ({"night_pain": "present"}, {"scan_not_needed"}),
        ({"cancer_history": "present"}, {"scan_not_needed"}),
    ],
    ids=str,
)
@given(person=partly_known(), urgency=st.sampled_from(Urgency), pattern=A_PATTERN)
@settings(max_examples=25)
def test_no_care_is_told_that_a_finding_forbids(
    facts: Values, withheld: set[str], person: Values, urgency: Urgency, pattern: str
) -> None:
    told = {care.id for care in care_for(KNOWLEDGE, urgency, pattern, person | facts)}
    assert told.isdisjoint(withheld)


@given(partly_known(), st.sampled_from(AT_HOME))
def test_pain_that_may_come_from_an_organ_is_not_told_that_it_needs_no_scan(
    person: Values, urgency: Urgency
) -> None:
    for pattern in ("visceral", "inflammatory", "malignancy", "infection", "fracture", "vascular"):
        assert "scan_not_needed" not in {care.id for care in care_for(KNOWLEDGE, urgency, pattern, person)}


def test_whatever_is_said_to_forbid_can_be_told() -> None:
    for facts, _ in FORBIDDEN:
        for finding, value in facts.items():
            told = value if isinstance(value, tuple) else (value,)
            assert isinstance(value, float) or set(told) <= set(KNOWLEDGE.findings[finding].values)
