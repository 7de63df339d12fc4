"""People, for properties that must hold for everybody, and how they are interviewed."""

from __future__ import annotations

from hypothesis import strategies as st

from backchat.knowledge import FindingKind, FindingSpec, FindingValue, Question, load_knowledge
from backchat.screening.interview import MOST_QUESTIONS, next_step

KNOWLEDGE = load_knowledge()

WELL: dict[str, FindingValue] = dict.fromkeys(
    (f for f, spec in KNOWLEDGE.findings.items() if spec.kind is FindingKind.TRI), "absent"
) | {
    "region": ("lower",),
    "side": "central",
    "duration_days": 5.0,
    "severity": 4.0,
    "age": 40.0,
    "trend": "steady",
    "radiation": ("none",),
    "onset": "gradual",
    "quality": ("aching",),
    "aggravated_by": ("movement",),
    "relieved_by": ("rest",),
    "known_condition": ("none",),
    "nsaid_caution": ("none",),
}
"""Somebody with a dull ache and nothing else."""


def values_of(spec: FindingSpec) -> st.SearchStrategy[FindingValue]:
    if spec.kind is FindingKind.NUMBER:
        assert spec.minimum is not None
        assert spec.maximum is not None
        return st.floats(spec.minimum, spec.maximum)
    if spec.kind is FindingKind.SET:
        return st.lists(st.sampled_from(spec.values), min_size=1, max_size=3, unique=True).map(tuple)
    return st.sampled_from(spec.values)


@st.composite
def people(draw: st.DrawFn) -> dict[str, FindingValue]:
    """Everything that could be known of a person: for each finding a value."""
    return {finding: draw(values_of(spec)) for finding, spec in KNOWLEDGE.findings.items()}


@st.composite
def quiet_people(draw: st.DrawFn) -> dict[str, FindingValue]:
    """People with nothing alarming but up to two findings."""
    person = WELL | {
        "duration_days": draw(st.floats(0, 400)),
        "severity": draw(st.floats(0, 6)),
        "age": draw(st.floats(18, 60)),
        "trend": draw(st.sampled_from(("improving", "steady"))),
    }
    for finding in draw(st.lists(st.sampled_from(sorted(person)), max_size=2, unique=True)):
        person[finding] = draw(values_of(KNOWLEDGE.findings[finding]))
    return person


def interview(
    person: dict[str, FindingValue], known: dict[str, FindingValue] | None = None
) -> tuple[list[Question], dict[str, FindingValue]]:
    """Asks a person who answers everything at once; gives the questions put and what is known in the end."""
    values, asked, put = dict(known or {}), {}, []
    while (step := next_step(KNOWLEDGE, values, asked)) is not None:
        put.append(step.question)
        assert len(put) <= 2 * MOST_QUESTIONS, [question.id for question in put]
        assert step.at_most <= MOST_QUESTIONS
        asked[step.question.id] = asked.get(step.question.id, 0) + 1
        values |= {finding: person[finding] for finding in step.findings}
    return put, values
