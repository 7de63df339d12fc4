"""What must hold of every vignette, however the figures of `python -m benchmarks.triage` stand."""

from __future__ import annotations

import pytest

from backchat.screening.interview import MOST_QUESTIONS
from benchmarks.triage.contenders import contenders
from benchmarks.triage.vignettes import SETS, Verdict, Vignette, load_vignettes
from tests.screening.people import KNOWLEDGE

Played = list[tuple[Vignette, Verdict]]


@pytest.fixture(scope="module", params=SETS)
def played(request: pytest.FixtureRequest) -> Played:
    backchat = contenders(KNOWLEDGE)[0]
    return [
        (vignette, backchat.judge(vignette)) for vignette in load_vignettes(KNOWLEDGE, SETS[request.param])
    ]


def test_no_emergency_gets_less_than_an_emergency_tier(played: Played) -> None:
    emergencies = [(vignette, given) for vignette, given in played if vignette.label.urgency.is_emergency]
    assert emergencies
    assert [vignette.id for vignette, given in emergencies if not given.urgency.is_emergency] == []


def test_nobody_gets_two_tiers_too_low(played: Played) -> None:
    assert [vignette.id for vignette, given in played if given.above(vignette.label) <= -2] == []


def test_nobody_is_asked_more_than_the_limit(played: Played) -> None:
    asked = {vignette.id: given.questions or 0 for vignette, given in played}
    assert {name: count for name, count in asked.items() if count > MOST_QUESTIONS} == {}


def test_both_triage_on_the_same_findings_and_on_the_same_words() -> None:
    """The naive one is told all that is true, more than Backchat is told before it asks."""
    backchat, naive, backchat_reading, naive_reading = contenders(KNOWLEDGE)
    vignettes = load_vignettes(KNOWLEDGE, SETS["development"])[:12]
    for vignette in vignettes:
        assert set(backchat.told(vignette)) <= set(naive.told(vignette)) == set(vignette.findings.values())
        assert list(backchat_reading.told(vignette)) == list(naive_reading.told(vignette))
    assert len({one.name for one in contenders(KNOWLEDGE)}) == 4
