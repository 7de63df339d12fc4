"""An explanation says what deciding again says, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from backchat.knowledge import FindingKind, FindingValue, Urgency
from backchat.screening.explain import Change, Explanation, changes, explain, why_not
from backchat.screening.interview import next_step, open_questions, shown
from backchat.screening.record import Known
from backchat.screening.triage import fired, urgency_of
from tests.screening.people import KNOWLEDGE, quiet_people

STRAIN: dict[str, FindingValue] = {
    "age": 40.0,
    "region": ("lower",),
    "severity": 6.0,
    "duration_days": 5.0,
    "trend": "steady",
    "onset": "sudden",
    "radiation": ("none",),
    "mechanism": ("lifting",),
    "lifestyle": ("stress", "smoking"),
}


def explained(**values: FindingValue) -> Explanation:
    record = {finding: Known(value, "words", 1) for finding, value in (STRAIN | values).items()}
    return explain(KNOWLEDGE, record)


def urgency(values: dict[str, FindingValue]) -> Urgency:
    return urgency_of(fired(KNOWLEDGE.rules, values))


def to(told: Explanation, wanted: str) -> dict[str, FindingValue]:
    return {change.finding: change.value for change in told.changes if change.urgency.value == wanted}


@settings(max_examples=30)
@given(quiet_people())
def test_every_change_is_what_deciding_again_gives(person: dict[str, FindingValue]) -> None:
    for change in changes(KNOWLEDGE, person):
        rules = fired(KNOWLEDGE.rules, {**person, change.finding: change.value})
        assert urgency_of(rules) is change.urgency is not urgency(person)
        assert change.rules == tuple(rule for rule in rules if rule.urgency is change.urgency)


@settings(max_examples=30)
@given(quiet_people())
def test_no_sign_that_would_change_the_urgency_is_passed_over(person: dict[str, FindingValue]) -> None:
    hidden = {
        finding
        for question in KNOWLEDGE.questions
        for finding in set(question.findings) - set(shown(question, person))
    }
    told = {(change.finding, change.value) for change in changes(KNOWLEDGE, person)}
    for finding, spec in KNOWLEDGE.findings.items():
        if spec.kind in (FindingKind.TRI, FindingKind.CHOICE) and finding not in hidden - set(person):
            for value in spec.values:
                changed = urgency({**person, finding: value}) is not urgency(person)
                assert ((finding, value) in told) is changed


@settings(max_examples=30)
@given(quiet_people())
def test_what_is_asked_next_is_the_first_question_that_is_due(person: dict[str, FindingValue]) -> None:
    due, later = open_questions(KNOWLEDGE, person, {})
    step = next_step(KNOWLEDGE, person, {})
    assert (step.question if step else None) == (due[0] if due else None)
    assert not set(map(id, due)) & set(map(id, later))


def test_a_rule_is_told_with_what_it_rests_on_and_its_sources() -> None:
    told = explained(fever="present", severity=7.0)
    assert [(reason.rule.id, reason.findings) for reason in told.deciding] == [("D1", ("fever",))]
    assert told.otherwise is Urgency.SELF_CARE
    assert {"nhs_back_pain", "yusuf_2019"} == {source.id for source in told.sources}


def test_without_the_deciding_rule_the_next_one_decides() -> None:
    told = explained(saddle_numbness="present", fever="present", minor_trauma="present")
    assert [reason.rule.id for reason in told.reasons] == ["E1", "D1", "C7"]
    assert [reason.rule.id for reason in told.deciding] == ["E1"]
    assert told.otherwise is Urgency.CONSULTATION_24


def test_a_single_finding_that_raises_or_lowers_the_urgency_is_named() -> None:
    told = explained(fever="present")
    assert to(told, "self_care")["fever"] in ("absent", "unsure", "longstanding")
    assert {"iv_drug_use", "leg_numbness", "saddle_numbness"} <= set(to(told, "emergency"))
    assert {"confused_or_drowsy", "chest_pain"} <= set(to(told, "emergency_ambulance"))


def test_where_two_rules_decide_no_single_finding_lowers_it() -> None:
    told = explained(fever="present", unexplained_weight_loss="present")
    assert not [change for change in told.changes if change.urgency.rank < told.urgency.rank]


@pytest.mark.parametrize(
    ("values", "change"),
    [
        ({"anticoagulant": "present"}, ("severity", 7.0, "emergency")),
        ({"anticoagulant": "present", "severity": 9.0}, ("severity", 6.0, "self_care")),
        ({"minor_trauma": "present", "age": 64.0}, ("age", 65.0, "consultation_24")),
        ({"duration_days": 40.0}, ("duration_days", 42.0, "consultation")),
        (
            {
                "age": 46.0,
                "duration_days": 90.0,
                "trend": "improving",
                "morning_stiffness_over_30_min": "present",
                "night_waking_eased_by_moving": "present",
            },
            ("age", 45.0, "consultation"),
        ),
        (
            {
                "age": 46.0,
                "duration_days": 90.0,
                "trend": "improving",
                "morning_stiffness_over_30_min": "present",
                "night_waking_eased_by_moving": "present",
            },
            ("duration_days", 366.0, "consultation"),
        ),
    ],
)
def test_of_numbers_the_nearest_is_told(
    values: dict[str, FindingValue], change: tuple[str, float, str]
) -> None:
    told = explained(**values).changes
    assert change in [(each.finding, each.value, each.urgency.value) for each in told]


def test_a_set_can_have_one_value_more_or_another_or_one_less() -> None:
    def radiating(*values: str) -> list[tuple[FindingValue, str]]:
        told: list[Change] = [
            each for each in explained(radiation=values).changes if each.finding == "radiation"
        ]
        return [(each.value, each.urgency.value) for each in told]

    assert (("foot",), "consultation") in radiating("none")
    assert (("thigh", "foot"), "consultation") in radiating("thigh")
    assert (("thigh",), "self_care") in radiating("thigh", "foot")


def test_what_cannot_be_so_for_somebody_changes_nothing() -> None:
    assert "pregnant" in to(explained(sex="female"), "consultation")
    assert "pregnant" not in to(explained(sex="male"), "consultation")


def test_why_it_is_not_more_urgent() -> None:
    higher = explained(fever="present", leg_weakness="absent").higher
    assert higher is not None
    assert higher[0] is Urgency.EMERGENCY
    near = {miss.rule.id: miss for miss in higher[1].near}
    assert near["E7"].there == ("fever",)
    assert "iv_drug_use" in near["E7"].lacking
    assert "leg_weakness" in higher[1].ruled_out
    assert "saddle_numbness" in higher[1].unknown


def test_an_excuse_that_holds_a_rule_back_is_named() -> None:
    values: dict[str, FindingValue] = {
        "age": 65.0,
        "pain_in_waves_to_groin": "present",
        "known_condition": ("kidney_stones",),
    }
    rule = next(rule for rule in KNOWLEDGE.rules if rule.id == "E15")
    (miss,) = why_not([rule], values).near
    assert (miss.there, miss.lacking) == (("age", "pain_in_waves_to_groin"), ())
    assert miss.excuses == ("known_condition",)


def test_nothing_is_more_urgent_than_an_ambulance() -> None:
    told = explained(chest_pain="present")
    assert told.higher is None
    assert told.due == told.later == ()


def test_the_picture_is_told_with_its_evidence() -> None:
    told = explained(quality=("aching",), leg_numbness="present")
    weighed = [(entry.evidence.weight, entry.findings) for entry in told.evidence]
    assert told.match.pattern.id == "muscular"
    assert weighed == [(2, ("quality",)), (2, ("radiation",)), (4, ("mechanism",)), (-4, ("leg_numbness",))]
    assert [rival.pattern.id for rival in told.rivals] == []
    assert told.contributors == ("stress", "smoking")


def test_what_would_still_be_asked_is_told() -> None:
    told = explained()
    assert [question.id for question in told.due][:2] == ["cauda_equina_signs", "heart_and_vessel_signs"]
    assert "cauda_equina_signs_again" in [question.id for question in told.later]
