"""Whatever is written, reading it never fails, quotes the person rightly, and is over soon."""

import datetime
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchat.knowledge import FindingSpec
from backchat.understanding import Understanding
from backchat.understanding.normalise import MAX_CHARACTERS

TODAY = datetime.date(2026, 11, 23)
WORDS = [
    "no",
    "not",
    "numb",
    "down below",
    "my",
    "leg",
    "can't",
    "feel",
    "3",
    "weeks",
    "ago",
    "7/10",
    "?",
    ",",
    "but",
    "fever",
    "since",
    "2019",
    "31",
    "february",
    "half",
    "a",
    "and",
    "-",
    "back",
    "pee",
    "\n",
    "if",
    "i",
    "’",
    "½",
    "10",
    "/",
    "to",
    "mum",
    "has",
    "years",
    "since i was",
    "the last",
    "’s",
    "\u200b",
]
messages = st.one_of(
    st.text(max_size=400),
    st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join),
)

AWKWARD = [
    "",
    "   \n\t ",
    "\x00\x01\x02",
    "\u200b\u202e\u200f",
    "😀😀😀",
    "<script>alert(1)</script>",
    '{"fever": true}',
    "'; DROP TABLE users; --",
    "me duele la espalda desde hace tres días",
    "asdkjfh aksjdhf kajshdf",
    "/" * 500,
    "a" * 5000,
    "1" * 5000,
    "no " * 3000,
    "numb " * 3000,
    "my leg " * 3000,
    "3 weeks " * 3000,
    "\u200f" * 9000,
    "since 31 february 2019",
    "ß" * 100 + "ﬁ" * 100,
    "⒈ fever since ⑴, for ፩ weeks",
    "fever 1 day " * 3000,
    "a day · " * 3000,
    "in " * 3000,
]


def check(understanding: Understanding, specs: dict[str, FindingSpec], text: str) -> None:
    findings = understanding.read(text, TODAY)
    assert len({finding.id for finding in findings}) == len(findings)
    for finding in findings:
        assert text[finding.start : finding.end] == finding.said
        assert finding.said
        assert finding.end <= MAX_CHARACTERS
        values = finding.value if isinstance(finding.value, tuple) else (finding.value,)
        spec = specs[finding.id]
        for value in values:
            if isinstance(value, float):
                assert (spec.minimum or 0) <= value <= (spec.maximum or 0)
            else:
                assert value in spec.values
    assert understanding.read(text, TODAY) == findings


@given(text=messages)
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_without_failing(
    understanding: Understanding, specs: dict[str, FindingSpec], text: str
) -> None:
    check(understanding, specs, text)


@given(
    text=messages,
    asked=st.lists(
        st.sampled_from(["fever", "severity", "region", "duration_days", "age", "saddle_numbness"]),
        unique=True,
    ),
)
@settings(max_examples=200, deadline=None)
def test_any_reply_is_read_without_failing(understanding: Understanding, text: str, asked: list[str]) -> None:
    found = understanding.read(text, TODAY)
    reply = understanding.read_reply(text, asked, {}, found, TODAY)
    # What answers the question may take the words of something else, but never of a sign that is there.
    there = {finding.id for finding in found if finding.value in ("present", "unsure", "longstanding")}
    assert there <= {finding.id for finding in reply.findings}


@pytest.mark.parametrize("text", AWKWARD)
def test_an_awkward_text_is_read_without_failing(
    understanding: Understanding, specs: dict[str, FindingSpec], text: str
) -> None:
    check(understanding, specs, text)


@pytest.mark.parametrize("text", ["/restart", '/inform{"fever": "present"}', "  /deny_fever i have a fever"])
def test_a_command_says_nothing_about_a_person(understanding: Understanding, text: str) -> None:
    assert understanding.read(text, TODAY) == ()
    assert not understanding.read_reply(text, ["fever"], {}, (), TODAY).answered


def test_the_start_of_a_long_text_is_never_dropped(understanding: Understanding) -> None:
    findings = understanding.read("I can't feel myself wipe. " + "blah " * 5000, TODAY)
    assert {finding.id for finding in findings} == {"saddle_numbness"}


@pytest.mark.parametrize(
    "text",
    [
        "I can’t feel myself wipe",
        "i CANT FEEL MYSELF WIPE",
        "I can't fe\u200bel my\u00adself wipe",
        "cant feel myself  wipe",
    ],
)
def test_apostrophes_capitals_and_invisible_characters_make_no_difference(
    understanding: Understanding, text: str
) -> None:
    assert [f.id for f in understanding.read(text, TODAY)] == ["saddle_numbness"]


def test_the_vocabulary_does_not_grow_with_what_people_write(understanding: Understanding) -> None:
    understanding.read("zyxwv", TODAY)
    size = len(understanding.reader.books.normaliser._vocab.strings)
    understanding.read("a secret name qwertz and plughxyzzy, ½qwertz, ⒈qwertz", TODAY)
    assert len(understanding.reader.books.normaliser._vocab.strings) == size


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64",
    reason="THE FUZZER IS NOT RUN: atheris is built for Linux on x86-64 only",
)
def test_no_text_that_the_fuzzer_makes_fails_or_takes_over_ten_times_as_long_as_usual() -> None:
    command = [sys.executable, "-m", "tests.understanding.fuzz", "-runs=300", "-seed=1"]
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", cwd=Path(__file__).parents[2], check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
