"""Texts read as answers to what was asked."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backchat.knowledge.loader import load_knowledge
from backchat.knowledge.models import Finding, Knowledge, QuestionKind
from backchat.knowledge.reading import read_content
from backchat.understanding import Understanding

CORPUS = read_content(Path(__file__).parent / "corpus" / "replies.yml", dict[str, Any])
TODAY = datetime.date(2026, 11, 23)


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    for answer in CORPUS["answers"]:
        for text in answer["texts"]:
            yield text, answer


def plain(finding: Finding) -> object:
    return sorted(finding.value) if isinstance(finding.value, tuple) else finding.value


@pytest.mark.parametrize(("text", "answer"), cases())
def test_an_answer_is_read_for_what_was_asked(
    understanding: Understanding, text: str, answer: dict[str, Any]
) -> None:
    question = CORPUS["questions"][answer["to"]]
    found = understanding.read(text, TODAY)
    reply = understanding.read_reply(text, question["asked"], question.get("options", {}), found, TODAY)
    said = {finding.id: plain(finding) for finding in reply.findings}
    assert {id: value for id, value in said.items() if id in question["asked"]} == answer["says"]
    assert reply.answered is answer.get("answered", True)
    assert {id: said.get(id) for id in answer.get("also", {})} == answer.get("also", {})


@pytest.mark.parametrize(("wording", "value"), [("none_of_these", "absent"), ("not_sure", "unsure")])
def test_what_every_list_offers_says_the_same_of_all_of_it(
    understanding: Understanding, wording: str, value: str
) -> None:
    knowledge = load_knowledge()
    label = knowledge.wording[wording]
    for question in knowledge.questions:
        if question.kind is QuestionKind.CHECKLIST:
            asked = question.findings
            reply = understanding.read_reply(label, asked, question.options, (), TODAY)
            assert reply.exact, f"{label}: the network would be asked what a button means"
            assert {finding.id: finding.value for finding in reply.findings} == dict.fromkeys(asked, value)


def test_every_label_of_the_interview_says_what_it_is_for(understanding: Understanding) -> None:
    for question in load_knowledge().questions:
        asked = ["saddle_numbness"] if question.confirms else question.findings
        for key, label in question.options.items():
            found = understanding.read(label, TODAY)
            reply = understanding.read_reply(label, asked, question.options, found, TODAY)
            assert reply.exact, f"{label}: the network would be asked what a button means"
            if question.kind is QuestionKind.CHECKLIST:
                told = {finding.id: finding.value for finding in reply.findings}
                assert told == {f: "present" if f == key else "absent" for f in question.findings}
            else:
                (finding,) = reply.findings
                assert finding.id == asked[0]
                assert f"{finding.low or 0:.0f} to {finding.high or 36500:.0f}" == key or finding.value in (
                    key,
                    (key,),
                )


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("4 to 6 weeks", 28, 42),
        ("the second one", 28, 42),
        ("b", 28, 42),
        ("4 to 6", 28, 42),
        ("longer than that", 84, None),
        ("less", 0, 28),
    ],
)
def test_a_range_is_picked_by_its_words_its_place_or_beside_it(
    understanding: Understanding, knowledge: Knowledge, text: str, low: float, high: float | None
) -> None:
    question = next(question for question in knowledge.questions if question.id == "duration_again")
    reply = understanding.read_reply(text, question.findings, question.options, [], TODAY)
    (told,) = reply.findings
    assert (told.low, told.high) == (low, high)


@pytest.mark.parametrize(
    "text", ["more pain in the mornings", "7 out of 10", "at first it was fine", "not longer than that"]
)
def test_no_range_is_guessed_from_other_words(
    understanding: Understanding, knowledge: Knowledge, text: str
) -> None:
    question = next(question for question in knowledge.questions if question.id == "duration_again")
    reply = understanding.read_reply(text, question.findings, question.options, [], TODAY)
    assert "duration_days" not in {finding.id for finding in reply.findings}


@pytest.mark.parametrize("text", ["e no be so", "a no think so", "e no dey", "e yes"])
def test_a_letter_among_other_words_picks_nothing(
    understanding: Understanding, knowledge: Knowledge, text: str
) -> None:
    question = next(question for question in knowledge.questions if question.id == "cauda_equina_signs")
    reply = understanding.read_reply(text, question.findings, question.options, [], TODAY)
    assert not reply.exact


@pytest.mark.parametrize(
    ("text", "finding", "is_told_again"),
    [
        ("it has hurt for 8 weeks", "duration_days", True),
        ("it started 3 days ago", "duration_days", True),
        ("my back has been sore since Monday", "duration_days", True),
        ("it flared up again since Monday", "duration_days", False),
        ("the pain has got worse since Tuesday", "duration_days", False),
        ("it's worse, since Tuesday", "duration_days", False),
        ("my back hurt yesterday", "duration_days", False),
        ("it's an 8 out of 10 now", "severity", True),
        ("the food there was 3 out of 10", "severity", False),
        ("I am 62 years old", "age", True),
        ("my neighbour is 62 years old", "age", False),
    ],
)
def test_a_number_is_told_again_only_in_a_clause_about_nothing_else(
    understanding: Understanding, text: str, finding: str, is_told_again: bool
) -> None:
    found = {
        number.id: number
        for number in (*understanding.read(text, TODAY), *understanding.numbers(text, TODAY))
    }
    assert understanding.remarks.is_told_again(text, found[finding], restates=False) is is_told_again


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("I do have a bit of numbness", "numb"),
        ("it's gone numb", "numb"),
        ("some tingling since today", "numb"),
        ("there is no numbness", None),
        ("none of them, nothing numb or tingling", None),
        ("nothing but numbness", "numb"),
        ("my foot is numb", None),
        ("I'm numb between my legs", None),
    ],
)
def test_a_sign_without_a_place_is_known_as_such(
    understanding: Understanding, text: str, sign: str | None
) -> None:
    assert understanding.remarks.placeless(text, understanding.read(text, TODAY)) == sign
