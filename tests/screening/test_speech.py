from __future__ import annotations

import pytest
from hypothesis import given, settings

from backchat.knowledge import FindingValue, Question, Urgency
from backchat.knowledge.models import DESIGN_CHOICE
from backchat.screening.assessment import assess
from backchat.screening.conditions import findings_of
from backchat.screening.record import Known
from backchat.screening.speech import Speaker
from tests.screening.people import KNOWLEDGE, people

SPEAKER = Speaker(KNOWLEDGE)


def record_of(**values: FindingValue) -> dict[str, Known]:
    return {finding: Known(value, f"their words on {finding}", 1) for finding, value in values.items()}


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0.2, "since today"),
        (1.0, "for about 1 day"),
        (10.0, "for about 10 days"),
        (14.0, "for about 2 weeks"),
        (21.0, "for about 3 weeks"),
        (90.0, "for about 3 months"),
        (365.0, "for about 1 year"),
        (900.0, "for about 2 years"),
    ],
)
def test_a_duration_is_said_as_people_say_it(days: float, words: str) -> None:
    assert SPEAKER.name("duration_days", Known(days, "", 1)) == words


def test_the_summary_keeps_apart_what_is_there_denied_and_in_doubt() -> None:
    record = record_of(region=("lower",), fever="absent", leg_numbness="present", night_pain="unsure")
    summary = SPEAKER.summary(record)
    there, rest = summary.split("You told me this is not there:")
    denied, doubted = rest.split("You're not sure about:")
    assert "lower back" in there
    assert "numbness" in there
    assert "fever" in denied
    assert "wakes you" in doubted


@given(people())
@settings(max_examples=100)
def test_every_result_can_be_told(person: dict[str, FindingValue]) -> None:
    record = record_of(**person)
    assessment = assess(KNOWLEDGE, record, {question.id: 3 for question in KNOWLEDGE.questions})
    messages = SPEAKER.result(assessment)
    assert 1 <= len(messages) <= 3
    told = "\n".join(messages)
    if not assessment.urgency.is_emergency:  # who goes for help is told only what an ambulance is called for
        assert all(SPEAKER.told(item, record) in told for item in assessment.safety_net)
    assert "{{" not in told
    assert "!" not in told


@pytest.mark.parametrize(
    ("country", "number"), [("us", "911"), ("uk", "999"), ("ie", "112"), ("au", "000"), ("nz", "111")]
)
def test_the_emergency_number_is_that_of_the_country(country: str, number: str) -> None:
    record = record_of(chest_pain="present", country=country)
    told = "\n".join(SPEAKER.result(assess(KNOWLEDGE, record, {})))
    assert number in told
    assert Speaker(KNOWLEDGE, country).country({}).id == country


def test_without_a_country_several_numbers_are_given() -> None:
    told = "\n".join(SPEAKER.result(assess(KNOWLEDGE, record_of(chest_pain="present"), {})))
    assert all(number in told for number in ("911", "999", "112"))


def test_each_urgency_has_its_own_advice() -> None:
    assert len({advice.title for advice in KNOWLEDGE.advice.values()}) == len(Urgency)


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({"pregnant": "present", "age": 30.0}, "See your midwife, a doctor or a physiotherapist"),
        ({"postpartum": "present", "age": 30.0}, "See your midwife, a doctor or a physiotherapist"),
        ({"previous_spine_surgery": "present", "age": 30.0}, "See a doctor or a physiotherapist"),
        ({"age": 12.0}, "See a doctor in the coming days"),
        ({"pregnant": "present", "fever": "present"}, "Contact your midwife or maternity unit, or"),
        ({"fever": "present"}, "Contact your doctor"),
    ],
)
def test_whom_to_see_fits_the_person(person: dict[str, FindingValue], words: str) -> None:
    record = record_of(**person)
    assessment = assess(KNOWLEDGE, record, {question.id: 3 for question in KNOWLEDGE.questions})
    for told in (SPEAKER.result(assessment)[0], SPEAKER.advised(assessment.urgency, record)):
        assert words in told


def test_whom_to_see_fits_somebody_else() -> None:
    record = record_of(subject="other", sex="female", pregnant="present")
    assert "See her midwife" in SPEAKER.advised(Urgency.CONSULTATION, record)


@pytest.mark.parametrize("question", [q for q in KNOWLEDGE.questions if q.findings], ids=lambda q: q.id)
def test_a_question_that_rules_rest_on_says_why_with_their_sources(question: Question) -> None:
    why = SPEAKER.why(question, {})
    assert why.startswith(question.why)
    resting = [r for r in KNOWLEDGE.rules if set(findings_of(r.when)) & set(question.findings)]
    most = max((rule.urgency.rank for rule in resting), default=None)
    sources = {source for rule in resting if rule.urgency.rank == most for source in rule.sources}
    assert ("Sources: " in why) == bool(sources - {DESIGN_CHOICE})
    assert "Backchat" not in why.removeprefix(question.why)


def test_the_sources_of_a_question_are_those_of_its_most_urgent_rules() -> None:
    question = next(q for q in KNOWLEDGE.questions if q.id == "cauda_equina_signs")
    emergency = {s for rule in KNOWLEDGE.rules if rule.urgency.is_emergency for s in rule.sources}
    named = SPEAKER.why(question, {}).partition("Sources: ")[2].rstrip(".").split("; ")
    assert {f"{s.publisher} ({s.year})" for s in map(KNOWLEDGE.sources.__getitem__, emergency)} >= set(named)
