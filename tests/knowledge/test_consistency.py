"""What is found to be impossible is so for everybody, and what is found to be possible is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchat.knowledge.checks import conditions_of
from backchat.knowledge.consistency import can_hold, implies
from backchat.screening.conditions import holds
from tests.screening.people import KNOWLEDGE, people

FINDINGS = KNOWLEDGE.findings
ENTRIES = (*KNOWLEDGE.rules, *KNOWLEDGE.questions, *KNOWLEDGE.patterns, *KNOWLEDGE.care, *KNOWLEDGE.exercises)
CONDITIONS = [condition for entry in ENTRIES for _, condition in conditions_of(entry)]


@pytest.mark.parametrize(
    ("condition", "possible"),
    [
        ({"age": {"at_least": 65}, "all": [{"age": {"at_most": 65}}]}, True),
        ({"age": {"at_least": 65}, "all": [{"age": {"below": 65}}]}, False),
        ({"age": {"above": 65}, "all": [{"age": {"at_most": 65}}]}, False),
        ({"radiation": "groin", "all": [{"radiation": "leg"}]}, True),
        ({"radiation": "none", "all": [{"radiation": "leg"}]}, False),
        ({"radiation": "none", "none": [{"radiation": "leg"}]}, True),
        ({"onset": "sudden", "all": [{"onset": "gradual"}]}, False),
        # Nobody has to know how old a person is.
        ({"none": [{"age": {"at_least": 0}}]}, True),
        ({"none": [{"age": {"at_least": 0}}], "all": [{"age": {"below": 9}}]}, False),
        ({"age": {"at_least": 60}, "duration_days": {"at_least": 84}, "began_at_age": {"below": 45}}, True),
        ({"age": {"at_least": 60}, "duration_days": {"below": 84}, "began_at_age": {"below": 45}}, False),
        ({"began_at_age": {"below": 45}, "none": [{"duration_days": {"at_least": 0}}]}, False),
        ({"none": [{"began_at_age": {"below": 45}}, {"began_at_age": {"at_least": 45}}]}, True),
        (
            {
                "age": {"above": 1},
                "duration_days": {"above": 1},
                "none": [{"began_at_age": {"below": 45}}, {"began_at_age": {"at_least": 45}}],
            },
            False,
        ),
        ({"at_least": {"count": 2, "of": [{"fever": "present"}, {"fever": "unsure"}]}}, False),
        ({"at_least": {"count": 3, "of": [{"fever": "present"}, {"jaundice": "present"}]}}, False),
    ],
)
def test_a_condition_can_hold_or_not(condition: dict, possible: bool) -> None:
    assert can_hold(FINDINGS, condition) is possible


@pytest.mark.parametrize(
    ("condition", "others", "follows"),
    [
        ({"age": {"below": 10}}, [{"age": {"below": 16}}], True),
        ({"age": {"below": 16}}, [{"age": {"below": 10}}], False),
        ({"region": "lower"}, [{"region": ["lower", "upper"]}], True),
        ({"fever": "present"}, [{"none": [{"fever": "absent"}]}], True),
        ({"none": [{"fever": "absent"}]}, [{"fever": "present"}], False),
        (
            {"fever": "present", "vomiting": "present"},
            [
                {
                    "at_least": {
                        "count": 2,
                        "of": [{"fever": "present"}, {"vomiting": "present"}, {"sex": "male"}],
                    }
                }
            ],
            True,
        ),
        ({"any": [{"fever": "present"}, {"jaundice": "present"}]}, [{"fever": "present"}], False),
        (
            {"any": [{"fever": "present"}, {"jaundice": "present"}]},
            [{"fever": "present"}, {"jaundice": ["present", "unsure"]}],
            True,
        ),
        ({"age": {"at_least": 10}}, [{"age": {"at_least": 60}}, {"age": {"below": 60}}], True),
        ({"age": {"at_least": 10}}, [{"age": {"above": 60}}, {"age": {"below": 60}}], False),
        # Whoever has the fever has it with a rash or without one.
        (
            {"fever": "present"},
            [
                {"fever": "present", "rash_on_one_side": "present"},
                {"none": [{"rash_on_one_side": "present"}]},
            ],
            True,
        ),
        ({"fever": "present"}, [], False),
    ],
)
def test_one_of_several_conditions_follows_from_another_or_not(
    condition: dict, others: list[dict], follows: bool
) -> None:
    assert implies(FINDINGS, condition, others) is follows


@given(st.data(), people())
def test_what_holds_for_somebody_is_possible(data: st.DataObject, person: dict) -> None:
    known = data.draw(st.sets(st.sampled_from(sorted(person))))
    values = {finding: person[finding] for finding in known}
    one = data.draw(st.sampled_from(CONDITIONS))
    others = data.draw(st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=3))
    held, *others_held = (bool(holds(condition, values, askable=())) for condition in (one, *others))
    assert can_hold(FINDINGS, {("all" if held else "none"): [one]})
    assert not implies(FINDINGS, {"all": [one]}, others) or any(others_held) or not held
