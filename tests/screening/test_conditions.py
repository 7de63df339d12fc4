from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchat.knowledge import FindingValue
from backchat.screening.conditions import EVERYTHING, findings_of, holds, open_findings, witnesses
from tests.screening.people import KNOWLEDGE, people

RULES = {rule.id: rule for rule in KNOWLEDGE.rules}


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ({"fever": "present"}, {}, None),
        ({"fever": "present"}, {"fever": "present"}, True),
        ({"fever": "present"}, {"fever": "unsure"}, False),
        ({"fever": "present"}, {"fever": "longstanding"}, False),
        ({"pregnant": ["present", "unsure"]}, {"pregnant": "unsure"}, True),
        ({"region": "upper"}, {"region": ("lower", "upper")}, True),
        ({"region": ["upper", "middle"]}, {"region": ("lower",)}, False),
        ({"age": {"at_least": 65}}, {"age": 65.0}, True),
        ({"age": {"above": 65}}, {"age": 65.0}, False),
        ({"age": {"at_least": 16, "below": 45}}, {"age": 44.9}, True),
        ({"duration_days": {"at_most": 2}}, {"duration_days": 3.0}, False),
        ({"began_at_age": {"below": 45}}, {"age": 47.0, "duration_days": 2920.0}, True),
        ({"began_at_age": {"below": 45}}, {"age": 47.0, "duration_days": 30.0}, False),
        ({"began_at_age": {"below": 45}}, {"age": 30.0}, None),
        ({"fever": "present", "age": {"at_least": 65}}, {"fever": "absent"}, False),
        ({"fever": "present", "age": {"at_least": 65}}, {"fever": "present"}, None),
        ({"any": [{"fever": "present"}, {"vomiting": "present"}]}, {"fever": "present"}, True),
        ({"any": [{"fever": "present"}, {"vomiting": "present"}]}, {"fever": "absent"}, None),
        ({"none": [{"fever": "present"}]}, {"fever": "absent"}, True),
        ({"none": [{"fever": "present"}]}, {}, None),
        (
            {"at_least": {"count": 2, "of": [{"fever": "present"}, {"vomiting": "present"}]}},
            {"fever": "absent"},
            False,
        ),
        (
            {"at_least": {"count": 1, "of": [{"fever": "present"}, {"vomiting": "present"}]}},
            {"fever": "absent"},
            None,
        ),
    ],
)
def test_a_condition_is_true_false_or_unknown(condition: dict, values: dict, expected: bool | None) -> None:
    assert holds(condition, values) is expected


def test_what_cannot_be_asked_any_more_counts_as_not_there() -> None:
    assert holds({"fever": "present"}, {}, askable=()) is False
    assert holds({"fever": "present"}, {}, askable={"fever"}) is None


def test_only_what_can_still_change_a_condition_is_open() -> None:
    condition = {
        "any": [{"fever": "present", "region": "flank"}, {"severity": {"at_least": 7}, "onset": "sudden"}]
    }
    known = {"region": ("lower",), "onset": "sudden"}
    assert list(open_findings(condition, known, EVERYTHING)) == ["severity"]
    assert list(open_findings(condition, known, {"fever"})) == []
    assert list(open_findings({"began_at_age": {"below": 45}}, {"age": 30.0}, EVERYTHING)) == [
        "duration_days"
    ]


@given(people(), st.sampled_from(sorted(RULES)), st.data())
def test_what_is_not_open_changes_nothing(
    person: dict[str, FindingValue], rule: str, data: st.DataObject
) -> None:
    condition = RULES[rule].when
    hidden = data.draw(st.sets(st.sampled_from(sorted(person))))
    known = {finding: value for finding, value in person.items() if finding not in hidden}
    needed = set(open_findings(condition, known, EVERYTHING))
    assert needed <= hidden
    told = known | {finding: person[finding] for finding in needed}
    assert holds(condition, told) is holds(condition, person)


@given(people(), st.sampled_from(sorted(RULES)), st.data())
def test_a_certain_answer_stays_when_more_becomes_known(
    person: dict[str, FindingValue], rule: str, data: st.DataObject
) -> None:
    condition = RULES[rule].when
    hidden = data.draw(st.sets(st.sampled_from(sorted(person))))
    partly = holds(condition, {finding: value for finding, value in person.items() if finding not in hidden})
    assert partly is None or partly is holds(condition, person)


@given(people(), st.sampled_from(sorted(RULES)))
def test_a_condition_is_decided_by_the_findings_that_it_names(
    person: dict[str, FindingValue], rule: str
) -> None:
    condition = RULES[rule].when
    named = set(findings_of(condition))
    assert holds(condition, person) is holds(
        condition, {f: value for f, value in person.items() if f in named}
    )


@given(people(), st.sampled_from(sorted(RULES)))
def test_the_witnesses_of_a_condition_are_known_findings_that_it_names(
    person: dict[str, FindingValue], rule: str
) -> None:
    condition = RULES[rule].when
    if holds(condition, person):
        found = witnesses(condition, person)
        assert found
        assert set(found) <= set(findings_of(condition))
