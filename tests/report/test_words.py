from __future__ import annotations

import pytest

from backchat.report.words import cite, in_words, name_of
from tests.screening.people import KNOWLEDGE

FINDINGS = KNOWLEDGE.findings


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"vomiting": "present"}, "“being sick (vomiting)”"),
        ({"collapse": ["present", "unsure"]}, "“fainting or collapsing” (there or not sure)"),
        ({"collapse": "longstanding"}, "“fainting or collapsing” (long-standing)"),
        ({"age": {"at_least": 16, "below": 65}}, "your age (years): at least 16 and below 65"),
        ({"began_at_age": {"below": 45}}, "the age at which it began (years): below 45"),
        ({"radiation": ["jaw", "chest"]}, "where it spreads: “the jaw” or “the chest”"),
        (
            {
                "collapse": "present",
                "any": [{"vomiting": "present"}, {"fever": "absent", "age": {"above": 1}}],
            },
            "“fainting or collapsing” AND (“being sick (vomiting)” OR "
            "(“fever, chills or night sweats” (not there) AND your age (years): above 1))",
        ),
        ({"none": [{"vomiting": "present"}]}, "NOT (“being sick (vomiting)”)"),
        (
            {"at_least": {"count": 2, "of": [{"vomiting": "present"}, {"collapse": "present"}]}},
            "at least 2 of (“being sick (vomiting)”; “fainting or collapsing”)",
        ),
    ],
)
def test_a_condition_is_said_in_plain_words(condition: dict, words: str) -> None:
    assert in_words(FINDINGS, condition) == words


def test_findings_and_sources_are_named() -> None:
    assert name_of(FINDINGS["collapse"], "present") == "fainting or collapsing"
    assert name_of(FINDINGS["collapse"], "unsure") == "fainting or collapsing (not sure)"
    assert name_of(FINDINGS["age"], 40.0) == "your age: 40 (years)"
    assert name_of(FINDINGS["radiation"], ("leg", "foot")) == "where it spreads: the leg, the foot"
    assert cite(KNOWLEDGE.sources["nice_ng65"]).endswith("management (NG65) (2017)")
