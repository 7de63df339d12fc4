"""Which figures are shown, beside which aims and which published ones."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from backchat.knowledge.models import Urgency
from benchmarks.triage.vignettes import Verdict, Vignette
from benchmarks.understanding.figures import Aim, Amount, Figure, Row, Table, share_of

SENSITIVITY, EXACT, SELF_CARE = "emergencies sent as such", "exact tier", "  of self-care"
UNDER, NOT_FAR_UNDER, OVER = "under-triage", "not under by two tiers or more", "over-triage"
STRAINS = "plain strains over-triaged"

AIMS = {
    SENSITIVITY: Aim(1.0),
    EXACT: Aim(0.9),
    UNDER: Aim(0.02, at_least=False),
    NOT_FAR_UNDER: Aim(1.0),
    STRAINS: Aim(0.05, at_least=False),
}
AIM_QUESTIONS = Aim(8, at_least=False)

Pair = tuple[Verdict, Verdict]
"""The label, and what was given."""


@dataclass(frozen=True)
class Study:
    """What was published of other symptom checkers.

    Attributes:
        source: Where, and how it was counted.
        figures: By the names of the rows.
    """

    name: str
    source: str
    figures: Mapping[str, float]


STUDIES = (
    Study(
        "Semigran 2015",
        "BMJ 2015;351:h3480: 23 checkers, 45 vignettes",
        {SENSITIVITY: 0.80, EXACT: 0.57, SELF_CARE: 0.33},
    ),
    Study(
        "Schmieding 2022",
        "JMIR 2022;24:e31810: 22 apps, 45 vignettes, counted from its data in ma-kopka/symptomcheckR",
        {SENSITIVITY: 0.568, EXACT: 0.562, SELF_CARE: 0.345, UNDER: 0.187, OVER: 0.251},
    ),
    Study(
        "Hill 2020",
        "MJA 2020;212:514: 19 checkers, 48 vignettes",
        {SENSITIVITY: 0.63, EXACT: 0.49, SELF_CARE: 0.40},
    ),
)


def triage_table(vignettes: Sequence[Vignette], verdicts: Mapping[str, Sequence[Verdict]]) -> Table:
    """Shows how well people are triaged.

    Args:
        vignettes: What was played.
        verdicts: For each contender's name its verdicts, in the same order.

    Returns:
        The table.
    """
    labels = [vignette.label for vignette in vignettes]
    everyone = [list(zip(labels, given, strict=True)) for given in verdicts.values()]
    rows = [
        _row(SENSITIVITY, everyone, lambda _, given: given.urgency.is_emergency, _is_emergency),
        _row(EXACT, everyone, lambda label, given: given.above(label) == 0),
        _row(SELF_CARE, everyone, lambda label, given: given.above(label) == 0, _is_self_care),
        _row(UNDER, everyone, lambda label, given: given.above(label) < 0),
        _row(NOT_FAR_UNDER, everyone, lambda label, given: given.above(label) > -2),
        _row(OVER, everyone, lambda label, given: given.above(label) > 0),
        _row(STRAINS, everyone, lambda label, given: given.above(label) > 0, _is_plain_strain),
        _row("pattern right", everyone, lambda label, given: given.pattern == label.pattern, _both_name_one),
        _row("stage right", everyone, lambda label, given: given.stage == label.stage, _both_tell_one),
        *_question_rows(verdicts),
    ]
    return Table("triage", [*verdicts, *(study.name for study in STUDIES)], rows)


def sources() -> Iterator[str]:
    """Says where the published figures are from."""
    for study in STUDIES:
        yield f"{study.name}: {study.source}"


def case_report(vignettes: Sequence[Vignette], given: Sequence[Verdict]) -> Iterator[str]:
    """Tells what came out wrong, what is too low first.

    Args:
        vignettes: What was played.
        given: The verdicts of one contender, in the same order.
    """
    pairs = list(zip(vignettes, given, strict=True))
    wrong = [(vignette, verdict) for vignette, verdict in pairs if not verdict.meets(vignette.label)]
    for vignette, verdict in sorted(wrong, key=lambda pair: pair[1].above(pair[0].label)):
        yield f"\n{vignette.id}  {vignette.opening}"
        yield f"  labelled  {_written(vignette.label)}"
        yield f"  given     {_written(verdict)}   rules: {' '.join(verdict.rules) or 'none'}"


def _row(
    name: str,
    everyone: Sequence[Sequence[Pair]],
    holds: Callable[[Verdict, Verdict], bool],
    counts: Callable[[Verdict, Verdict], bool] = lambda *_: True,
) -> Row:
    """Counts, for each contender, of the pairs that count those of which something holds."""
    measured: list[Figure | None] = [
        share_of(holds(*pair) for pair in pairs if counts(*pair)) for pairs in everyone
    ]
    return Row(name, [*measured, *(_published(study, name) for study in STUDIES)], AIMS.get(name))


def _published(study: Study, name: str) -> Amount | None:
    return Amount(study.figures[name]) if name in study.figures else None


def _is_emergency(label: Verdict, _: Verdict) -> bool:
    return label.urgency.is_emergency


def _is_self_care(label: Verdict, _: Verdict) -> bool:
    return label.urgency is Urgency.SELF_CARE


def _is_plain_strain(label: Verdict, _: Verdict) -> bool:
    return label.urgency is Urgency.SELF_CARE and label.pattern == "muscular"


def _both_name_one(label: Verdict, given: Verdict) -> bool:
    """Leaves out those who tell only how urgent it is, and labels that leave the pattern open."""
    return None not in (label.pattern, given.pattern)


def _both_tell_one(label: Verdict, given: Verdict) -> bool:
    """As `_both_name_one`, for the stage."""
    return None not in (label.stage, given.stage)


def _question_rows(verdicts: Mapping[str, Sequence[Verdict]]) -> Iterator[Row]:
    asked = [sorted(v.questions for v in given if v.questions is not None) for given in verdicts.values()]
    others: list[None] = [None] * len(STUDIES)
    for name, of, aim in (
        ("questions asked: median", statistics.median, AIM_QUESTIONS),
        ("  p95", _p95, None),
        ("  maximum", max, None),
    ):
        yield Row(name, [*(Amount(of(counts), 1) if counts else None for counts in asked), *others], aim)


def _p95(counts: Sequence[int]) -> int:
    return counts[int(0.95 * (len(counts) - 1))]


def _written(verdict: Verdict) -> str:
    return f"{verdict.urgency.value} / {verdict.pattern or 'any'} / {verdict.stage or 'any'}"
