"""Random people, for properties that must hold for everybody."""

from __future__ import annotations

from hypothesis import strategies as st

from backchat.knowledge import FindingKind, FindingSpec, FindingValue, load_knowledge

KNOWLEDGE = load_knowledge()


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
    person: dict[str, FindingValue] = {
        finding: "absent" for finding, spec in KNOWLEDGE.findings.items() if spec.kind is FindingKind.TRI
    }
    person |= {
        "region": ("lower",),
        "side": "central",
        "duration_days": draw(st.floats(0, 400)),
        "severity": draw(st.floats(0, 6)),
        "age": draw(st.floats(18, 60)),
        "trend": draw(st.sampled_from(("improving", "steady"))),
        "radiation": ("none",),
        "onset": "gradual",
        "quality": ("aching",),
        "aggravated_by": ("movement",),
        "relieved_by": ("rest",),
        "known_condition": ("none",),
    }
    for finding in draw(st.lists(st.sampled_from(sorted(person)), max_size=2, unique=True)):
        person[finding] = draw(values_of(KNOWLEDGE.findings[finding]))
    return person
