"""The public form of questions and assessments, checked in every turn of every tested conversation."""

from __future__ import annotations

import re
from typing import Any

from jsonschema import Draft202012Validator

from backchat.knowledge import Knowledge

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


QUESTION = _object(
    id=TEXT,
    kind={"enum": ["yes_no", "checklist", "choice", "number", "text", "body_map"]},
    findings=TEXTS,
    options=_list(_object(id=TEXT, label=TEXT, payload=TEXT)),
    why=TEXT,
    progress=_object(
        asked={"type": "integer", "minimum": 1}, at_most={"type": "integer", "minimum": 1, "maximum": 16}
    ),
)

KNOWN = {
    "type": "object",
    "properties": {
        "value": {"type": ["string", "number", "array"]},
        "said": {"type": "string"},
        "turn": {"type": "integer", "minimum": 1},
        "low": {"type": "number"},
        "high": {"type": "number"},
    },
    "required": ["value", "said", "turn"],
    "additionalProperties": False,
}

ASSESSMENT = _object(
    urgency={"enum": ["emergency_ambulance", "emergency", "consultation_24", "consultation", "self_care"]},
    rules=TEXTS,
    red_flags=_list(_object(finding=TEXT, condition=TEXT, said={"type": "string"})),
    pattern=_object(
        id={
            "enum": [
                "muscular",
                "radicular",
                "stenosis",
                "arthritis",
                "inflammatory",
                "fracture",
                "infection",
                "malignancy",
                "cauda_equina",
                "vascular",
                "visceral",
                "pregnancy_related",
                "non_specific",
            ]
        },
        strength={"enum": ["likely", "possible", "unclear"]},
        **{"for": TEXTS, "against": TEXTS},
    ),
    stage={"enum": ["acute", "subacute", "chronic", "unknown"]},
    region=TEXTS,
    contributors=TEXTS,
    care=_list(_object(id=TEXT, title=TEXT, text=TEXT, source=TEXT)),
    exercises=TEXTS,
    seek_help_if={**TEXTS, "minItems": 1},
    findings={"type": "object", "additionalProperties": KNOWN},
    unsure=TEXTS,
    sources=_list(_object(id=TEXT, title=TEXT, publisher=TEXT, year={"type": "integer"})),
    knowledge_version=TEXT,
)


def check_question(question: dict[str, Any], knowledge: Knowledge) -> None:
    Draft202012Validator(QUESTION).validate(question)
    assert set(question["findings"]) <= set(knowledge.findings)
    assert question["progress"]["asked"] <= question["progress"]["at_most"]
    ids = [option["id"] for option in question["options"]]
    if question["kind"] == "checklist":
        assert ids == [*question["findings"], "none", "unsure"]
        assert len(question["findings"]) <= 6
    elif question["kind"] in ("number", "text"):
        assert ids == []
    elif not question["findings"]:
        steering = {asked.id: asked for asked in knowledge.steering}[question["id"]]
        assert set(steering.options) <= set(ids) <= {*steering.options, *(q.id for q in knowledge.questions)}
    else:
        spec = knowledge.findings[question["findings"][0]]
        values = {option for option in ids if spec.kind == "number" and re.fullmatch(r"\d+ to \d+", option)}
        assert set(ids) <= {*spec.values, *values, "unsure"}


def check_assessment(assessment: dict[str, Any], knowledge: Knowledge) -> None:
    Draft202012Validator(ASSESSMENT).validate(assessment)
    rules = {rule.id: rule for rule in knowledge.rules}
    assert set(assessment["rules"]) <= set(rules)
    if assessment["rules"]:
        assert rules[assessment["rules"][0]].urgency.value == assessment["urgency"]
    else:
        assert assessment["urgency"] == "self_care"
    for flag in assessment["red_flags"]:
        assert flag["finding"] in assessment["findings"]
    if assessment["urgency"] not in ("consultation", "self_care"):
        assert assessment["exercises"] == []
