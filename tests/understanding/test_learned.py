"""The learned layer: its examples, and what the two layers say together."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchat.knowledge import Finding, FindingSpec, KnowledgeError
from backchat.understanding.learned import Reading, Thresholds, load_examples, settle
from backchat.understanding.learned.examples import Example, compose

EXAMPLES = Path("data/findings")
TEXT = "I can't feel myself wipe. My back hurts."
QUIET = Reading(nothing=1.0, present=0.0, absent=0.0, unsure=0.0, longstanding=0.0)
SEEN = Reading(nothing=0.05, present=0.9, absent=0.05, unsure=0.0, longstanding=0.0)
DENIED = Reading(nothing=0.05, present=0.0, absent=0.95, unsure=0.0, longstanding=0.0)
DOUBTED = Reading(nothing=0.1, present=0.1, absent=0.0, unsure=0.8, longstanding=0.0)
OLD = Reading(nothing=0.1, present=0.1, absent=0.0, unsure=0.0, longstanding=0.8)


class Network:
    """Says what it is told to, as the trained network would."""

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self._readings = readings

    def read(self, text: str) -> Mapping[str, Reading]:  # noqa: ARG002
        return self._readings

    def locate(self, text: str, finding: str) -> tuple[int, int]:  # noqa: ARG002
        return 0, text.index(".")


def together(phrases: str | None, reading: Reading, finding: str = "saddle_numbness") -> tuple[object, bool]:
    """The value and whether it has to be confirmed; `(None, False)` where nothing counts as said."""
    found = [Finding(finding, phrases, TEXT, 0, len(TEXT))] if phrases else []
    settled = settle(TEXT, found, Network({finding: reading}), {"saddle_numbness"}, Thresholds())  # type: ignore[arg-type]
    return (settled[0].value, settled[0].confirm) if settled else (None, False)


def test_a_red_flag_that_only_the_network_sees_is_confirmed() -> None:
    assert together(None, SEEN) == ("present", True)
    assert together(None, DOUBTED) == ("present", True)


def test_the_network_alone_clears_no_red_flag() -> None:
    assert together(None, DENIED) == (None, False)
    assert together(None, OLD) == (None, False)
    assert together("present", DENIED) == ("present", True)


def test_a_denial_that_the_network_doubts_clears_nothing() -> None:
    assert together("absent", SEEN) == ("present", True)
    assert together("absent", DOUBTED) == ("unsure", False)
    assert together("absent", SEEN, "muscle_spasm") == (None, False)


def test_what_both_say_counts() -> None:
    assert together("present", SEEN) == ("present", False)
    assert together("absent", DENIED) == ("absent", False)
    assert together(None, QUIET) == (None, False)


def test_words_that_are_not_said_of_the_person_are_asked_about_or_left_out() -> None:
    assert together("present", QUIET) == ("present", True)
    assert together("present", QUIET, "muscle_spasm") == (None, False)


def test_what_is_long_known_is_no_news() -> None:
    assert together("present", OLD, "muscle_spasm") == ("longstanding", False)


def test_the_words_quoted_are_the_persons_own() -> None:
    (finding,) = settle(TEXT, [], Network({"saddle_numbness": SEEN}), {"saddle_numbness"}, Thresholds())  # type: ignore[arg-type]
    assert finding.said == TEXT[finding.start : finding.end] == "I can't feel myself wipe"


def test_the_examples_teach_every_finding_that_is_yes_or_no(specs: dict[str, FindingSpec]) -> None:
    examples = load_examples(EXAMPLES, specs)
    taught = {finding for example in examples for finding in example.findings}
    assert taught == {finding for finding, spec in specs.items() if spec.kind == "tri"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("fevr: {present: [hot]}", "fevr is no finding"),
        ("fever: {maybe: [hot]}", "'maybe' is not a valid Assertion"),
        ("fever: {present: [{text: hot, also: {side: left}}]}", "side is no finding that is yes or no"),
        ("fever: {present: [hot], absent: [hot]}", "two labels of fever for 'hot'"),
    ],
)
def test_a_mistake_in_the_examples_is_named(
    tmp_path: Path, specs: dict[str, FindingSpec], content: str, reason: str
) -> None:
    (tmp_path / "wrong.yml").write_text(content, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=reason):
        load_examples(tmp_path, specs)


@given(share=st.floats(0, 1), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_messages_put_together_say_what_their_parts_say(
    specs: dict[str, FindingSpec], share: float, seed: int
) -> None:
    examples = load_examples(EXAMPLES, specs)[:300]
    composed: list[Example] = list(compose(examples, share, random.Random(seed)))
    for example in composed:
        parts = [part for part in examples if part.text.rstrip(".") in example.text]
        for part in parts[:1]:
            assert all(example.findings.get(f) in (value, None) for f, value in part.findings.items())
    said = sum(len(example.text) for example in composed)
    assert said >= sum(len(example.text.rstrip(".")) for example in examples)
