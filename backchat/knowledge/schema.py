"""A JSON Schema for every file of the clinical content, made from the types that check it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import schema_of

from backchat.knowledge import loader, phrases
from backchat.knowledge.models import BEGAN_AT_AGE, COMPARISONS, Assertion, FindingKind, FindingSpec
from backchat.knowledge.wordings import FILE as WORDING_FILE
from backchat.knowledge.wordings import needed_wordings

DIALECT = "http://json-schema.org/draft-07/schema#"
CONDITION_FILE = "condition.json"

FILES: Mapping[str, Any] = {
    **loader.FILES,
    **{f"phrases/{name}": shape for name, shape in phrases.FILES.items()},
    "phrases/findings/*.yml": phrases.FINDINGS_FILE,
}
"""The files of the clinical content, each with the type of what it holds."""


def schemas(findings: Mapping[str, FindingSpec]) -> dict[str, dict[str, Any]]:
    """Describes each file of the clinical content, and the conditions that stand in them.

    Args:
        findings: The vocabulary, which says what a condition can be.

    Returns:
        The JSON Schemas, by their file names.
    """
    by_file = {name: _schema(name, shape) for name, shape in FILES.items()}
    by_file[WORDING_FILE]["required"] = list(needed_wordings(findings))
    return {
        CONDITION_FILE: _condition(findings),
        **{file_for(name): schema for name, schema in by_file.items()},
    }


def write_schemas(folder: Path, findings: Mapping[str, FindingSpec]) -> None:
    """Writes the schema of each file into a folder, and takes away those of files that are no more.

    Args:
        folder: Where to write; it is made where it is missing.
        findings: The vocabulary.

    Raises:
        OSError: It can't be written there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {name: as_text(schema) for name, schema in schemas(findings).items()}
    for path in folder.glob("*.json"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def file_for(name: str) -> str:
    """Names the file of the schema that describes a file of the content."""
    return name.replace("/*", "").replace("/", "_").replace(".yml", ".json")


def as_text(schema: Mapping[str, Any]) -> str:
    """Spells a schema as it is written to its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _schema(name: str, shape: Any) -> dict[str, Any]:
    schema = schema_of(shape, title=f"backchat/knowledge/{name}")
    return {"$schema": DIALECT, **_with_conditions(schema)}


def _with_conditions(schema: Any) -> Any:
    """Puts the condition wherever anything may stand: the models hold no other mapping of that kind."""
    if isinstance(schema, list):
        return [_with_conditions(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "object" and not {"properties", "additionalProperties"} & set(schema):
        return {"$ref": CONDITION_FILE}
    return {key: _with_conditions(part) for key, part in schema.items()}


def _condition(findings: Mapping[str, FindingSpec]) -> dict[str, Any]:
    """Describes conditions, as `backchat.screening.conditions` explains them."""
    parts = {"type": "array", "items": {"$ref": "#"}, "minItems": 1}
    at_least = _object({"count": {"type": "integer", "minimum": 1}, "of": parts}, required=["count", "of"])
    combined = {"all": parts, "any": parts, "none": parts, "at_least": at_least}
    single = {BEGAN_AT_AGE: _expected(findings["age"])}
    single |= {finding: _expected(spec) for finding, spec in findings.items()}
    return {
        "$schema": DIALECT,
        "title": "A condition",
        **_object({**combined, **single}, minProperties=1),
        "definitions": {"Assertion": _one_or_several([assertion.value for assertion in Assertion])},
    }


def _expected(spec: FindingSpec) -> dict[str, Any]:
    """Describes what a condition can expect of a finding."""
    if spec.kind is FindingKind.TRI:
        return {"$ref": "#/definitions/Assertion"}
    if spec.kind is FindingKind.NUMBER:
        bound = {"type": "number", "minimum": spec.minimum, "maximum": spec.maximum}
        return _object(dict.fromkeys(COMPARISONS, bound), minProperties=1)
    return _one_or_several(list(spec.values))


def _one_or_several(values: list[str]) -> dict[str, Any]:
    return {"anyOf": [{"enum": values}, {"type": "array", "items": {"enum": values}, "minItems": 1}]}


def _object(properties: Mapping[str, Any], **further: Any) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False, **further}
