from __future__ import annotations

import pytest

from backchat.knowledge import FindingValue, load_knowledge
from backchat.screening.answers import answers
from backchat.screening.record import Known
from backchat.screening.speech import Speaker

KNOWLEDGE = load_knowledge()
SPEAKER = Speaker(KNOWLEDGE)


def record_of(**values: FindingValue) -> dict[str, Known]:
    return {finding: Known(value, "", 1) for finding, value in values.items()}


def test_what_is_known_is_sorted_by_the_question_that_asks_for_it() -> None:
    record = record_of(region=("lower",), saddle_numbness="absent", fever="present", sex="male")
    found = answers(KNOWLEDGE.questions, record, {})
    assert {answer.question.id: answer.findings for answer in found} == {
        "cauda_equina_signs": ("saddle_numbness",),
        "general_signs": ("fever",),
        "region": ("region",),
    }


def test_a_finding_of_two_questions_belongs_to_the_one_that_was_put() -> None:
    record = record_of(leg_weakness="present")
    assert answers(KNOWLEDGE.questions, record, {})[0].question.id == "nerve_signs"
    assert answers(KNOWLEDGE.questions, record, {"injury_signs": 1})[0].question.id == "injury_signs"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"duration_days": 21.0}, "How long it has hurt: 3 weeks"),
        ({"severity": 4.0}, "How bad it is: 4"),
        ({"fever": "absent", "night_pain": "absent"}, "Fever, weight, cancer and the like: none of these"),
        ({"fever": "unsure"}, "Fever, weight, cancer and the like: not sure"),
    ],
)
def test_an_answer_is_said_in_a_line(values: dict[str, FindingValue], said: str) -> None:
    record = record_of(**values)
    assert SPEAKER.answered(answers(KNOWLEDGE.questions, record, {})[0], record) == said
