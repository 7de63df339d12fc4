from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchat.knowledge import Finding, FindingValue
from backchat.screening import record
from backchat.screening.record import (
    Known,
    disputed,
    improbable,
    longer_than_life,
    merge,
    unsaid,
    with_implied,
)
from backchat.screening.speech import Speaker
from tests.screening.people import KNOWLEDGE, values_of


def told(finding: str, value: FindingValue) -> Finding:
    return Finding(finding, value, "words", 0, 5)


def after(*steps: tuple[str, FindingValue], asked: tuple[str, ...] = ()) -> dict[str, Known]:
    record: dict[str, Known] = {}
    for turn, (finding, value) in enumerate(steps, start=1):
        record = merge(record, [told(finding, value)], turn, KNOWLEDGE.findings, asked)
    return record


def test_what_is_told_is_kept_with_its_words_and_turn() -> None:
    known = after(("fever", "present"))["fever"]
    assert (known.value, known.said, known.turn) == ("present", "words", 1)


@pytest.mark.parametrize("value", ["present", "longstanding"])
def test_a_doubt_in_passing_takes_nothing_back(value: str) -> None:
    assert after(("fever", value), ("fever", "unsure"))["fever"].value == value


def test_a_doubt_in_reply_to_the_question_counts() -> None:
    assert after(("fever", "present"), ("fever", "unsure"), asked=("fever",))["fever"].value == "unsure"


@pytest.mark.parametrize("value", ["present", "longstanding"])
def test_a_denial_in_passing_takes_nothing_back_and_is_to_be_asked_about(value: str) -> None:
    record, denial = after(("fever", value)), told("fever", "absent")
    assert merge(record, [denial], 2, KNOWLEDGE.findings)["fever"].value == value
    assert disputed(record, [denial]) == (denial,)
    assert disputed(record, [denial], ["fever"]) == ()


@pytest.mark.parametrize("before", ["absent", "unsure"])
def test_what_comes_to_be_there_counts_at_once(before: str) -> None:
    record, news = after(("fever", before)), told("fever", "present")
    assert merge(record, [news], 2, KNOWLEDGE.findings)["fever"].value == "present"
    assert disputed(record, [news]) == ()


def test_a_number_told_more_exactly_replaces_the_range() -> None:
    vague = Finding("duration_days", 21.0, "a few weeks", 0, 11, 14.0, 35.0)
    exact = Finding("duration_days", 21.0, "3 weeks", 0, 7)
    record = merge({}, [vague], 1, KNOWLEDGE.findings)
    assert merge(record, [exact], 2, KNOWLEDGE.findings, ["duration_days"])["duration_days"].low is None


def test_a_change_keeps_what_was_before() -> None:
    known = after(("fever", "present"), ("fever", "absent"), asked=("fever",))["fever"]
    assert known.value == "absent"
    assert [earlier.value for earlier in known.before] == ["present"]


def test_sets_grow_and_exclusive_values_replace() -> None:
    assert after(("quality", ("dull",)), ("quality", ("stiff",)))["quality"].value == ("dull", "stiff")
    assert after(("radiation", ("foot",)), ("radiation", ("none",)))["radiation"].value == ("none",)


@pytest.mark.parametrize(
    ("finding", "value"),
    [
        ("age", 999.0),
        ("severity", 12.0),
        ("duration_days", -1.0),
        ("fever", "perhaps"),
        ("region", ("knee",)),
        ("region", ()),
        ("luck", "present"),
    ],
)
def test_what_the_vocabulary_does_not_allow_is_left_out(finding: str, value: FindingValue) -> None:
    assert after((finding, value)) == {}


@given(st.data(), st.sampled_from(sorted(KNOWLEDGE.findings)))
def test_what_the_store_keeps_is_read_back_the_same(data: st.DataObject, finding: str) -> None:
    values = values_of(KNOWLEDGE.findings[finding])
    known = after((finding, data.draw(values)), (finding, data.draw(values)))[finding]
    assert Known.from_dict(known.as_dict()) == known


@pytest.mark.parametrize(
    ("finding", "counts_as"),
    [("urinary_incontinence", "longstanding"), ("cancer_history", "present"), ("anticoagulant", "present")],
)
def test_what_is_no_less_true_when_it_is_old_counts_as_there(finding: str, counts_as: str) -> None:
    known = after((finding, "longstanding"))
    assert record.values_of(known, KNOWLEDGE.findings) == {finding: counts_as}


@pytest.mark.parametrize("finding", ["pregnant", "postpartum", "cyclical_with_periods"])
def test_what_a_man_hardly_has_is_asked_about_before_it_counts(finding: str) -> None:
    man, sign = after(("sex", "male")), told(finding, "present")
    assert improbable(man, [sign], KNOWLEDGE.findings) == (sign,)
    assert improbable({}, [told("sex", "male"), sign], KNOWLEDGE.findings) == (sign,)
    assert improbable(man, [sign], KNOWLEDGE.findings, asked=[finding]) == ()
    assert improbable(man, [told(finding, "absent")], KNOWLEDGE.findings) == ()
    assert improbable(after(("sex", "female")), [sign], KNOWLEDGE.findings) == ()


@pytest.mark.parametrize(
    ("known", "now", "refused"),
    [
        ((), (("age", 20.0), ("duration_days", 30 * 365.0)), "duration_days"),
        ((("age", 20.0),), (("duration_days", 30 * 365.0),), "duration_days"),
        ((("duration_days", 30 * 365.0),), (("age", 20.0),), "age"),
        ((("age", 20.0),), (("duration_days", 20 * 365.0),), None),
        ((("age", 40.0),), (("duration_days", 30 * 365.0),), None),
        ((), (("duration_days", 30 * 365.0),), None),
    ],
)
def test_nothing_hurts_for_longer_than_a_life(known, now, refused: str | None) -> None:
    wrong = longer_than_life(after(*known), [told(*one) for one in now])
    assert (wrong and wrong.id) == refused


def complete(*steps: tuple[str, FindingValue]) -> dict[str, Known]:
    """What is known after some messages, each of which answers what it was asked."""
    known: dict[str, Known] = {}
    for turn, (finding, value) in enumerate(steps, start=1):
        known = merge(known, [told(finding, value)], turn, KNOWLEDGE.findings, [finding])
        known = with_implied(known, KNOWLEDGE.findings)
    return known


@pytest.mark.parametrize(
    ("finding", "value", "implied", "being"),
    [
        ("nsaid_caution", ("anticoagulant",), "anticoagulant", "present"),
        ("nsaid_caution", ("ulcer_or_bleed", "anticoagulant"), "anticoagulant", "present"),
        ("nsaid_caution", ("pregnancy",), "pregnant", "present"),
        ("anticoagulant", "present", "nsaid_caution", ("anticoagulant",)),
        ("radiation", ("both_legs",), "both_legs_affected", "present"),
        ("leg_weakness_worsening", "present", "leg_weakness", "present"),
        ("leg_weakness_worsening", "longstanding", "leg_weakness", "present"),
        ("foot_drop", "longstanding", "leg_weakness", "longstanding"),
    ],
)
def test_what_goes_without_saying_counts(
    finding: str, value: FindingValue, implied: str, being: FindingValue
) -> None:
    assert complete((finding, value))[implied].value == being


def test_a_reason_against_a_medicine_comes_to_those_that_are_known() -> None:
    known = complete(("nsaid_caution", ("ulcer_or_bleed",)), ("anticoagulant", "present"))
    assert known["nsaid_caution"].value == ("ulcer_or_bleed", "anticoagulant")
    denied = complete(("nsaid_caution", ("none",)), ("anticoagulant", "present"))
    assert denied["nsaid_caution"].value == ("anticoagulant",)


@pytest.mark.parametrize("before", ["absent", "unsure"])
def test_whoever_ticks_only_that_a_foot_drags_has_not_denied_that_the_leg_is_weak(before: str) -> None:
    list_of_signs = [told("leg_weakness", before), told("foot_drop", "present")]
    merged = merge({}, list_of_signs, 1, KNOWLEDGE.findings, ["leg_weakness", "foot_drop"])
    assert with_implied(merged, KNOWLEDGE.findings)["leg_weakness"].value == "present"


def test_what_is_implied_can_be_taken_back() -> None:
    known = complete(("nsaid_caution", ("anticoagulant",)), ("anticoagulant", "absent"))
    assert known["anticoagulant"].value == "absent"


@pytest.mark.parametrize(
    ("finding", "value", "hidden"),
    [
        ("anticoagulant", "present", "nsaid_caution"),
        ("nsaid_caution", ("anticoagulant",), "nsaid_caution"),
        ("foot_drop", "present", "leg_weakness"),
    ],
)
def test_what_goes_without_saying_is_not_repeated_to_the_person(
    finding: str, value: FindingValue, hidden: str
) -> None:
    known = complete((finding, value))
    assert unsaid(known, KNOWLEDGE.findings) == {hidden}
    assert len(Speaker(KNOWLEDGE).gist(known)) == 1
