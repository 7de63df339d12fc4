"""How to do an exercise is told to those whom it suits."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import AnswerAction
from actions.conversation import KNOWLEDGE

PLANK = next(exercise for exercise in KNOWLEDGE.exercises if exercise.id == "plank")


async def answer_to(text: str, **slots: Any) -> str:
    tracker = Tracker("somebody", slots, {"text": text}, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    await AnswerAction().run(dispatcher, tracker, {})
    return "\n".join(message["text"] for message in dispatcher.messages)


def known(**values: Any) -> dict[str, Any]:
    return {finding: {"value": value, "said": "", "turn": 1} for finding, value in values.items()}


@pytest.mark.parametrize(
    ("slots", "told"),
    [
        ({}, True),
        ({"findings": known(osteoporosis="absent")}, True),
        ({"findings": known(osteoporosis="present")}, False),
        ({"findings": known(pregnant="unsure")}, False),
        ({"assessment": {"urgency": "self_care", "exercises": ["pelvic_tilt", "plank"]}}, True),
        ({"assessment": {"urgency": "self_care", "exercises": ["pelvic_tilt"]}}, False),
        ({"assessment": {"urgency": "emergency", "exercises": []}}, False),
    ],
)
async def test_an_exercise_is_explained_only_where_nothing_speaks_against_it(slots, told):
    answer = await answer_to("How do I do the plank?", **slots)
    assert all((step in answer) is told for step in PLANK.steps)
    assert told or "physiotherapist" in answer
    suiting = slots.get("assessment", {}).get("exercises", [])
    assert told or ("Pelvic tilt" in answer) is ("pelvic_tilt" in suiting)
