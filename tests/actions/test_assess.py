"""What a result carries besides its words."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.assess import tell_result
from actions.conversation import KNOWLEDGE
from backchat.knowledge.drawings import load_drawings
from backchat.screening.assessment import Assessment, assess
from backchat.screening.record import Known

AT_HOME = {"region": ("lower",), "quality": ("aching",), "mechanism": ("lifting",), "duration_days": 20.0}


class Screened:
    """A conversation in which everything has been asked."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.record = {finding: Known(value, "", 1) for finding, value in values.items()}
        self.changed: list[str] = []
        self.consent = None

    def assess(self) -> Assessment:
        return assess(KNOWLEDGE, self.record, {question.id: 3 for question in KNOWLEDGE.questions})


def told(values: dict[str, Any]) -> dict[str, Any]:
    dispatcher = CollectingDispatcher()
    tell_result(dispatcher, Screened(values))
    (custom,) = (message["custom"] for message in dispatcher.messages if message["custom"])
    return custom


@pytest.mark.parametrize("severity", [2.0, 7.0])
def test_each_exercise_of_a_result_comes_with_its_steps_and_a_drawing(severity):
    custom = told(AT_HOME | {"severity": severity})
    assert [card["id"] for card in custom["exercises"]] == custom["assessment"]["exercises"] != []
    for card in custom["exercises"]:
        assert card["steps"] and card["title"] and card["repetitions"] and card["stop_if"]
        drawing = load_drawings()[card["id"]]
        assert card["drawing"] == {"url": f"/chat/exercises/{card['id']}.svg", "alt": drawing.alt}


def test_an_emergency_comes_without_exercises():
    assert set(told(AT_HOME | {"saddle_numbness": "present"})) == {"assessment"}
