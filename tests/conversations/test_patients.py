"""A few of the simulated patients that `python -m benchmarks.patients` plays by the thousand."""

from __future__ import annotations

from random import Random

import pytest
from rasa.core.agent import Agent

from backchat.knowledge import Knowledge
from benchmarks.patients.people import ABSENT, draw, load_odds
from benchmarks.patients.talks import Stage, talk
from benchmarks.patients.words import Voice, load_vocabulary

SEED = 1
ODDS, VOCABULARY = load_odds(), load_vocabulary()


@pytest.mark.parametrize("number", range(5))
async def test_a_simulated_patient_gets_the_result_of_what_they_told(
    agent: Agent, knowledge: Knowledge, number: int
) -> None:
    played = await talk(Stage(agent, knowledge, ODDS, VOCABULARY), SEED, number)
    assert not played.failed, "\n".join((*played.faults, *played.lines))
    given, expected = played.decision, played.told
    assert given is not None
    assert expected is not None
    misheard = "\n".join((*played.misheard, *played.lines))
    assert (given.urgency, given.pattern) == (expected.urgency, expected.pattern), misheard


def test_patients_can_tell_all_that_is_so(knowledge: Knowledge) -> None:
    for number in range(500):
        truth = draw(ODDS, knowledge.findings, Random(number))
        voice = Voice(VOCABULARY, Random(number))
        never_said = [f for f, v in truth.items() if v != ABSENT and not voice.can_say(f, v)]
        assert not never_said, truth


def test_patients_can_answer_whatever_is_asked(knowledge: Knowledge) -> None:
    asked = {finding for question in knowledge.questions for finding in question.findings}
    truth = draw(ODDS, knowledge.findings, Random(0))
    assert asked <= set(truth)
