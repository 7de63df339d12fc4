from __future__ import annotations

import inspect
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from backchat.server.action_schema import compile_action_schema

RASAS_OWN = RemoteAction._validate_action_result


@pytest.fixture()
def both() -> Any:
    compile_action_schema()
    yield RASAS_OWN, RemoteAction._validate_action_result
    RemoteAction._validate_action_result = RASAS_OWN


@pytest.mark.parametrize(
    ("result", "valid"),
    [
        ({"events": [], "responses": []}, True),
        ({"events": [{"event": "slot", "name": "turn", "value": 3}], "responses": [{"text": "hello"}]}, True),
        ({"events": [{"event": "slot"}], "responses": []}, False),
        ({"events": [{"name": "no event"}], "responses": []}, False),
        ({"events": [], "responses": ["text"]}, False),
        ([], False),
    ],
)
def test_the_compiled_schema_judges_as_rasa_does(both: Any, result: Any, valid: bool) -> None:
    for validate in both:
        if valid:
            assert validate(RemoteAction("action", None), result) is True
        else:
            with pytest.raises(ValidationError):
                validate(RemoteAction("action", None), result)


def test_rasa_still_checks_where_it_is_replaced() -> None:
    assert "self._validate_action_result(response)" in inspect.getsource(RemoteAction.run)
