"""Numbers that can't be and what is both stated and denied: neither is guessed, both are asked about."""

from __future__ import annotations

import datetime

import pytest

from backchat.knowledge import FindingKind, load_phrases
from backchat.screening.speech import Speaker
from backchat.understanding import Understanding
from tests.screening.people import KNOWLEDGE

TODAY = datetime.date(2026, 10, 14)
NUMBERS = [name for name, spec in KNOWLEDGE.findings.items() if spec.kind is FindingKind.NUMBER]


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding(load_phrases(KNOWLEDGE.findings), KNOWLEDGE.findings)


@pytest.mark.parametrize(
    ("text", "asked", "impossible"),
    [
        ("I am 999 years old and my back hurts", (), {"age": 999}),
        ("my pain is 12 out of 10", (), {"severity": 12}),
        ("my back has hurt for -3 days", (), {"duration_days": -3}),
        ("I am 99 weeks pregnant", (), {"weeks_pregnant": 99}),
        ("999", ("age",), {"age": 999}),
        ("-5", ("age",), {"age": -5}),
        ("12", ("severity",), {"severity": 12}),
        ("11 out of 10", ("severity",), {"severity": 11}),
        ("-1", ("severity",), {"severity": -1}),
        ("minus 2 weeks", ("duration_days",), {"duration_days": -2}),
        ("200 years", ("duration_days",), {"duration_days": 73000}),
        ("45", ("age",), {}),
        ("1962", ("age",), {}),
        ("0", ("severity",), {}),
        ("7 out of 10", ("severity",), {}),
        ("3 to 4 weeks", ("duration_days",), {}),
        ("3-4 days", ("duration_days",), {}),
        ("lower back - 3 days now, 6/10, I am 40", (), {}),
        ("L5-S1 disc, for 2 weeks", (), {}),
        ("pain is 3 out of 10. no, pain is 9 out of 10", [], {"severity": 3}),
        ("severity 5, sorry, 7 out of 10", [], {}),
        ("I'm 45 and my wife is 44", [], {}),
    ],
)
def test_a_number_that_cannot_be_is_told_from_one_that_can(
    understanding: Understanding, text: str, asked: tuple[str, ...], impossible: dict[str, float]
) -> None:
    assert {f.id: f.value for f in understanding.slips(text, asked, TODAY).impossible} == impossible


@pytest.mark.parametrize(
    ("text", "conflicts"),
    [
        ("I have a fever. I have no fever.", {"fever"}),
        ("no fever. I have a fever of 39", {"fever"}),
        ("I'm numb between my legs. no numbness between my legs", {"saddle_numbness"}),
        ("no fever until yesterday, but now I have a fever", set()),
        ("I have a fever, scratch that, no fever", set()),
        ("my left leg is numb, my right leg is not numb", set()),
        ("no fever, but my foot tingles", set()),
        ("my lower back hurts", set()),
    ],
)
def test_what_is_both_stated_and_denied_is_found(
    understanding: Understanding, text: str, conflicts: set[str]
) -> None:
    found = understanding.slips(text, [], TODAY).conflicts
    assert {finding.id for finding in found} == conflicts
    assert all(finding.confirm and finding.said in text for finding in found)


@pytest.mark.parametrize(
    ("text", "corrects"),
    [
        ("I don't have a fever after all, I checked", True),
        ("I was wrong, I can hold my pee", True),
        ("scratch that, no fever", True),
        ("I have no fever", False),
        ("it's probably nothing", False),
    ],
)
def test_a_correction_is_told_from_a_denial_in_passing(
    understanding: Understanding, text: str, corrects: bool
) -> None:
    assert understanding.remarks.corrects(text) is corrects


@pytest.mark.parametrize("finding", NUMBERS)
def test_a_refusal_says_what_was_meant_and_what_can_be(finding: str) -> None:
    said = Speaker(KNOWLEDGE).refuse(finding, "-7")
    assert "“-7”" in said
    assert KNOWLEDGE.findings[finding].words in said
