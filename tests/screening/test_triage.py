from __future__ import annotations

import pytest
from hypothesis import given

from backchat.knowledge import FindingKind, FindingValue, Urgency
from backchat.screening.triage import fired, urgency_of
from tests.screening.people import KNOWLEDGE, people

BASE: dict[str, FindingValue] = {"age": 40.0, "duration_days": 5.0, "severity": 4.0, "region": ("lower",)}

INFLAMED = {"morning_stiffness_over_30_min": "present", "night_waking_eased_by_moving": "present"}


def decide(**values: FindingValue) -> tuple[str, list[str]]:
    rules = fired(KNOWLEDGE.rules, BASE | values)
    return urgency_of(rules).value, [rule.id for rule in rules]


@pytest.mark.parametrize(
    ("values", "urgency", "deciding"),
    [
        ({"chest_pain": "present"}, "emergency_ambulance", "A1"),
        ({"radiation": ("jaw",)}, "emergency_ambulance", "A1"),
        ({"radiation": ("arm",), "region": ("upper",)}, "emergency_ambulance", "A1"),
        ({"radiation": ("arm",), "region": ("neck",)}, "consultation", "C1"),
        ({"sudden_tearing_pain": "present"}, "emergency_ambulance", "A2"),
        ({"collapse": "present"}, "emergency_ambulance", "A3"),
        ({"known_aneurysm": "present", "onset": "sudden", "severity": 8.0}, "emergency_ambulance", "A4"),
        ({"known_aneurysm": "present"}, "consultation_24", "D17"),
        ({"fever": "present", "confused_or_drowsy": "present"}, "emergency_ambulance", "A5"),
        ({"major_trauma": "present", "leg_weakness": "present"}, "emergency_ambulance", "A6"),
        ({"pregnant": "unsure", "shoulder_tip_pain": "present"}, "emergency_ambulance", "A7"),
        (
            {"anticoagulant": "present", "onset": "sudden", "severity": 7.0, "leg_numbness": "present"},
            "emergency_ambulance",
            "A8",
        ),
        ({"overdose": "present"}, "emergency_ambulance", "A9"),
        ({"suicidal_thoughts": "present", "suicidal_plan": "present"}, "emergency_ambulance", "A9"),
        ({"suicidal_thoughts": "present"}, "consultation_24", "D16"),
        ({"cold_or_pale_leg": "present"}, "emergency_ambulance", "A10"),
        ({"saddle_numbness": "present"}, "emergency", "E1"),
        ({"urinary_retention": "present"}, "emergency", "E2"),
        ({"urinary_incontinence": "present"}, "emergency", "E3"),
        ({"bowel_incontinence": "present"}, "emergency", "E3"),
        ({"both_legs_affected": "present"}, "emergency", "E4"),
        ({"sexual_dysfunction": "present"}, "emergency", "E5"),
        ({"major_trauma": "present"}, "emergency", "E6"),
        ({"fever": "present", "iv_drug_use": "present"}, "emergency", "E7"),
        ({"cancer_history": "present", "leg_weakness": "present"}, "emergency", "E8"),
        ({"foot_drop": "present", "onset": "sudden"}, "emergency", "E9"),
        ({"foot_drop": "present", "onset": "gradual", "trend": "steady"}, "consultation_24", "D2"),
        ({"leg_weakness_worsening": "present"}, "emergency", "E9"),
        ({"anticoagulant": "present", "onset": "sudden", "severity": 9.0}, "emergency", "E10"),
        ({"severe_abdominal_pain": "present", "vomiting": "present"}, "emergency", "E11"),
        ({"jaundice": "present", "fever": "present"}, "emergency", "E12"),
        ({"pregnant": "present", "vaginal_bleeding": "present"}, "emergency", "E13"),
        ({"region": ("flank",), "fever": "present", "vomiting": "present"}, "emergency", "E14"),
        (
            {
                "age": 63.0,
                "pain_in_waves_to_groin": "present",
                "previous_episodes": "absent",
                "known_condition": ("arthritis",),
            },
            "emergency",
            "E15",
        ),
        ({"age": 63.0, "pain_in_waves_to_groin": "present"}, "emergency", "E15"),
        (
            {"age": 63.0, "pain_in_waves_to_groin": "present", "previous_episodes": "present"},
            "emergency",
            "E15",
        ),
        ({"suicidal_plan": "present"}, "emergency_ambulance", "A9"),
        ({"suicidal_plan": "unsure"}, "consultation_24", "D16"),
        ({"overdose": "unsure"}, "emergency", "E18"),
        ({"radiation": ("arm",), "region": ("neck",)}, "consultation", "C1"),
        ({"radiation": ("arm",), "region": ("neck", "upper")}, "emergency_ambulance", "A1"),
        ({"radiation": ("arm",), "region": ("neck",), "vomiting": "present"}, "emergency_ambulance", "A1"),
        ({"age": 11.0, "refuses_to_walk": "present"}, "emergency", "E17"),
        ({"age": 40.0, "refuses_to_walk": "present"}, "self_care", None),
        ({"known_aneurysm": "unsure"}, "consultation_24", "D15"),
        ({"anticoagulant": "unsure", "onset": "sudden", "severity": 8.0}, "consultation_24", "D15"),
        ({"unsteady_or_clumsy": "present", "duration_days": 60.0}, "consultation_24", "D11"),
        (
            {"unsteady_or_clumsy": "present", "duration_days": 60.0, "nerve_sign_within_days": "unsure"},
            "emergency",
            "E16",
        ),
        (
            {"foot_drop": "present", "duration_days": 21.0, "nerve_sign_within_days": "present"},
            "emergency",
            "E9",
        ),
        ({"chest_pain": "longstanding"}, "consultation", "C13"),
        (
            {"age": 63.0, "pain_in_waves_to_groin": "present", "known_condition": ("kidney_stones",)},
            "consultation_24",
            "D9",
        ),
        (
            {"age": 63.0, "pain_in_waves_to_groin": "present", "known_condition": ("kidney_stones",)},
            "consultation_24",
            "D9",
        ),
        ({"radiation": ("both_legs",)}, "emergency", "E4"),
        ({"radiation": ("both_legs",), "both_legs_affected": "longstanding"}, "consultation", "C13"),
        ({"pregnant": "present", "collapse": "present"}, "emergency_ambulance", "A7"),
        ({"cancer_history": "present", "urinary_incontinence": "present"}, "emergency", "E8"),
        ({"pregnant": "unsure", "vaginal_bleeding": "present"}, "consultation_24", "D13"),
        ({"pregnant": "present", "vaginal_bleeding": "unsure"}, "consultation_24", "D13"),
        ({"pregnant": "present", "pregnancy_warning_sign": "unsure"}, "consultation_24", "D13"),
        ({"unsteady_or_clumsy": "present"}, "emergency", "E16"),
        (
            {"unsteady_or_clumsy": "present", "duration_days": 30.0, "trend": "steady"},
            "consultation_24",
            "D11",
        ),
        ({"age": 14.0, "fever": "present"}, "emergency", "E17"),
        ({"fever": "present"}, "consultation_24", "D1"),
        ({"leg_weakness": "present"}, "consultation_24", "D2"),
        ({"unexplained_weight_loss": "present"}, "consultation_24", "D3"),
        ({"cancer_history": "present", "region": ("middle",)}, "consultation_24", "D4"),
        ({"cancer_history": "present"}, "consultation", "C6"),
        ({"minor_trauma": "present", "osteoporosis": "present"}, "consultation_24", "D5"),
        ({"minor_trauma": "present"}, "consultation", "C7"),
        ({"age": 72.0, "onset": "sudden", "severity": 7.0}, "consultation_24", "D6"),
        ({"night_pain": "present"}, "consultation", "C6"),
        ({"saddle_numbness": "unsure"}, "consultation_24", "D15"),
        ({"saddle_numbness": "longstanding"}, "consultation", "C13"),
        ({"leg_numbness": "present"}, "consultation", "C1"),
        (INFLAMED | {"age": 47.0, "duration_days": 2920.0}, "consultation", "C4"),
        (INFLAMED | {"age": 47.0, "duration_days": 120.0}, "self_care", None),
        ({"known_condition": ("scoliosis",), "trend": "steady"}, "consultation", "C12"),
        ({"known_condition": ("scoliosis",), "trend": "improving"}, "self_care", None),
        (
            {"known_condition": ("arthritis",), "trend": "steady", "previous_episodes": "present"},
            "self_care",
            None,
        ),
        ({"duration_days": 200.0, "low_mood": "present"}, "consultation", "C11"),
        ({"duration_days": 42.0, "trend": "steady"}, "consultation", "C2"),
        ({"duration_days": 42.0, "trend": "improving"}, "self_care", None),
        ({"duration_days": 14.0, "trend": "worsening"}, "consultation", "C3"),
        ({}, "self_care", None),
        ({"fever": "absent", "age": 55.0}, "self_care", None),
    ],
)
def test_a_picture_has_its_urgency(
    values: dict[str, FindingValue], urgency: str, deciding: str | None
) -> None:
    decided, rules = decide(**values)
    assert decided == urgency
    assert (rules[0] if rules else None) == deciding


def test_pain_of_which_nobody_knows_how_long_it_lasts_counts_as_long() -> None:
    assert [rule.id for rule in fired(KNOWLEDGE.rules, {"low_mood": "present"})] == ["C11"]


@given(people())
def test_every_rule_that_fires_is_reported_the_most_urgent_first(person: dict[str, FindingValue]) -> None:
    ranks = [rule.urgency.rank for rule in fired(KNOWLEDGE.rules, person)]
    assert ranks == sorted(ranks, reverse=True)


def test_old_and_stable_complaints_fire_no_urgent_rule() -> None:
    for finding, spec in KNOWLEDGE.findings.items():
        if spec.kind is FindingKind.TRI:
            urgency, rules = decide(**{finding: "longstanding"})
            assert Urgency(urgency).rank <= Urgency.CONSULTATION.rank, (finding, rules)
