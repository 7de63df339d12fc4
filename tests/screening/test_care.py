"""The care that is told makes sense as a whole, to a paramedic and to the person, and fits who they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchat.knowledge import FindingValue, Urgency
from backchat.screening.assessment import Assessment, assess
from backchat.screening.guidance import MOST_CARE, care_for
from backchat.screening.record import Known
from backchat.screening.speech import Speaker
from tests.screening.people import KNOWLEDGE, WELL, people
from tests.screening.ways import Way, ways

Values = dict[str, FindingValue]

URGENT = [rule for rule in KNOWLEDGE.rules if rule.urgency.rank >= Urgency.CONSULTATION_24.rank]
AMBULANCE = [rule for rule in URGENT if rule.urgency is Urgency.EMERGENCY_AMBULANCE]
HOME_REMEDY = re.compile(r"\b(heat|warmth|exercise with|stretch|keep moving|stay as active|painkiller)", re.I)
GETTING_THERE = re.compile(r"\b(take you|take along|get there|drive yourself|ring your|a visit|book)\b", re.I)
MOVING = re.compile(r"\b(get up|walk|sit|stand|bring|go to|take along|hold the rail|fetch)\b", re.I)
STRAIN: Values = WELL | {"mechanism": ("lifting",), "trend": "improving"}
PATTERNS = [pattern.id for pattern in KNOWLEDGE.patterns]


def assessed(values: Way) -> Assessment:
    record = {finding: Known(value, "", 1) for finding, value in values.items()}
    return assess(KNOWLEDGE, record, {question.id: 3 for question in KNOWLEDGE.questions})


def texts(assessment: Assessment) -> dict[str, str]:
    return {care.id: care.text for care in assessment.care}


def told(values: Way) -> str:
    return Speaker(KNOWLEDGE, "uk").result(assessed(values))[1]


# --- the urgent tiers, read as a paramedic would --------------------------------------------------------
@pytest.mark.parametrize("rule", AMBULANCE, ids=lambda rule: rule.id)
def test_whoever_waits_for_an_ambulance_is_not_told_how_to_travel(rule) -> None:
    for way in ways(rule.when):
        care = texts(assessed(WELL | way))
        assert [text for text in care.values() if GETTING_THERE.search(text)] == []
        assert {"stay_still", "rest_until_help"} & set(care)


def test_whoever_must_not_move_is_told_nothing_that_needs_moving() -> None:
    (rule,) = (rule for rule in KNOWLEDGE.rules if rule.id == "A6")
    for way in ways(rule.when):
        for beside in ({}, {"pregnant": "present"}, {"anticoagulant": "present"}, {"foot_drop": "present"}):
            care = texts(assessed(WELL | way | beside))
            assert next(iter(care)) == "stay_still"
            assert [text for text in care.values() if MOVING.search(text)] == []


@pytest.mark.parametrize("rule", URGENT, ids=lambda rule: rule.id)
def test_nobody_who_needs_care_within_a_day_is_told_a_home_remedy(rule) -> None:
    for way in ways(rule.when):
        care = texts(assessed(WELL | way))
        assert [text for text in care.values() if HOME_REMEDY.search(text)] == []


def test_who_thinks_of_suicide_is_told_of_help_in_every_tier_and_gathers_no_medicines() -> None:
    for beside in (
        {},
        {"saddle_numbness": "present"},
        {"chest_pain": "present"},
        {"suicidal_plan": "present"},
    ):
        care = texts(assessed(WELL | {"suicidal_thoughts": "present"} | beside))
        assert {"crisis_line", "not_alone"} <= set(care)
        assert not {"medicines_ready", "bring_medicines"} & set(care)


def test_who_is_or_could_be_pregnant_is_told_to_say_so() -> None:
    for pregnant in ("present", "unsure"):
        for sign in ("collapse", "saddle_numbness", "fever"):
            care = texts(assessed(WELL | {"pregnant": pregnant, sign: "present"}))
            assert "pregnant" in care["say_pregnant"]
    assert "call_maternity" not in texts(assessed(WELL | {"pregnant": "present", "collapse": "present"}))


def test_all_that_is_urgent_is_spoken() -> None:
    person = WELL | {"chest_pain": "present", "pregnant": "present", "anticoagulant": "present"}
    person |= {"saddle_numbness": "present", "suicidal_thoughts": "present"}
    assessment = assessed(person)
    speaker = Speaker(KNOWLEDGE, "uk")
    said = "\n".join(speaker.result(assessment))
    assert len(assessment.care) > 5
    texts = {care.id: speaker.for_country(care.text, assessment.record) for care in assessment.care}
    assert [care for care, text in texts.items() if text not in said] == []
    assert "Samaritans" in texts["crisis_line"]
    assert "988" not in texts["crisis_line"]


# --- whom it is told to ---------------------------------------------------------------------------------
@given(people(), st.sampled_from(Urgency), st.sampled_from(PATTERNS))
@settings(max_examples=300)
def test_what_only_some_can_have_is_told_to_nobody_else(
    person: Values, urgency: Urgency, pattern: str
) -> None:
    around_birth = {person["pregnant"], person["postpartum"]} & {"present", "unsure"}
    for care in care_for(KNOWLEDGE, urgency, pattern, person):
        if re.search(r"midwife|pregnan|maternity|\bbaby\b", f"{care.title} {care.text}", re.I):
            assert around_birth
        if re.search(r"\bperiods?\b", care.text):
            assert person["cyclical_with_periods"] == "present"
        if "losing" in care.text.lower() and "weight" in care.text:
            assert person["pregnant"] not in ("present", "unsure")


def test_an_old_man_is_told_to_ask_a_pharmacist_or_a_doctor() -> None:
    care = texts(assessed(STRAIN | {"age": 78.0, "sex": "male"}))
    assert "pharmacist or doctor" in care["careful_with_pain_relief"]


@given(people(), st.sampled_from(("osteoporosis", "long_term_steroids", "cancer_history")))
def test_fragile_bones_are_not_stretched(person: Values, finding: str) -> None:
    for value in ("present", "unsure", "longstanding"):
        care = care_for(KNOWLEDGE, Urgency.SELF_CARE, "muscular", person | {finding: value})
        assert "muscle_stretch" not in {one.id for one in care}


# --- how long it has lasted -----------------------------------------------------------------------------
@pytest.mark.parametrize("pattern", KNOWLEDGE.patterns, ids=lambda pattern: pattern.id)
def test_nobody_is_told_a_course_that_is_over(pattern) -> None:
    """Nobody who has had it for months or years is told that it settles within weeks."""
    over = re.compile(r"(one|two|four|six|few)( to \w+)? weeks?\b")
    assert not over.search(pattern.course_at("chronic"))
    assert not over.search(pattern.course_at("subacute"))
    assert pattern.course_at("acute") == pattern.course_at("unknown") == pattern.course


@pytest.mark.parametrize(
    ("days", "words"), [(3.0, "one to two weeks"), (40.0, "After a month"), (730.0, "After three months")]
)
def test_the_course_that_is_told_is_that_of_the_stage(days: float, words: str) -> None:
    assert words in told(STRAIN | {"duration_days": days})


# --- how much is told -----------------------------------------------------------------------------------
HABITS = ("prolonged_sitting", "inactive", "overweight", "stress", "poor_sleep", "smoking", "heavy_lifting")
LASTING: Values = STRAIN | {
    "duration_days": 730.0,
    "lifestyle": HABITS,
    "low_mood": "present",
    "severity": 7.0,
}


def test_in_a_long_case_with_many_habits_nothing_is_dropped_that_was_told_or_that_the_stage_needs() -> None:
    care = texts(assessed(LASTING))
    assert {"sitting_breaks", "start_moving", "weight", "stress", "sleep", "smoking", "lifting"} <= set(care)
    assert {"chronic", "physiotherapy", "fear_and_mood", "keep_moving", "heat", "no_bed_rest"} <= set(care)
    assert not {"cream", "massage", "chiropractic", "lower"} & set(care)
    said = told(LASTING)
    assert [name for name, text in care.items() if text not in said] == []


@given(people(), st.sampled_from(Urgency), st.sampled_from(PATTERNS))
@settings(max_examples=300)
def test_only_what_is_optional_is_left_out_and_only_for_want_of_room(
    person: Values, urgency: Urgency, pattern: str
) -> None:
    chosen = care_for(KNOWLEDGE, urgency, pattern, person)
    optional = [care for care in chosen if care.optional]
    assert not optional or len(chosen) <= MOST_CARE
    order = [care.id for care in KNOWLEDGE.care]
    assert [care.id for care in chosen] == sorted((care.id for care in chosen), key=order.index)


@pytest.mark.parametrize("habit", KNOWLEDGE.findings["lifestyle"].values)
def test_the_care_for_a_habit_is_told_whatever_else_is(habit: str) -> None:
    alone = {care.id for care in assessed(STRAIN | {"lifestyle": (habit,)}).care}
    without = {care.id for care in assessed(STRAIN).care}
    everything = tuple(KNOWLEDGE.findings["lifestyle"].values)
    needed = {c.id for c in KNOWLEDGE.care if not c.optional}
    assert (alone - without) & needed <= {
        care.id for care in assessed(STRAIN | {"lifestyle": everything}).care
    }
