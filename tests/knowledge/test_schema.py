"""The schemas are those of the models, and the content that is shipped keeps to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, RefResolver

from backchat.knowledge.reading import KNOWLEDGE_FOLDER, read_content
from backchat.knowledge.schema import CONDITION_FILE, FILES, as_text, file_for, schemas
from tests.screening.people import KNOWLEDGE

FOLDER = Path(__file__).parents[2] / "docs" / "schema"
BASE = "file:///schema/"
SCHEMAS = schemas(KNOWLEDGE.findings)
SHIPPED = [path.relative_to(KNOWLEDGE_FOLDER).as_posix() for path in sorted(KNOWLEDGE_FOLDER.rglob("*.yml"))]


def errors_in(name: str, content: Any) -> list[str]:
    schema = SCHEMAS[file_for(name if name in FILES else f"{Path(name).parent.as_posix()}/*.yml")]
    resolver = RefResolver(BASE, schema, {f"{BASE}{CONDITION_FILE}": SCHEMAS[CONDITION_FILE]})
    validator = Draft7Validator(schema, resolver=resolver)
    return [str(error) for error in validator.iter_errors(json.loads(json.dumps(content)))]


def test_the_schemas_are_current() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    current = {name: as_text(schema) for name, schema in SCHEMAS.items()}
    assert written == current, "run `backchat knowledge schema`"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    Draft7Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_shipped_keeps_to_its_schema(name: str) -> None:
    assert errors_in(name, read_content(KNOWLEDGE_FOLDER / name, Any)) == []


@pytest.mark.parametrize(
    ("when", "wrong"),
    [
        ({"fever": "present"}, False),
        ({"any": [{"fever": ["present", "unsure"]}, {"age": {"at_least": 65}}]}, False),
        ({"fever": "high"}, True),
        ({"fewer": "present"}, True),
        ({"age": {"at_least": 999}}, True),
        ({"none": [{"at_least": {"of": [{"fever": "present"}]}}]}, True),
        ({}, True),
    ],
)
def test_a_condition_has_a_schema(when: Any, wrong: bool) -> None:
    rule = {
        "id": "X1",
        "urgency": "emergency",
        "when": when,
        "condition": "c",
        "why": "w",
        "sources": ["nice_ng59"],
    }
    assert bool(errors_in("triage.yml", [rule])) is wrong


@pytest.mark.parametrize("field", ["sources", "why", "condition", "urgency"])
def test_a_rule_without_one_of_its_parts_does_not_keep_to_the_schema(field: str) -> None:
    rules = read_content(KNOWLEDGE_FOLDER / "triage.yml", list[dict[str, Any]])
    del rules[0][field]
    assert errors_in("triage.yml", rules)
    rules[0][field] = [] if field == "sources" else ""
    assert errors_in("triage.yml", rules)
