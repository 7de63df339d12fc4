from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchat.screening.record import Known, values_of
from backchat.screening.stored import UnusableFindingsError, read_findings
from tests.screening.people import KNOWLEDGE, people

RADIATION = ["leg", "foot"]
VALUES = {"fever": "absent", "age": 40.0, "radiation": ("leg", "foot")}
KEYS = st.sampled_from(["id", "value", "low", "findings", "fever", "age", "region"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3),
    lambda part: st.lists(part) | st.dictionaries(KEYS, part),
)


@pytest.mark.parametrize(
    "content",
    [
        {"fever": "absent", "age": 40, "radiation": RADIATION},
        {"fever": {"value": "absent", "said": "no", "turn": 3}, "age": 40, "radiation": RADIATION},
        [
            {"id": "fever", "value": "absent"},
            {"id": "age", "value": 40},
            {"id": "radiation", "value": RADIATION},
        ],
        {"urgency": "self_care", "findings": {"fever": "absent", "age": 40, "radiation": RADIATION}},
    ],
)
def test_each_form_is_read(content: Any) -> None:
    assert values_of(read_findings(content, KNOWLEDGE.findings), KNOWLEDGE.findings) == VALUES


def test_a_range_and_the_words_are_kept() -> None:
    entry = {"value": 21, "low": 14, "high": 35, "said": "a few weeks", "turn": 2}
    assert read_findings({"duration_days": entry}, KNOWLEDGE.findings) == {
        "duration_days": Known(21.0, "a few weeks", 2, 14.0, 35.0)
    }


@given(people())
def test_what_an_assessment_holds_is_read_back(person: dict[str, Any]) -> None:
    for finding, value in person.items():
        alone = {"none", "nothing"}.intersection(value) if isinstance(value, tuple) else set()
        told = Known(tuple(alone)[:1] if alone else value, "words", 1)
        stored = json.loads(json.dumps({finding: told.as_told()}))
        assert read_findings(stored, KNOWLEDGE.findings).items() >= {finding: told}.items()


def test_what_goes_without_saying_is_read_too() -> None:
    read = read_findings({"weeks_pregnant": 36, "suicidal_plan": "unsure"}, KNOWLEDGE.findings)
    assert {finding: known.value for finding, known in read.items()} == {
        "weeks_pregnant": 36.0,
        "pregnant": "present",
        "suicidal_plan": "unsure",
    }


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        ({"feverr": "present"}, r"unknown finding: feverr \(is fever meant\?\)"),
        ({"fever": "high"}, "fever: it has to be one of present, absent, unsure, longstanding, not 'high'"),
        ({"fever": True}, "fever: it has to be one of"),
        ({"fever": None}, "fever: it has to be one of"),
        ({"fever": ["present"]}, "fever: it has to be one of"),
        ({"age": 999}, r"age: it has to be a number from 0 to 120 \(years\), not 999"),
        ({"age": "40"}, "age: it has to be a number"),
        ({"age": True}, "age: it has to be a number"),
        ({"age": float("nan")}, "age: it has to be a number"),
        ({"age": float("inf")}, "age: it has to be a number"),
        ({"severity": 12}, "severity: it has to be a number from 0 to 10"),
        ({"duration_days": -1}, "duration_days: it has to be a number"),
        ({"region": "lower"}, "region: it has to be a list of some of neck"),
        ({"region": []}, "region: it has to be a list"),
        ({"region": ["knee"]}, "region: it has to be a list"),
        ({"radiation": ["none", "leg"]}, "radiation: it has to be a list of some of leg, .*, or only none"),
        ({"age": {"value": 40, "low": 50}}, "age: low and high have to be numbers around the value"),
        ({"age": {"value": 40, "high": 130}}, "age: low and high have to be"),
        ({"fever": {"value": "present", "low": 1}}, "fever: low and high have to be"),
        ({"age": {"valeu": 40}}, "age: a finding has no valeu; age: it has to be a number"),
        ({"age": {"value": 40, "said": 3}}, "age: said can't be 3"),
        ([{"id": "age", "value": 1}, {"id": "age", "value": 2}], "age: it stands there twice"),
        ({"age": 999, "fever": "high"}, "age: .*; fever: "),
        ({"foot_drop": "present", "leg_weakness": "absent"}, "foot_drop and leg_weakness: which is right"),
        ({"weeks_pregnant": 20, "pregnant": "absent"}, "weeks_pregnant and pregnant: which is right"),
        (
            {"nsaid_caution": ["anticoagulant"], "anticoagulant": "absent"},
            "nsaid_caution and anticoagulant: which is right",
        ),
        ({"nsaid_caution": ["none"], "anticoagulant": "present"}, "anticoagulant and nsaid_caution: which"),
        ({"radiation": ["both_legs"], "both_legs_affected": "absent"}, "radiation and both_legs_affected"),
        ({"age": 20, "duration_days": 10950}, "duration_days and age: which is right"),
        ([3], "neither an object of findings nor a list"),
        ("fever", "neither an object of findings nor a list"),
        (None, "neither an object of findings nor a list"),
    ],
)
def test_what_is_wrong_is_said(content: Any, mistake: str) -> None:
    with pytest.raises(UnusableFindingsError, match=mistake):
        read_findings(content, KNOWLEDGE.findings)


@given(JSON)
def test_anything_else_is_refused_and_breaks_nothing(content: Any) -> None:
    try:
        record = read_findings(content, KNOWLEDGE.findings)
    except UnusableFindingsError:
        return
    assert set(record) <= set(KNOWLEDGE.findings)
