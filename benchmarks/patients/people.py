"""Who the patients are: findings drawn at random, so that they go together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import TypeVar

from pydantic import BaseModel, Extra

from backchat.knowledge import Assertion, FindingKind, FindingSpec, FindingValue
from backchat.knowledge.models import EXCLUSIVE_VALUES
from backchat.knowledge.reading import read_content

PEOPLE = Path(__file__).with_name("people.yml")

DAYS_IN = {"years": 365, "months": 30, "weeks": 7, "days": 1}
CHILDBEARING = range(16, 50)
MONTHS = 84
"""From how many days on pain wears people down."""
IN_TWO = 0.25
"""How often a pain has two qualities, or two things make it worse or better."""

PRESENT, ABSENT, UNSURE, OLD = (
    a.value for a in (Assertion.PRESENT, Assertion.ABSENT, Assertion.UNSURE, Assertion.LONGSTANDING)
)
HARD_INJURIES = ("road_crash", "direct_blow", "assault")
NERVE_SIGNS, A_WEEK = ("foot_drop", "unsteady_or_clumsy"), 7
LIMBS = ("arm", "thigh", "below_knee", "foot", "both_legs")
HIGH = ("upper", "middle", "flank")
"""Where the gallbladder is felt, and periods are not."""

K = TypeVar("K")
Weights = dict[str, float]
Truth = Mapping[str, FindingValue]
"""All that is so of a person: every yes-or-no finding has its value."""


class _Data(BaseModel):
    class Config:
        extra = Extra.forbid


class _Span(_Data):
    weight: float
    least: int
    most: int


class _RedFlags(_Data):
    how_many: dict[int, float]
    which: Weights


class Odds(_Data):
    """How people are drawn; `people.yml` says what each part means."""

    ages: Weights
    durations: dict[str, _Span]
    severity: dict[int, float]
    values: dict[str, Weights]
    radiation: dict[str, Weights]
    quality: dict[str, Weights]
    red_flags: _RedFlags
    background: Weights
    companions: dict[str, Weights]
    women: Weights
    worn_down: Weights
    doubt: float
    old: float
    old_signs: tuple[str, ...]


def load_odds() -> Odds:
    """Reads how people are drawn.

    Raises:
        KnowledgeError: The file does not keep to its form.
    """
    odds: Odds = read_content(PEOPLE, Odds)
    return odds


def draw(odds: Odds, specs: Mapping[str, FindingSpec], random: Random) -> Truth:
    """Draws one person.

    Args:
        odds: How people are drawn.
        specs: The vocabulary.
        random: What is drawn from; the same gives the same person.
    """
    age = _age(odds, random)
    unit = one_of({unit: span.weight for unit, span in odds.durations.items()}, random)
    amount = random.randint(odds.durations[unit].least, odds.durations[unit].most)
    told = {finding: one_of(weights, random) for finding, weights in odds.values.items()}
    region = told["region"]
    radiation = one_of(odds.radiation[region], random)
    spreads = "spreads" if radiation in LIMBS else "stays"
    values: dict[str, FindingValue] = {
        "age": float(age),
        "duration_days": float(amount * DAYS_IN[unit]),
        "severity": float(one_of(odds.severity, random)),
        "radiation": (radiation,),
        "quality": _some(odds.quality[spreads], random),
        **{
            finding: (value,) if specs[finding].kind is FindingKind.SET else value
            for finding, value in told.items()
        },
        **{finding: _some(odds.values[finding], random) for finding in ("aggravated_by", "relieved_by")},
    }
    there = _drawn_signs(odds, values, random)
    signs = {finding: ABSENT for finding, spec in specs.items() if spec.kind is FindingKind.TRI}
    signs |= dict.fromkeys(there, PRESENT)
    _make_consistent(signs, values, random)
    _make_doubtful(odds, signs, random)
    return {**values, **signs}


def one_of(weights: Mapping[K, float], random: Random) -> K:
    """Draws one key, by its weight."""
    return random.choices(list(weights), list(weights.values()))[0]


def _some(weights: Weights, random: Random) -> tuple[str, ...]:
    """Draws one value of a set, or two that go together."""
    drawn = [one_of(weights, random) for _ in range(2 if random.random() < IN_TWO else 1)]
    alone = EXCLUSIVE_VALUES.intersection(drawn)
    return tuple(alone or dict.fromkeys(drawn))


def _age(odds: Odds, random: Random) -> int:
    least, most = one_of(odds.ages, random).split(" to ")
    return random.randint(int(least), int(most))


def _drawn_signs(odds: Odds, values: Mapping[str, FindingValue], random: Random) -> set[str]:
    """Draws what is there: red flags, what anybody may have, and what comes with either."""
    there = {one_of(odds.red_flags.which, random) for _ in range(one_of(odds.red_flags.how_many, random))}
    there |= _by_chance(odds.background, random)
    if values["sex"] == "female" and values["age"] in CHILDBEARING:
        there |= _by_chance(odds.women, random)
    if values["duration_days"] >= MONTHS:
        there |= _by_chance(odds.worn_down, random)
    for finding, companions in odds.companions.items():
        if finding in there:
            there |= _by_chance(companions, random)
    return there


def _by_chance(shares: Weights, random: Random) -> set[str]:
    return {finding for finding, share in shares.items() if random.random() < share}


def _make_consistent(signs: dict[str, str], values: dict[str, FindingValue], random: Random) -> None:
    """Mends what can't be so together."""
    has = {finding for finding, value in signs.items() if value == PRESENT}
    if "major_trauma" in has:
        values["mechanism"] = (random.choice(("fall", "road_crash")),)
    elif set(HARD_INJURIES).intersection(values["mechanism"]):
        signs["major_trauma"] = PRESENT
    elif "minor_trauma" in has:
        values["mechanism"] = ("fall",)
    elif values["mechanism"] == ("fall",):
        signs["minor_trauma"] = PRESENT
    if signs["major_trauma"] == PRESENT:
        signs["minor_trauma"] = ABSENT
    if values["radiation"] == ("both_legs",):
        signs["both_legs_affected"] = PRESENT
    if "pain_in_waves_to_groin" in has:
        values |= {"region": ("flank",), "radiation": ("groin",)}
    if "sudden_tearing_pain" in has:
        values["onset"] = "sudden"
    if "better_with_movement_not_rest" in has:
        values["relieved_by"] = ("movement",)
    if "anticoagulant" in has:
        values["nsaid_caution"] = ("anticoagulant",)
    if has.intersection(NERVE_SIGNS) and values["duration_days"] <= A_WEEK:
        signs["nerve_sign_within_days"] = PRESENT
    is_high = values["region"][0] in HIGH
    signs["cyclical_with_periods" if is_high else "pain_after_fatty_food"] = ABSENT


def _make_doubtful(odds: Odds, signs: dict[str, str], random: Random) -> None:
    """Makes one thing that is not there doubtful, or years old."""
    for share, findings, value in (
        (odds.doubt, odds.red_flags.which, UNSURE),
        (odds.old, odds.old_signs, OLD),
    ):
        absent = [finding for finding in findings if signs[finding] == ABSENT]
        if random.random() < share and absent:
            signs[random.choice(absent)] = value
