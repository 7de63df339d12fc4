from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchat.knowledge import FindingKind, FindingValue, QuestionKind, Urgency
from backchat.screening.assessment import IncompleteScreeningError, assess
from backchat.screening.interview import MOST_QUESTIONS, TRIES, TRIES_AGAIN, Step, missing, next_step
from backchat.screening.record import Known, values_of
from backchat.screening.triage import fired, urgency_of
from tests.screening.people import KNOWLEDGE, WELL, interview, people, quiet_people

CAUDA_EQUINA = {
    "saddle_numbness",
    "urinary_retention",
    "urinary_incontinence",
    "bowel_incontinence",
    "sexual_dysfunction",
    "both_legs_affected",
}


@given(quiet_people())
def test_whoever_is_not_an_emergency_has_been_asked_each_emergency_item(
    person: dict[str, FindingValue],
) -> None:
    _, values = interview(person)
    if not urgency_of(fired(KNOWLEDGE.rules, values)).is_emergency:
        blocks = [q for q in KNOWLEDGE.questions if q.always and q.when is None]
        asked_first = {f for q in blocks for f in q.findings if f not in q.shown_when}
        assert asked_first <= set(values)
        of_sex = {"sexual_dysfunction"}  # no child is asked about it
        is_child = float(str(values["age"])) < 12 if "age" in values else False
        assert asked_first >= CAUDA_EQUINA - of_sex
        assert set(values) >= (CAUDA_EQUINA - of_sex if is_child else CAUDA_EQUINA)


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


SUDDEN: dict[str, FindingValue] = {"onset": "sudden", "severity": 8.0}
LATER = {"duration_days": 20.0}
DESPAIR: dict[str, FindingValue] = {
    "low_mood": "present",
    "suicidal_thoughts": "present",
    "suicidal_plan": "present",
    "duration_days": 400.0,
}


@pytest.mark.parametrize(
    ("told", "revealed", "rule"),
    [
        ({}, {"chest_pain": "present"}, "A1"),
        ({}, {"breathlessness": "present"}, "A1"),
        ({}, {"radiation": ("jaw",)}, "A1"),
        ({}, {"radiation": ("arm",)}, "A1"),
        ({}, {"sudden_tearing_pain": "present"}, "A2"),
        ({}, {"collapse": "present"}, "A3"),
        ({}, {"known_aneurysm": "present", **SUDDEN}, "A4"),
        ({}, {"known_aneurysm": "present", "severe_abdominal_pain": "present"}, "A4"),
        ({}, {"fever": "present", "confused_or_drowsy": "present"}, "A5"),
        ({}, {"fever": "present", "leg_weakness": "present", "confused_or_drowsy": "present"}, None),
        ({"mechanism": ("fall",)}, {"major_trauma": "present", "leg_weakness": "present"}, "A6"),
        ({"mechanism": ("fall",)}, {"major_trauma": "present", "unsteady_or_clumsy": "present"}, "A6"),
        ({"mechanism": ("road_crash",)}, {"major_trauma": "present", "urinary_retention": "present"}, "A6"),
        ({"mechanism": ("fall",)}, {"major_trauma": "present", "both_legs_affected": "present"}, "A6"),
        ({}, {"major_trauma": "present", "leg_weakness": "present"}, "A6"),
        ({"major_trauma": "present"}, {"leg_weakness": "present"}, None),
        ({"major_trauma": "present"}, {"bowel_incontinence": "present"}, None),
        ({}, {"pregnant": "unsure", "shoulder_tip_pain": "present"}, "A7"),
        ({}, {"pregnant": "present", "severe_abdominal_pain": "present"}, "A7"),
        ({}, {"pregnant": "present", "severe_abdominal_pain": "present", "vomiting": "present"}, "A7"),
        ({}, {"anticoagulant": "present", "leg_numbness": "present", **SUDDEN}, "A8"),
        ({}, {"anticoagulant": "present", "leg_weakness": "present", **SUDDEN}, "A8"),
        ({}, DESPAIR, "A9"),
        ({}, {"cold_or_pale_leg": "present"}, "A10"),
        *(({}, {finding: "present"}, None) for finding in sorted(CAUDA_EQUINA)),
        ({}, {"major_trauma": "present"}, "E6"),
        ({}, {"fever": "present", "iv_drug_use": "present"}, "E7"),
        ({}, {"fever": "present", "immunosuppressed": "present"}, "E7"),
        ({}, {"fever": "present", "recent_infection_or_procedure": "present"}, "E7"),
        ({}, {"fever": "present", "leg_numbness": "present"}, "E7"),
        ({}, {"cancer_history": "present", "leg_weakness": "present"}, "E8"),
        ({}, {"cancer_history": "present", "unsteady_or_clumsy": "present", **LATER}, "E8"),
        ({}, {"foot_drop": "present", "onset": "sudden"}, "E9"),
        ({}, {"foot_drop": "present", "trend": "worsening"}, "E9"),
        ({}, {"leg_weakness": "present", "leg_weakness_worsening": "present"}, "E9"),
        ({}, {"leg_weakness": "unsure", "leg_weakness_worsening": "present"}, "E9"),
        ({}, {"anticoagulant": "present", **SUDDEN}, "E10"),
        ({}, {"severe_abdominal_pain": "present", "vomiting": "present"}, "E11"),
        ({}, {"jaundice": "present", "fever": "present"}, "E12"),
        ({}, {"pregnant": "present", "vaginal_bleeding": "present"}, "E13"),
        ({}, {"pregnant": "present", "pregnancy_warning_sign": "present"}, "E13"),
        ({"region": ("flank",)}, {"pregnant": "present", "fever": "present"}, "E14"),
        ({"region": ("flank",)}, {"fever": "present", "vomiting": "present"}, "E14"),
        ({}, {"pain_in_waves_to_groin": "present", "fever": "present", "vomiting": "present"}, "E14"),
        ({}, {"pain_in_waves_to_groin": "present", "age": 68.0}, "E15"),
        ({}, {"unsteady_or_clumsy": "present"}, "E16"),
        ({}, {"unsteady_or_clumsy": "present", "trend": "worsening", **LATER}, "E16"),
        ({}, {"fever": "present", "age": 12.0}, "E17"),
        ({}, {"leg_weakness": "present", "age": 12.0}, "E17"),
    ],
)
@pytest.mark.parametrize("nothing_else_told", [True, False])
def test_an_emergency_comes_out_by_asking(
    told: dict[str, FindingValue],
    revealed: dict[str, FindingValue],
    rule: str | None,
    nothing_else_told: bool,
) -> None:
    person = WELL | told | revealed
    opening = told if nothing_else_told else told | {f: person[f] for f in ("region", "duration_days")}
    _, values = interview(person, opening)
    rules = fired(KNOWLEDGE.rules, values)
    # An emergency is told at once, so a sign that would come out later does not lift it to an ambulance.
    assert urgency_of(rules).is_emergency
    if rule is not None:
        assert rule in [one.id for one in rules]
        assert urgency_of(rules) is urgency_of(fired(KNOWLEDGE.rules, person))


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        ({"age": 30.0}, True),
        ({"age": 30.0, "sex": "female"}, True),
        ({}, True),
        ({"age": 30.0, "sex": "male"}, False),
        ({"age": 60.0}, False),
        ({"age": 9.0}, False),
    ],
)
def test_pregnancy_is_asked_of_whom_it_can_concern(known: dict[str, FindingValue], asked: bool) -> None:
    (question,) = (q for q in KNOWLEDGE.questions if "pregnant" in q.findings and not q.again)
    assert ("pregnant" in missing(question, known)) is asked


def decided(values: dict[str, FindingValue]) -> list[str]:
    return [rule.id for rule in fired(KNOWLEDGE.rules, values)]


def asked_of(**values: FindingValue) -> set[str]:
    person = WELL | values
    put, _ = interview(
        person, {f: person[f] for f in ("region", "duration_days", "mechanism") if f in person}
    )
    return {question.id for question in put}


def test_a_plain_strain_is_asked_eight_questions() -> None:
    assert len(asked_of(mechanism=("lifting",), trend="improving")) == 8


def test_thoughts_of_ending_life_are_asked_about_only_after_a_low_mood() -> None:
    assert "mood" not in asked_of()
    assert "mood" in asked_of(duration_days=200.0)
    assert "safety" not in asked_of(duration_days=200.0)
    assert "safety" in asked_of(duration_days=200.0, low_mood="present")


def test_a_plan_is_asked_about_first_of_whoever_told_thoughts_of_ending_life() -> None:
    put, values = interview(
        WELL | {"suicidal_plan": "present"}, {"region": ("lower",), "suicidal_thoughts": "present"}
    )
    assert [question.id for question in put] == ["safety"]
    assert decided(values)[0] == "A9"


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ({"trend": "steady"}, True),
        ({"trend": "improving"}, False),
        ({"trend": "steady", "mechanism": ("lifting",)}, False),
        ({"trend": "steady", "mechanism": ("none",)}, True),
    ],
)
def test_a_known_condition_is_asked_about_where_a_change_in_it_can_matter(
    told: dict[str, FindingValue], asked: bool
) -> None:
    assert ("known_condition" in asked_of(**told)) is asked


@pytest.mark.parametrize(("sex", "asked"), [(None, True), ("undisclosed", True), ("female", False)])
def test_a_doubt_about_a_pregnancy_is_asked_once_more_of_whom_may_be_a_man(
    sex: str | None, asked: bool
) -> None:
    known = WELL | {"pregnant": "unsure"} | ({} if sex is None else {"sex": sex})
    del known["shoulder_tip_pain"]
    step = next_step(KNOWLEDGE, known, {"background": 1})
    assert step is not None
    assert step.question.id == ("pregnant_again" if asked else "pregnancy_signs")
    assert (
        next_step(KNOWLEDGE, known | {"pregnant": "absent"}, {"background": 1, "pregnant_again": 1}) is None
    )


def test_signs_of_inflammation_are_asked_about_where_it_began_young_and_lasts() -> None:
    assert "inflammatory_signs" in asked_of(age=47.0, duration_days=2920.0)
    assert "inflammatory_signs" not in asked_of(age=47.0, duration_days=200.0)
    assert "inflammatory_signs" not in asked_of(age=30.0, duration_days=20.0)


def test_a_vague_risk_of_infection_is_asked_about_without_fever_where_it_can_matter() -> None:
    assert "health_risks" in asked_of(night_pain="present")
    assert "health_risks" in asked_of(severity=8.0)
    assert "health_risks" not in asked_of()


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
        {"cauda_equina_signs": 1, "cauda_equina_signs_again": TRIES_AGAIN},
    )
    assert after is not None
    assert after.question.id == "heart_and_vessel_signs"


def test_a_second_asking_that_was_not_understood_is_put_once_more() -> None:
    signs = dict.fromkeys(CAUDA_EQUINA, "unsure") | {"region": ("lower",)}
    step = next_step(KNOWLEDGE, signs, {"cauda_equina_signs": 1, "cauda_equina_signs_again": 1})
    assert step is not None
    assert step.question.id == "cauda_equina_signs_again"


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


def test_checklists_have_their_own_words_for_each_item() -> None:
    for question in KNOWLEDGE.questions:
        if question.kind is QuestionKind.CHECKLIST:
            assert set(question.options) == set(question.findings)


@given(people(), st.data())
def test_no_checklist_shows_more_than_six_items(person: dict[str, FindingValue], data: st.DataObject) -> None:
    known = {f: person[f] for f in data.draw(st.sets(st.sampled_from(sorted(person))))}
    for question in KNOWLEDGE.questions:
        if question.kind is QuestionKind.CHECKLIST:
            assert len(missing(question, known)) <= 6, question.id


def test_every_critical_finding_that_is_asked_is_asked_again_when_unsure() -> None:
    again = {finding for question in KNOWLEDGE.questions if question.again for finding in question.findings}
    asked = {
        finding
        for question in KNOWLEDGE.questions
        if question.always and question.when is None
        for finding in question.findings
    }
    assert {f for f in asked if KNOWLEDGE.findings[f].critical} <= again


def test_the_last_question_is_not_kept_for_a_doubt_that_there_is_not() -> None:
    """A second asking can come after any first one; until there is a doubt, the first ones need the room."""
    values = WELL | {"severity": 7.0, "onset": "sudden", "leg_weakness": "present"}
    known = {f: value for f, value in values.items() if f != "anticoagulant"}
    asked = {f"question {number}": 1 for number in range(MOST_QUESTIONS - 1)}
    step = next_step(KNOWLEDGE, known, asked)
    assert step is not None
    assert "anticoagulant" in step.findings


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
    meant = values_of(record, KNOWLEDGE.findings)
    try:
        assessment = assess(KNOWLEDGE, record, asked)
    except IncompleteScreeningError:
        assert next_step(KNOWLEDGE, meant, asked) is not None
    else:
        assert next_step(KNOWLEDGE, meant, asked) is None
        assert assessment.as_dict()["seek_help_if"]


@pytest.mark.parametrize(
    ("known", "denied", "asked"),
    [
        ({"fever": "present"}, "fever", True),
        ({"urinary_incontinence": "present"}, "urinary_incontinence", True),
        ({"urinary_incontinence": "present", "chest_pain": "present"}, "urinary_incontinence", False),
        ({"urinary_incontinence": "present", "fever": "present"}, "fever", False),
    ],
)
def test_what_is_both_told_and_denied_is_asked_about_unless_it_is_an_emergency_all_the_same(
    known: dict[str, FindingValue], denied: str, asked: bool
) -> None:
    step = next_step(KNOWLEDGE, {"region": ("lower",)} | known, {}, [denied])
    assert (step is not None) is asked
    if step is not None:
        assert (step.question.id, step.findings) == ("confirm", (denied,))


BONES = {"osteoporosis", "long_term_steroids"}


@pytest.mark.parametrize("region", KNOWLEDGE.findings["region"].values)
@pytest.mark.parametrize("age", [56.0, 62.0, 68.0, 80.0])
@pytest.mark.parametrize("severity", [2.0, 6.0, 9.0])
def test_whoever_may_have_thin_bones_is_asked_about_them_however_strong_the_pain(
    region: str, age: float, severity: float
) -> None:
    person = WELL | {"region": (region,), "age": age, "severity": severity}
    _, values = interview(person, {"region": (region,), "duration_days": 5.0})
    urgency = urgency_of(fired(KNOWLEDGE.rules, values))
    assert set(values) >= BONES or urgency.rank >= Urgency.CONSULTATION_24.rank


@pytest.mark.parametrize("age", [58.0, 72.0])
def test_that_costs_nobody_a_question_with_pain_low_down(age: float) -> None:
    """They stand in a list that is asked anyway, in the room of what is over at that age."""
    told: dict[str, FindingValue] = {"region": ("lower",), "duration_days": 5.0, "mechanism": ("lifting",)}
    put, values = interview(WELL | told | {"age": age, "trend": "improving"}, told)
    asking = [question for question in put if BONES & set(question.findings)]
    assert [question.id for question in asking] == ["background"]
    young, _ = interview(WELL | told | {"age": 40.0, "trend": "improving"}, told)
    assert asking[0] in young
    assert set(values) >= BONES


def test_thin_bones_alone_are_asked_about_for_the_sake_of_the_care() -> None:
    known = {f: value for f, value in WELL.items() if f not in BONES} | {"age": 62.0}
    step = next_step(KNOWLEDGE, known, {"opening": 1})
    assert step is not None
    assert set(step.findings) >= BONES
    younger = next_step(KNOWLEDGE, known | {"age": 40.0}, {"opening": 1})
    assert younger is None


@pytest.mark.parametrize(("bones", "bends"), [("absent", True), ("present", False), ("unsure", False)])
def test_who_says_that_the_bones_are_sound_is_given_what_bends_at_62(bones: str, bends: bool) -> None:
    person = WELL | {"age": 62.0, "osteoporosis": bones, "mechanism": ("lifting",)}
    record = {f: Known(value, "", 1) for f, value in person.items()}
    given = {exercise.id for exercise in assess(KNOWLEDGE, record, {}).exercises}
    assert ("knee_to_chest" in given) is bends
