"""How to do an exercise is told to those whom it suits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import AnswerAction
from actions.conversation import KNOWLEDGE
from backchat.screening.guidance import is_forbidden

PLANK = next(exercise for exercise in KNOWLEDGE.exercises if exercise.id == "plank")


async def answer_to(text: str, **slots: Any) -> str:
    tracker = Tracker("somebody", slots, {"text": text}, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    await AnswerAction().run(dispatcher, tracker, {})
    return "\n".join(message["text"] for message in dispatcher.messages)


def known(**values: Any) -> dict[str, Any]:
    return {finding: {"value": value, "said": "", "turn": 1} for finding, value in values.items()}


EXERCISES = [exercise.title for exercise in KNOWLEDGE.exercises]
ALL = [exercise.id for exercise in KNOWLEDGE.exercises]
FIT = {"age": 40.0, "severity": 3.0, "duration_days": 20.0}
CAT_COW = "how do i do the cat and cow"
WHICH = "which exercises help?"


def result(urgency: str = "self_care", exercises: Sequence[str] = ALL, **values: Any) -> dict[str, Any]:
    return {
        "findings": known(**{**FIT, **values}),
        "assessment": {"urgency": urgency, "exercises": list(exercises)},
    }


@pytest.mark.parametrize(
    ("slots", "told"),
    [
        ({}, True),
        ({"findings": known(osteoporosis="absent")}, True),
        ({"findings": known(osteoporosis="present")}, False),
        ({"findings": known(pregnant="unsure")}, False),
        ({"findings": known(severity=9.0)}, False),
        ({"findings": known(fever="present")}, False),
        ({"findings": known(foot_drop="longstanding")}, False),
        (result(exercises=["pelvic_tilt", "plank"]), True),
        (result(exercises=["pelvic_tilt"]), False),
        ({"assessment": {"urgency": "emergency", "exercises": []}}, False),
    ],
)
async def test_an_exercise_is_explained_only_where_nothing_speaks_against_it(slots, told):
    answer = await answer_to("How do I do the plank?", **slots)
    assert all((step in answer) is told for step in PLANK.steps)
    assert told or "physiotherapist" in answer
    suiting = slots.get("assessment", {}).get("exercises", [])
    assert told or ("Pelvic tilt" in answer) is ("pelvic_tilt" in suiting)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"fever": "present"}, "fever"),
        ({"saddle_numbness": "present"}, "numbness between the legs"),
        ({"leg_weakness": "unsure"}, "not sure about a sign"),
        ({"fever": "unsure"}, "fever"),
        ({"osteoporosis": "present", "minor_trauma": "present"}, "small fall"),
    ],
)
@pytest.mark.parametrize("text", [WHICH, CAT_COW, "how do i do pelvic tilts?", "how do I do a side plank?"])
async def test_with_a_red_flag_there_or_in_doubt_every_exercise_waits_and_it_is_said_why(
    text, values, reason
):
    answer = await answer_to(text, findings=known(**FIT, **values))
    assert answer.startswith("Please wait with exercises")
    assert reason in answer
    assert [title for title in EXERCISES if title.lower() in answer.lower()] == []


async def test_what_a_message_may_have_told_counts_until_it_has_been_asked_about():
    unconfirmed = {"interview": {"unconfirmed": {"fever": "hot all over"}}}
    assert (await answer_to(CAT_COW, **unconfirmed)).startswith("Please wait with exercises")


@pytest.mark.parametrize("urgency", ["emergency_ambulance", "emergency", "consultation_24"])
async def test_after_an_urgent_result_exercises_wait(urgency):
    answer = await answer_to(WHICH, assessment={"urgency": urgency, "exercises": []})
    assert "Please wait with exercises" in answer
    assert [title for title in EXERCISES if title.lower() in answer.lower()] == []


@pytest.mark.parametrize("exercises", [["pelvic_tilt"], ["pelvic_tilt", "bird_dog"], []])
async def test_after_a_result_those_are_named_that_it_gave(exercises):
    answer = await answer_to(WHICH, **result("consultation", exercises))
    named = [exercise.id for exercise in KNOWLEDGE.exercises if exercise.title in answer]
    assert named == exercises
    assert named or "none that surely suits you" in answer


@pytest.mark.parametrize(
    "values",
    [
        {"osteoporosis": "present"},
        {"pregnant": "present", "weeks_pregnant": 36.0},
        {"foot_drop": "longstanding"},
    ],
)
async def test_what_is_told_after_a_result_takes_exercises_away_at_once(values):
    answer = await answer_to(WHICH, **result(**values))
    named = {exercise.id for exercise in KNOWLEDGE.exercises if exercise.title in answer}
    assert named == {e.id for e in KNOWLEDGE.exercises if not is_forbidden(e, {**FIT, **values})}
    assert named < set(ALL)


async def test_before_a_result_no_exercise_is_suggested():
    answer = await answer_to(WHICH, findings=known(**FIT))
    assert KNOWLEDGE.topics["exercises"].answer in answer
    assert [title for title in EXERCISES if title.lower() in answer.lower()] == []


async def test_before_a_result_who_asks_for_an_exercise_is_told_to_answer_first():
    assert "answer my questions" in await answer_to(CAT_COW)
    assert "answer my questions" not in await answer_to(CAT_COW, **result())


@pytest.mark.parametrize("exercise", KNOWLEDGE.exercises, ids=lambda exercise: exercise.id)
async def test_every_name_of_an_exercise_is_known(exercise):
    for name in (exercise.title, *exercise.phrases):
        assert exercise.steps[0] in await answer_to(f"how do I do {name.lower()}?"), name


@pytest.mark.parametrize("name", ["side plank", "full plank", "dead bug"])
async def test_an_exercise_that_is_not_known_is_not_taken_for_another(name):
    answer = await answer_to(f"how do I do a {name}?")
    assert KNOWLEDGE.topics["exercises"].answer in answer
