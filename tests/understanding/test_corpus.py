"""Many ways of saying one thing give one finding."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backchat.knowledge import Finding
from backchat.knowledge.reading import read_content
from backchat.understanding import Understanding
from tests.understanding.conftest import TODAY

CORPUS = Path(__file__).parent / "corpus"
Read = Callable[[str], dict[str, Finding]]


def said() -> Iterator[tuple[str, str, str]]:
    for name in ("emergencies.yml", "pain.yml"):
        for finding, values in read_content(CORPUS / name, dict[str, dict[str, list[str]]]).items():
            for value, texts in values.items():
                for text in texts:
                    yield finding, value, text


def durations(part: str) -> list[dict[str, object]]:
    return read_content(CORPUS / "durations.yml", dict[str, list])[part]


@pytest.mark.parametrize(("finding", "value", "text"), said())
def test_a_wording_gives_its_finding(read: Read, finding: str, value: str, text: str) -> None:
    found = read(text).get(finding)
    if value == "unsaid":
        assert found is None
    elif found is not None and isinstance(found.value, tuple):
        assert value in found.value
    else:
        assert found is not None
        assert str(found.value).removesuffix(".0") == value


@pytest.mark.parametrize(
    ("days", "text"),
    [(case["days"], text) for case in durations("lasting") for text in case["texts"]]
    + [(case["days"], case["text"]) for case in durations("picked")],
)
def test_a_duration_is_read_in_days(read: Read, days: float, text: str) -> None:
    found = read(text).get("duration_days")
    assert found is not None
    assert found.value == pytest.approx(days, abs=1)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(case["low"], case["high"], text) for case in durations("ranges") for text in case["texts"]],
)
def test_a_vague_duration_keeps_its_range(read: Read, low: float, high: float | None, text: str) -> None:
    found = read(text)["duration_days"]
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(("text", "days"), [(case["text"], case["days"]) for case in durations("listed")])
def test_every_time_that_is_named_is_listed(understanding: Understanding, text: str, days: float) -> None:
    listed = [number for number in understanding.numbers(text, TODAY) if number.id == "duration_days"]
    assert any(time.value == pytest.approx(days, abs=0.01) for time in listed), listed
    assert all(text[time.start : time.end] == time.said for time in listed)


@pytest.mark.parametrize("text", durations("nothing"))
def test_what_is_no_duration_of_pain_is_left_alone(read: Read, text: str) -> None:
    assert "duration_days" not in read(text)


@pytest.mark.parametrize("sentence", read_content(CORPUS / "sentences.yml", list[dict[str, Any]]))
def test_a_sentence_says_what_it_says_and_no_more(read: Read, sentence: dict[str, Any]) -> None:
    said = {
        id: sorted(finding.value) if isinstance(finding.value, tuple) else finding.value
        for id, finding in read(sentence["text"]).items()
    }
    assert said == sentence["says"]
