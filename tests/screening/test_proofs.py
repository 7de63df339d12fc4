"""What is proved of the decision: by trying everything where that ends, else by random people.

Each person is truthful and is interviewed by the real interview.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchat.knowledge import Finding, FindingKind, FindingValue, Rule, Urgency
from backchat.knowledge.models import EXCLUSIVE_VALUES, leaves_of
from backchat.screening.assessment import Assessment, assess
from backchat.screening.conditions import holds
from backchat.screening.guidance import safety_net_for
from backchat.screening.interview import MOST_CONFIRMED, MOST_QUESTIONS, TRIES, Step, next_step
from backchat.screening.record import Known, merge, values_of, with_implied
from backchat.screening.speech import Speaker
from backchat.screening.triage import fired, urgency_of
from tests.screening.people import KNOWLEDGE, WELL, interview, people, quiet_people
from tests.screening.ways import Way, named, ways

WAYS = {rule.id: list(ways(rule.when)) for rule in KNOWLEDGE.rules}
RULES = {rule.id: rule for rule in KNOWLEDGE.rules}
ASKED = {finding for question in KNOWLEDGE.questions for finding in question.findings}
YES_NO = [finding for finding, spec in KNOWLEDGE.findings.items() if spec.kind is FindingKind.TRI]
CRITICAL = [finding for finding in YES_NO if KNOWLEDGE.findings[finding].critical]
RED_FLAGS = sorted(
    {f for r in KNOWLEDGE.rules if r.urgency.rank >= Urgency.CONSULTATION_24.rank for f in named(r.when)}
    & set(YES_NO)
)
BESIDES: tuple[Way, ...] = (
    {},
    {"severity": 8.0, "onset": "sudden"},
    {"region": ("upper",)},
    {"region": ("flank",)},
    {"age": 75.0},
    {"age": 12.0},
    {"duration_days": 200.0},
    {"duration_days": 200.0, "low_mood": "present"},
    {"trend": "worsening", "relieved_by": ("nothing",)},
    {"pregnant": "present"},
    {"pregnant": "unsure", "side": "left"},
    {"fever": "present"},
    {"leg_weakness": "present", "duration_days": 20.0},
)
"""What can be so of a person besides: each makes other rules and questions come up."""


def urgency_with(values: Way) -> Urgency:
    return urgency_of(fired(KNOWLEDGE.rules, values))


# --- a red flag that is there ---------------------------------------------------------------------------
@pytest.mark.parametrize("flag", RED_FLAGS)
def test_a_present_red_flag_never_lowers_the_urgency(flag: str) -> None:
    """Tried beside everything in `BESIDES`, and with each other red flag there or in doubt."""
    others: list[Way] = [{f: state} for f in RED_FLAGS if f != flag for state in ("present", "unsure")]
    for beside in (*BESIDES, *others):
        person = WELL | beside
        unknown = {finding: value for finding, value in person.items() if finding != flag}
        present = urgency_with(person | {flag: "present"})
        for without in (unknown, *(person | {flag: state} for state in ("absent", "unsure", "longstanding"))):
            assert present.rank >= urgency_with(without).rank, (beside, without.get(flag))


@given(people(), st.sampled_from(RED_FLAGS))
@settings(max_examples=300)
def test_a_present_red_flag_never_lowers_the_urgency_of_anybody(person: Way, flag: str) -> None:
    present = urgency_with(person | {flag: "present"})
    for state in ("absent", "unsure", "longstanding"):
        assert present.rank >= urgency_with(person | {flag: state}).rank


# --- whatever else an urgent rule names: numbers, choices, lists -----------------------------------------
URGENT = [rule for rule in KNOWLEDGE.rules if rule.urgency.rank >= Urgency.CONSULTATION_24.rank]
EXCUSES = {
    ("A1", "region"): "pain of the neck alone that goes into an arm comes from a nerve of the neck (C1)",
    ("E4", "both_legs_affected"): "both legs for years, unchanged and explained, is nothing new (C13)",
    ("E15", "known_condition"): "who has known kidney stones has no first such pain",
    ("D13", "duration_days"): "pain low on one side that is older than four weeks is not new",
}
"""Where knowing more rightly makes it less urgent, and why.

Beyond the rules: weight that somebody meant to lose is no unexplained loss, and what is over, feared, or
somebody else's is no sign; understanding tells these apart.
"""


def flags() -> Iterator[tuple[str, Any]]:
    """Yields each value of a finding by which an urgent rule can come to hold."""
    for rule in URGENT:
        for way in WAYS[rule.id]:
            yield from way.items()


FLAGS = sorted(set(flags()), key=str)
NUMBERS = {finding for finding, value in FLAGS if isinstance(value, float)}


def urgent_rank(values: Way) -> int:
    """Ranks the urgency, all that can wait for an appointment alike."""
    return max(urgency_with(values).rank, Urgency.CONSULTATION.rank)


def without(person: Way, finding: str, flag: FindingValue) -> Iterator[Way]:
    """Gives somebody of whom a finding is not known, or is harmless: lists have one value less."""
    unknown = {name: value for name, value in person.items() if name != finding}
    yield unknown
    spec, had = KNOWLEDGE.findings[finding], person.get(finding)
    if spec.kind is FindingKind.SET and isinstance(had, tuple) and isinstance(flag, tuple):
        yield person | {finding: tuple(value for value in had if value not in flag) or ("none",)}
    elif spec.kind is FindingKind.CHOICE:
        yield from (person | {finding: value} for value in spec.values if value != flag)
    elif spec.kind is FindingKind.TRI:
        # In doubt counts for less than there, and for no less than not there.
        weaker = ("absent",) if flag == "unsure" else ("absent", "unsure", "longstanding")
        yield from (person | {finding: value} for value in weaker)


def with_flag(person: Way, finding: str, flag: FindingValue) -> Way:
    """Gives the same person with the flag; a list has it besides, where it goes with others."""
    had = person.get(finding)
    if isinstance(flag, tuple) and isinstance(had, tuple) and not EXCLUSIVE_VALUES.intersection(flag + had):
        return person | {finding: tuple(dict.fromkeys(had + flag))}
    return person | {finding: flag}


def test_an_urgent_rule_has_an_excuse_only_where_that_is_right() -> None:
    excuses = {(rule.id, leaf.key) for rule in URGENT for leaf in leaves_of(rule.when) if leaf.excuse}
    assert excuses == set(EXCUSES)


def test_every_finding_that_an_urgent_rule_names_is_tried() -> None:
    tried = {finding for finding, _ in FLAGS}
    assert tried == {f for rule in URGENT for f in named(rule.when)}
    assert {"age", "severity", "duration_days"} == NUMBERS


@pytest.mark.parametrize(("finding", "flag"), FLAGS, ids=str)
def test_what_an_urgent_rule_names_never_lowers_the_urgency(finding: str, flag: FindingValue) -> None:
    for beside in BESIDES:
        there = urgent_rank(with_flag(WELL | beside, finding, flag))
        for less in without(WELL | beside, finding, flag):
            assert there >= urgent_rank(less), (beside, less.get(finding))


@given(people(), st.sampled_from([flag for flag in FLAGS if flag[0] not in NUMBERS]))
@settings(max_examples=200)
def test_what_an_urgent_rule_names_never_lowers_the_urgency_of_anybody(
    person: Way, flagged: tuple[str, Any]
) -> None:
    there = urgent_rank(with_flag(person, *flagged))
    assert all(there >= urgent_rank(less) for less in without(with_flag(person, *flagged), *flagged))


@given(people(), st.floats(0, 10), st.floats(0, 10))
def test_stronger_pain_is_never_less_urgent(person: Way, one: float, other: float) -> None:
    weaker, stronger = (urgency_with(person | {"severity": n}).rank for n in sorted((one, other)))
    assert stronger >= weaker


@given(people(), st.floats(0, 36500), st.floats(0, 36500))
def test_older_pain_is_never_more_urgent_where_it_is_urgent(person: Way, one: float, other: float) -> None:
    """Below that it rightly is: pain that lasts for six weeks calls for an appointment (C2)."""
    newer, older = (urgent_rank(person | {"duration_days": n}) for n in sorted((one, other)))
    assert newer >= older


@given(people(), st.floats(0, 120))
def test_to_know_an_age_never_makes_it_less_urgent(person: Way, age: float) -> None:
    """No age is harmless by itself: the young and the old have rules of their own."""
    unknown = {finding: value for finding, value in person.items() if finding != "age"}
    assert urgency_with(unknown | {"age": age}).rank >= urgency_with(unknown).rank


@given(people(), st.floats(0.5, 44))
def test_weeks_of_a_pregnancy_count_as_a_pregnancy(person: Way, weeks: float) -> None:
    told = {finding: value for finding, value in person.items() if finding != "pregnant"}
    record = {finding: Known(value, "", 1) for finding, value in (told | {"weeks_pregnant": weeks}).items()}
    with_weeks = values_of(with_implied(record, KNOWLEDGE.findings), KNOWLEDGE.findings)
    assert with_weeks["pregnant"] == "present"
    assert urgency_with(with_weeks).rank >= urgency_with(told | {"pregnant": "absent"}).rank


@given(people(), st.sampled_from(sorted(NUMBERS)), st.data())
def test_a_number_that_nobody_knows_counts_for_no_less_than_some_number(
    person: Way, finding: str, data: st.DataObject
) -> None:
    """Not knowing it is never safer than every answer to it."""
    unknown = {name: value for name, value in person.items() if name != finding}
    spec = KNOWLEDGE.findings[finding]
    low, high = spec.minimum or 0.0, spec.maximum or 0.0
    edges = {number for number in (low, 1.0, 5.0, 40.0, 90.0, 200.0, high) if number <= high}
    least = min(urgency_with(unknown | {finding: number}).rank for number in edges)
    assert urgency_with(unknown).rank >= least


# --- not sure -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("finding", CRITICAL)
def test_not_sure_never_gives_less_than_its_rule(finding: str) -> None:
    """Tried with every value of each other finding."""
    for other, spec in KNOWLEDGE.findings.items():
        for value in spec.values if other != finding else ():
            beside: Way = {other: (value,) if spec.kind is FindingKind.SET else value}
            rules = fired(KNOWLEDGE.rules, WELL | beside | {finding: "unsure"})
            assert "D15" in {rule.id for rule in rules}, beside
            assert urgency_of(rules).rank >= RULES["D15"].urgency.rank


DOUBTS = [
    (rule, way)
    for rule in URGENT
    for way in WAYS[rule.id]
    if any(value == "unsure" for value in way.values())
]
"""The ways in which a doubt makes an urgent rule hold."""


@given(people(), st.sampled_from(DOUBTS))
def test_a_doubt_that_a_rule_names_never_gives_less_than_that_rule(
    person: Way, doubt: tuple[Rule, Way]
) -> None:
    rule, way = doubt
    excused = {key: WELL.get(key) for _, key in EXCUSES if key not in way}
    values = {f: v for f, v in (person | excused | way).items() if v is not None}
    assert urgency_with(values).rank >= rule.urgency.rank


@given(people(), st.sampled_from(RED_FLAGS))
def test_not_sure_never_gives_less_than_no_to_anybody(person: Way, flag: str) -> None:
    assert urgency_with(person | {flag: "unsure"}).rank >= urgency_with(person | {flag: "absent"}).rank


@pytest.mark.parametrize("flag", RED_FLAGS)
def test_not_sure_never_gives_less_than_no(flag: str) -> None:
    for beside in BESIDES:
        unsure, absent = (urgency_with(WELL | beside | {flag: state}) for state in ("unsure", "absent"))
        assert unsure.rank >= absent.rank, beside


@pytest.mark.parametrize("finding", CRITICAL)
def test_who_stays_unsure_of_a_sign_is_seen_within_a_day(finding: str) -> None:
    """The interview asks for it in some conversation, twice where that can help, and it counts."""
    outcomes = [
        (put, fired(KNOWLEDGE.rules, values))
        for beside in BESIDES
        for put, values in [interview(WELL | beside | {finding: "unsure"})]
        if finding in values
    ]
    assert outcomes
    for put, rules in outcomes:
        assert urgency_of(rules).is_emergency or "D15" in {rule.id for rule in rules}
        again = [q for q in put if q.again and finding in q.findings]
        assert again or urgency_of(rules).is_emergency or finding not in ASKED_AGAIN


ASKED_AGAIN = {f for question in KNOWLEDGE.questions if question.again for f in question.findings}


# --- each rule ------------------------------------------------------------------------------------------
def asked_out(rule: Rule, way: Way) -> Iterator[Way]:
    """Gives what the interview brings out of people who tell nothing unasked and for whom the rule holds."""
    for beside in BESIDES:
        person = WELL | beside | way
        if holds(rule.when, person):
            yield interview(person)[1]


@pytest.mark.parametrize("rule", KNOWLEDGE.rules, ids=lambda rule: rule.id)
def test_every_rule_fires_in_a_conversation(rule: Rule) -> None:
    outcomes = (values for way in WAYS[rule.id] for values in asked_out(rule, way))
    assert any(rule in fired(KNOWLEDGE.rules, values) for values in outcomes)


@pytest.mark.parametrize("rule", KNOWLEDGE.rules, ids=lambda rule: rule.id)
def test_every_way_into_a_rule_comes_out_by_asking(rule: Rule) -> None:
    """With nothing besides it is as urgent as the rule, or else the way itself comes out beside something.

    Once an emergency is known nothing is asked any more, so an ambulance may come out as an emergency.
    """
    least = min(rule.urgency.rank, Urgency.EMERGENCY.rank)
    for way in WAYS[rule.id]:
        as_urgent = urgency_with(next(asked_out(rule, way))).rank >= least
        assert as_urgent or any(way.items() <= values.items() for values in asked_out(rule, way)), way


def test_what_a_rule_looks_at_is_asked_for() -> None:
    looked_at = {finding for rule in KNOWLEDGE.rules for finding in named(rule.when)}
    assert looked_at - ASKED <= {"mechanism"}


# --- the order of what is told --------------------------------------------------------------------------
@dataclass
class Talk:
    """A conversation with somebody who volunteers some findings, whatever was asked.

    Attributes:
        volunteered: What they will tell unasked, in this order.
    """

    person: Way
    volunteered: list[str]
    random: Random
    record: dict[str, Known] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    turn: int = 0

    def tell(self, findings: list[str], asked: tuple[str, ...] = ()) -> None:
        self.turn += 1
        told = [Finding(f, self.person[f], f"words on {f}", 0, 0) for f in findings if f in self.person]
        self.random.shuffle(told)
        merged = merge(self.record, told, self.turn, KNOWLEDGE.findings, asked)
        self.record = with_implied(merged, KNOWLEDGE.findings)

    def step(self) -> Step | None:
        return next_step(KNOWLEDGE, values_of(self.record, KNOWLEDGE.findings), self.asked)

    def hold(self) -> Assessment:
        """Volunteers a few findings before each answer, and the rest when nothing is asked any more."""
        while True:
            few = min(self.random.choice((0, 0, 0, 1, 2)), len(self.volunteered))
            if few:
                self.tell([self.volunteered.pop() for _ in range(few)])
            step = self.step()
            if step is None and not self.volunteered:
                return assess(KNOWLEDGE, self.record, self.asked)
            if step is not None:
                self.asked[step.counted_as] = self.asked.get(step.counted_as, 0) + 1
                self.tell(list(step.findings), step.findings)


@st.composite
def people_of_rules(draw: st.DrawFn) -> Way:
    """Somebody for whom one or two rules hold, with anything of `BESIDES`."""
    person = WELL | draw(st.sampled_from(BESIDES))
    for rule in draw(st.lists(st.sampled_from(KNOWLEDGE.rules), min_size=1, max_size=2)):
        person |= draw(st.sampled_from(WAYS[rule.id]))
    return person


def unusual(person: Way) -> list[str]:
    return sorted(finding for finding in person if person[finding] != WELL.get(finding))


def talks_in_any_order(person: Way, volunteered: list[str], data: st.DataObject) -> list[Assessment]:
    """Holds conversations with the same person: told late and early in three orders, and all at once."""
    seeds = data.draw(st.lists(st.integers(0, 10**6), min_size=3, max_size=3, unique=True))
    talks = [Talk(person, Random(seed).sample(volunteered, len(volunteered)), Random(seed)) for seed in seeds]
    at_once = Talk(person, [], Random(0))
    at_once.tell(volunteered)
    return [talk.hold() for talk in (*talks, at_once)]


@given(people_of_rules(), st.data())
@settings(max_examples=40)
def test_who_tells_all_is_as_urgent_in_any_order(person: Way, data: st.DataObject) -> None:
    results = talks_in_any_order(person, [*unusual(person), "age"], data)
    assert len({result.urgency for result in results}) == 1


@given(people_of_rules(), st.data())
@settings(max_examples=60)
def test_the_order_only_decides_what_an_emergency_leaves_unasked(person: Way, data: st.DataObject) -> None:
    """Whoever volunteers the same and is asked for the rest is as urgent in any order, but for one thing.

    An emergency is told when it is known, and nothing is asked any more. What would make it an ambulance may
    then stay untold: who tells of a fall from a height is sent to hospital and not asked about the chest, and
    who tells of it last has been asked. Nothing else differs: it is an emergency in every order or in none,
    below that the urgency is the same, and with all that came out in any order it would be in each.
    """
    volunteered = data.draw(
        st.lists(st.sampled_from([*unusual(person), "age", "fever"]), max_size=6, unique=True)
    )
    results = talks_in_any_order(person, volunteered, data)
    most = max(results, key=lambda result: result.urgency.rank)
    together = {f: v for result in results for f, v in values_of(result.record, KNOWLEDGE.findings).items()}
    assert urgency_with(together) is most.urgency
    for result in results:
        if result.urgency is not most.urgency:
            assert (result.urgency, most.urgency) == (Urgency.EMERGENCY, Urgency.EMERGENCY_AMBULANCE)
            assert set(together) > set(result.record)


@given(people_of_rules(), st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_in_which_the_same_became_known_changes_nothing(person: Way, random: Random) -> None:
    """Told one by one in any order, the findings of a whole conversation give what they gave there."""
    talk = Talk(person, [], Random(0))
    told = talk.hold().as_dict()
    for _ in range(3):
        anew = Talk(person, [], random, asked=talk.asked)
        for finding in random.sample(list(talk.record), len(talk.record)):
            anew.tell([finding])
        again = assess(KNOWLEDGE, anew.record, anew.asked).as_dict()
        assert all(told[key] == again[key] for key in told if key not in ("unsure", "red_flags", "findings"))
        assert sorted(map(str, told["red_flags"])) == sorted(map(str, again["red_flags"]))
        assert set(told["unsure"]) == set(again["unsure"])


# --- how many questions ---------------------------------------------------------------------------------
@given(st.one_of(quiet_people(), people()), st.data())
@settings(max_examples=100)
def test_no_conversation_asks_more_than_the_limit(person: Way, data: st.DataObject) -> None:
    """Whatever is told unasked, left open, doubted, or only likely and to be confirmed."""
    values: Way = {}
    asked: dict[str, int] = {}
    unconfirmed = data.draw(st.lists(st.sampled_from(YES_NO), max_size=MOST_CONFIRMED, unique=True))
    while (step := next_step(KNOWLEDGE, values, asked, unconfirmed)) is not None:
        asked.setdefault(step.counted_as, 0)
        assert len(asked) <= step.at_most <= MOST_QUESTIONS
        answer = data.draw(st.sampled_from(("all", "all", "some", "doubt", "nothing", "beside")))
        told = {f: person[f] for f in step.findings}
        if answer == "nothing":
            asked[step.counted_as] = TRIES
            told = {f: "unsure" for f in step.findings if f in YES_NO}
        elif answer == "doubt":
            told = {f: "unsure" if f in YES_NO else value for f, value in told.items()}
        elif answer == "some":
            told = dict(list(told.items())[:1])
        elif answer == "beside":
            told |= {f: person[f] for f in data.draw(st.sets(st.sampled_from(sorted(person)), max_size=2))}
        asked[step.counted_as] += 1
        values |= told
        unconfirmed = [f for f in unconfirmed if f not in told]
    if not urgency_with(values).is_emergency:
        needed = {question.id for question in KNOWLEDGE.questions if question.always and question.findings}
        known = {q.id for q in KNOWLEDGE.questions if set(q.findings) <= set(values)}
        assert needed <= known | set(asked)


CAUDA_EQUINA = {
    *("saddle_numbness", "urinary_retention", "urinary_incontinence"),
    *("bowel_incontinence", "sexual_dysfunction", "both_legs_affected"),
}


def cauda_equina_told(lines: Iterable[str]) -> set[str]:
    """Gives the signs that some lines of the safety net tell of."""
    told = set(lines)
    return {sign for line in KNOWLEDGE.safety_net if line.text in told for sign in line.signs}


# --- the safety net -------------------------------------------------------------------------------------
@given(quiet_people(), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_every_result_below_an_emergency_carries_the_safety_net(person: Way, random: Random) -> None:
    result = Talk(person, [], random).hold()
    if not result.urgency.is_emergency:
        said = "\n".join(Speaker(KNOWLEDGE).result(result))
        assert result.as_dict()["seek_help_if"] == list(result.safety_net)
        assert [line for line in result.safety_net if line not in said] == []
        assert cauda_equina_told(result.safety_net) >= CAUDA_EQUINA


@pytest.mark.parametrize("urgency", [urgency for urgency in Urgency if not urgency.is_emergency])
def test_each_urgency_below_an_emergency_carries_the_safety_net(urgency: Urgency) -> None:
    rule = next((rule for rule in KNOWLEDGE.rules if rule.urgency is urgency), None)
    way = next(ways(rule.when)) if rule else {}
    result = Talk(WELL | way, list(way), Random(1)).hold()
    assert result.urgency is urgency
    said = "\n".join(Speaker(KNOWLEDGE).result(result))
    assert [line for line in result.safety_net if line not in said] == []
    assert cauda_equina_told(result.safety_net) >= CAUDA_EQUINA


@given(people(), st.data())
@settings(max_examples=200)
def test_whatever_is_known_or_not_the_safety_net_names_each_sign_of_the_cauda_equina(
    person: Way, data: st.DataObject
) -> None:
    known = {f: person[f] for f in data.draw(st.sets(st.sampled_from(sorted(person))))}
    assert cauda_equina_told(safety_net_for(KNOWLEDGE, known)) >= CAUDA_EQUINA


@pytest.mark.parametrize(
    ("person", "words", "told"),
    [
        ({"pregnant": "present"}, "waters break", True),
        ({"pregnant": "present", "weeks_pregnant": 8.0}, "waters break", False),
        ({"pregnant": "unsure"}, "tip of a shoulder", True),
        ({}, "waters break", False),
        ({"postpartum": "present"}, "heavy bleeding", True),
        ({"age": 9.0}, "too hard for you to walk", True),
        ({"age": 9.0}, "erection", False),
        ({"age": 9.0}, "private parts", True),
        ({}, "erection", True),
        ({"age": 64.0}, "your belly or back", True),
        ({"age": 40.0}, "your belly or back", False),
        ({"age": 75.0}, "after a cough or a lift", True),
        ({"age": 50.0, "osteoporosis": "present"}, "after a cough or a lift", True),
        ({"anticoagulant": "present"}, "blow to the head", True),
        ({}, "blow to the head", False),
        ({"region": ("neck",)}, "speaking, seeing or balance", True),
        ({"region": ("upper",)}, "walking gets unsteady", True),
        ({"region": ("lower",)}, "walking gets unsteady", False),
        ({"region": ("lower", "neck")}, "walking gets unsteady", True),
        ({"leg_weakness": "present"}, "weakness grows", True),
        ({"fever": "present"}, "a fever or chills", False),
        ({"suicidal_thoughts": "unsure"}, "thoughts of ending your life", True),
    ],
)
def test_the_safety_net_fits_the_person(person: Way, words: str, told: bool) -> None:
    assert (words in "\n".join(safety_net_for(KNOWLEDGE, WELL | person))) is told


def test_where_nobody_knows_which_part_of_the_back_it_is_the_signs_of_the_neck_are_told_too() -> None:
    assert "walking gets unsteady" in "\n".join(safety_net_for(KNOWLEDGE, {}))
