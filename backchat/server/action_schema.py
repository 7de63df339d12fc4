"""Checks what actions return against Rasa's schema, compiled once.

Rasa compiles the schema, and checks the schema itself, at every call of an action: two thirds of the time
of a turn. This private part of Rasa is replaced; `tests/server/test_action_schema.py` fails when it changes.
"""

from __future__ import annotations

from typing import Any

from jsonschema import ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction


def compile_action_schema() -> None:
    """Makes every remote action use one compiled schema."""
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def validate(_: RemoteAction, result: dict[str, Any]) -> bool:
        error: ValidationError | None = best_match(validator.iter_errors(result))
        if error is not None:
            raise error
        return True

    RemoteAction._validate_action_result = validate
