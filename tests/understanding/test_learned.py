"""The learned layer: its examples, and what the two layers say together."""

import random
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchat.knowledge import Assertion, Finding, FindingSpec, Knowledge, KnowledgeError
from backchat.understanding.learned.agreement import Settling, Thresholds
from backchat.understanding.learned.answers import ASSERTIONS, Beside, ReplySettling
from backchat.understanding.learned.examples import (
    Example,
    aspects_of,
    intent_example,
    load_examples,
)
from backchat.understanding.learned.lessons import Lessons, compose, reply_examples, wordings_of
from backchat.understanding.learned.paraphrases import Reading, Readings, sentence_at, topic_of
from backchat.understanding.replies import Reply

FINDINGS, MESSAGES, REPLIES = (Path("examples") / name for name in ("findings", "messages", "replies"))
WAITING = Path("examples") / "next"
TEXT = "I can't feel myself wipe. My back hurts."
RED_FLAG = "saddle_numbness"
QUIET = Reading(nothing=1.0, present=0.0, absent=0.0, unsure=0.0, longstanding=0.0)
SEEN = Reading(nothing=0.05, present=0.9, absent=0.05, unsure=0.0, longstanding=0.0)
DENIED = Reading(nothing=0.2, present=0.0, absent=0.8, unsure=0.0, longstanding=0.0)
CLEARLY_DENIED = Reading(nothing=0.005, present=0.0, absent=0.995, unsure=0.0, longstanding=0.0)
DOUBTED = Reading(nothing=0.1, present=0.1, absent=0.0, unsure=0.8, longstanding=0.0)
OLD = Reading(nothing=0.1, present=0.1, absent=0.0, unsure=0.0, longstanding=0.8)
UNMISTAKABLE = 40
"""So many letters stand in no other example."""


def readings(told: Mapping[str, Reading]) -> Readings:
    return Readings(told, dict.fromkeys(told, 0), {}, {})


@pytest.fixture(scope="module")
def examples(specs: dict[str, FindingSpec]) -> list[Example]:
    return load_examples(FINDINGS, MESSAGES, specs)


def test_the_examples_that_wait_for_the_next_teaching_keep_to_the_guide(knowledge: Knowledge) -> None:
    messages, replies = WAITING / "messages", WAITING / "replies"
    assert load_examples(WAITING / "findings", messages, knowledge.findings)
    assert all(reply_examples(replies, knowledge.findings, knowledge.questions))


@pytest.fixture
def together(specs: dict[str, FindingSpec]):
    """The value and whether it has to be confirmed; `(None, False)` where nothing counts as said."""

    def settled(phrases: str | None, reading: Reading, finding: str = RED_FLAG) -> tuple[object, bool]:
        found = [Finding(finding, phrases, TEXT, 0, len(TEXT))] if phrases else []
        told = Settling(specs, {RED_FLAG}, Thresholds()).settle(TEXT, found, readings({finding: reading}))
        return (told[0].value, told[0].confirm) if told else (None, False)

    return settled


def test_a_red_flag_that_only_the_network_sees_is_confirmed(together) -> None:
    assert together(None, SEEN) == ("present", True)
    assert together(None, DOUBTED) == ("present", True)


def test_a_question_that_sounds_like_a_red_flag_is_no_complaint(specs: dict[str, FindingSpec]) -> None:
    read = replace(readings({RED_FLAG: SEEN}), wants={"ask_faq": 1.0})
    assert not Settling(specs, {RED_FLAG}, Thresholds()).settle(TEXT, [], read)


def test_the_network_alone_clears_no_red_flag_unless_it_leaves_no_doubt(together) -> None:
    assert together(None, DENIED) == (None, False)
    assert together(None, OLD) == (None, False)
    assert together(None, CLEARLY_DENIED) == ("absent", False)
    assert together("present", CLEARLY_DENIED) == ("present", True)


def test_a_denial_that_the_network_doubts_clears_nothing(together) -> None:
    assert together("absent", SEEN) == ("present", True)
    assert together("absent", DOUBTED) == ("unsure", False)
    assert together("absent", SEEN, "muscle_spasm") == (None, False)


def test_what_both_say_counts(together) -> None:
    assert together("present", SEEN) == ("present", False)
    assert together("absent", DENIED) == ("absent", False)
    assert together(None, QUIET) == (None, False)


def test_words_that_are_not_said_of_the_person_are_asked_about_or_left_out(together) -> None:
    assert together("present", QUIET) == ("present", True)
    assert together("absent", QUIET) == (None, False)
    assert together("present", QUIET, "muscle_spasm") == (None, False)


def test_what_is_long_known_is_no_news(together) -> None:
    assert together("present", OLD, "muscle_spasm") == ("longstanding", False)
    assert together("present", OLD) == ("present", False)


def test_values_that_only_the_network_sees_are_added_and_strange_ones_left_out(
    specs: dict[str, FindingSpec],
) -> None:
    settling = Settling(specs, set(), Thresholds())
    found = [Finding("region", ("lower", "neck"), TEXT, 0, len(TEXT))]
    told = {"region=lower": SEEN, "region=neck": QUIET, "region=buttock": SEEN, "side=left": SEEN}
    by_id = {finding.id: finding.value for finding in settling.settle(TEXT, found, readings(told))}
    assert by_id == {"region": ("lower", "buttock"), "side": "left"}


def test_the_words_quoted_are_the_persons_own(specs: dict[str, FindingSpec]) -> None:
    (finding,) = Settling(specs, {RED_FLAG}, Thresholds()).settle(TEXT, [], readings({RED_FLAG: SEEN}))
    assert finding.said == TEXT[finding.start : finding.end] == "I can't feel myself wipe."


@given(text=st.text(max_size=60), place=st.integers(0, 60))
def test_the_sentence_around_a_place_is_in_the_text(text: str, place: int) -> None:
    start, end = sentence_at(text, place)
    assert 0 <= start <= end <= len(text) or not text.strip()


def test_a_question_is_about_the_likeliest_topic() -> None:
    assert topic_of(readings({"topic=massage": SEEN, "topic=sleep": QUIET, RED_FLAG: SEEN})) == "massage"
    assert topic_of(readings({"topic=massage": QUIET})) is None


# --- replies --------------------------------------------------------------------------------------------


class Network:
    """Reads the same in every reply."""

    def __init__(self, read: Mapping[str, Assertion | None], sure: float) -> None:
        self._read, self._sure = read, sure

    def beside(self, _text: str, options: Mapping[str, str]) -> Beside:
        return Beside({option: self._shares(self._read.get(option)) for option in options}, 1.0)

    def _shares(self, value: Assertion | None) -> dict[str | None, float]:
        rest = (1 - self._sure) / (len(ASSERTIONS) - 1)
        return {a and a.value: self._sure if a is value else rest for a in ASSERTIONS}


@pytest.fixture
def replied(specs: dict[str, FindingSpec]):
    def settled(
        rules: Mapping[str, str],
        asked: list[str],
        network: Mapping[str, Assertion | None],
        *,
        sure: float = 0.999,
        exact: bool = False,
        unnamed: Collection[str] = (),
        excepts: bool = False,
    ):
        findings = tuple(Finding(name, value, TEXT, 0, len(TEXT)) for name, value in rules.items())
        reply = Reply(findings, bool(findings), exact, frozenset(unnamed), excepts)
        settling = ReplySettling(specs, {RED_FLAG, "fever"}, Network(network, sure))
        told = settling.settle(TEXT, reply, asked, {})
        return {finding.id: finding.value for finding in told.findings}, told.answered

    return settled


BOTH = [RED_FLAG, "fever"]
NEITHER = dict.fromkeys(BOTH, Assertion.ABSENT)


def test_an_answer_in_words_that_no_rule_holds_counts(replied) -> None:
    assert replied({}, BOTH, NEITHER) == (dict.fromkeys(BOTH, "absent"), True)
    assert replied({}, BOTH, {"fever": Assertion.PRESENT}) == ({"fever": "present"}, True)
    assert replied({}, BOTH, {}) == ({}, False)


def test_a_red_flag_is_cleared_only_where_there_is_next_to_no_doubt(replied) -> None:
    assert replied({}, ["fever"], NEITHER, sure=0.9) == ({}, False)
    assert replied({}, ["muscle_spasm"], {"muscle_spasm": Assertion.ABSENT}, sure=0.96)[1]


def test_a_red_flag_that_a_text_may_tell_is_told_where_it_was_asked_about(
    specs: dict[str, FindingSpec],
) -> None:
    seen = {"fever": Finding("fever", "present", TEXT, 0, len(TEXT), confirm=True)}
    for read, told in (({}, [("fever", "present", False)]), ({"fever": Assertion.ABSENT}, [])):
        settling = ReplySettling(specs, {"fever"}, Network(read, 0.9))
        reply = settling.settle(TEXT, Reply((), answered=False), ["fever"], {}, seen)
        assert [(f.id, f.value, f.confirm) for f in reply.findings] == told


def test_a_pick_from_the_list_needs_no_network(replied) -> None:
    picked = {RED_FLAG: "present", "fever": "absent"}
    assert replied(picked, BOTH, NEITHER, exact=True) == (picked, True)


def test_without_a_network_the_rules_count(specs: dict[str, FindingSpec]) -> None:
    reply = Reply((Finding("fever", "present", TEXT, 0, len(TEXT)),), answered=True)
    assert ReplySettling(specs, {"fever"}, None).settle(TEXT, reply, ["fever"], {}) == reply


@pytest.mark.parametrize("read", ["present", "unsure", "longstanding"])
@pytest.mark.parametrize("value", [None, Assertion.ABSENT])
def test_no_certainty_of_the_network_clears_a_red_flag_that_the_rules_read(replied, read, value) -> None:
    told, _ = replied({"fever": read}, ["fever"], {"fever": value})
    asked_again = read == "present" and value is Assertion.ABSENT
    assert told == ({} if asked_again else {"fever": read})
    assert replied({"fever": read}, ["fever"], {"fever": value}, sure=0.96)[0] == {"fever": read}


def test_what_the_rules_read_as_there_is_not_cleared_by_a_weak_doubt(replied) -> None:
    read = replied(
        {"muscle_spasm": "present"}, ["muscle_spasm"], {"muscle_spasm": Assertion.ABSENT}, sure=0.6
    )
    assert read == ({"muscle_spasm": "present"}, True)


def test_what_is_said_of_the_rest_gives_way_sooner_than_what_is_said_by_name(replied) -> None:
    named = replied({"fever": "absent"}, ["fever"], {"fever": Assertion.PRESENT}, sure=0.98)
    assert named == ({"fever": "absent"}, True)
    of_the_rest = replied(
        {"fever": "absent"}, ["fever"], {"fever": Assertion.PRESENT}, sure=0.98, unnamed=["fever"]
    )
    assert of_the_rest == ({"fever": "present"}, True)


def test_the_rest_is_not_cleared_where_nobody_understood_what_is_no_part_of_it(replied) -> None:
    absent = dict.fromkeys(BOTH, "absent")
    assert replied(absent, BOTH, NEITHER, unnamed=BOTH, excepts=True) == ({}, False)
    one = {"fever": Assertion.PRESENT, RED_FLAG: Assertion.ABSENT}
    told = replied(absent, BOTH, one, unnamed=BOTH, excepts=True)
    assert told == ({RED_FLAG: "absent", "fever": "present"}, True)


def test_a_value_that_is_told_in_other_words_is_picked(specs: dict[str, FindingSpec]) -> None:
    settling = ReplySettling(specs, set(), Network({"buttock": Assertion.PRESENT}, 0.9))
    options = {"lower": "Lower back", "buttock": "Buttock"}
    told = settling.settle(TEXT, Reply((), answered=False), ["region"], options)
    assert [(f.id, f.value) for f in told.findings] == [("region", ("buttock",))]
    assert told.answered


@pytest.mark.parametrize(("complete", "value"), [(True, ("scoliosis",)), (False, ("scoliosis", "arthritis"))])
def test_no_value_is_added_to_a_reply_of_which_every_word_is_understood(
    specs: dict[str, FindingSpec], complete: bool, value: tuple[str, ...]
) -> None:
    settling = ReplySettling(specs, set(), Network({"arthritis": Assertion.PRESENT}, 0.99))
    options = {"scoliosis": "A curved spine", "arthritis": "Arthritis of the spine"}
    read = Finding("known_condition", ("scoliosis",), TEXT, 0, len(TEXT))
    told = settling.settle(
        TEXT, Reply((read,), answered=True, complete=complete), ["known_condition"], options
    )
    assert [f.value for f in told.findings] == [value]


# --- numbers --------------------------------------------------------------------------------------------

AGES = "I was 30 then, I am 52 now"


@pytest.mark.parametrize(
    ("rules", "share", "told"),
    [(None, 0.9, 52.0), (30.0, 0.9, 52.0), (30.0, 0.1, None), (30.0, 0.4, 30.0), (None, 0.1, None)],
)
def test_of_the_numbers_that_are_named_the_network_chooses(
    specs: dict[str, FindingSpec], rules: float | None, share: float, told: float | None
) -> None:
    def age(value: float) -> Finding:
        place = AGES.index(str(int(value)))
        return Finding("age", value, AGES[place : place + 2], place, place + 2)

    read = Readings({}, {}, {}, {"age": {AGES.index("30"): min(share, 0.4), AGES.index("52"): share}})
    found = [age(rules)] if rules else []
    settled = Settling(specs, set(), Thresholds()).settle(AGES, found, read, [age(30.0), age(52.0)])
    assert [finding.value for finding in settled] == ([told] if told else [])


# --- examples -------------------------------------------------------------------------------------------


def test_the_examples_teach_every_finding_that_is_yes_or_no(
    examples: list[Example], specs: dict[str, FindingSpec]
) -> None:
    taught = {aspect for example in examples for aspect in example.told}
    assert (
        {finding for finding, spec in specs.items() if spec.kind == "tri"} <= taught <= {*aspects_of(specs)}
    )


def test_replies_stand_beside_the_options_of_their_question(
    specs: dict[str, FindingSpec], knowledge: Knowledge
) -> None:
    texts, answers = reply_examples(REPLIES, specs, knowledge.questions)
    assert {option.told for answer in answers for option in answer.options} == {*ASSERTIONS}
    assert {answer.answered for answer in answers} == {True, False}
    assert all(option.wordings for answer in answers for option in answer.options)
    assert len(texts) >= len(answers)


def test_a_reply_answers_beside_an_option_only_what_it_says_of_it(
    specs: dict[str, FindingSpec], knowledge: Knowledge
) -> None:
    _, replies = reply_examples(REPLIES, specs, knowledge.questions)
    answers = [reply.beside(option) for reply in replies for option in reply.options]
    assert {a.answered for a in answers if a.option.told is None} == {False, None}
    assert {a.answered for a in answers if a.option.told is not None and a.option.known} <= {True, False}


def test_lines_are_read_as_replies_and_what_answers_nothing_too(
    specs: dict[str, FindingSpec], knowledge: Knowledge, examples: list[Example]
) -> None:
    greetings = [intent_example(text, "greet", specs) for text in map("hello {}".format, range(10))]
    complaints = [example for example in examples if example.intent == "describe_pain"]
    lessons = Lessons([*complaints, *greetings], [], wordings_of(specs, knowledge.questions))
    answers = list(lessons.answers(200, random.Random(0)))
    lines = [answer for answer in answers if answer.answered is None]
    assert {answer.option.told for answer in lines} == {*ASSERTIONS}
    idle = [answer for answer in answers if answer.answered is False]
    noise = {answer.text for answer in idle} - {greeting.text for greeting in greetings}
    assert len(idle) == len(greetings) + len(noise)
    assert noise
    assert {answer.option.told for answer in idle} == {None}


def test_a_line_for_an_intent_tells_no_finding_or_leaves_it_open(specs: dict[str, FindingSpec]) -> None:
    assert not intent_example("hello", "greet", specs).unknown
    assert intent_example("it hurts", "describe_pain", specs).unknown == {*specs}
    assert set(intent_example("ice or heat", "ask_faq", specs, "heat_or_ice").told) == {"topic=heat_or_ice"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("fevr: {present: [hot]}", "fevr is no finding"),
        ("fever: {maybe: [hot]}", "'maybe' is not a valid Assertion"),
        ("fever: {present: [{text: hot, also: {age: 40}}]}", "age is no finding with values"),
        ("side: {top: [up there]}", "side can't be top"),
        ("fever: {present: [hot], absent: [hot]}", "two labels for 'hot'"),
    ],
)
def test_a_mistake_in_the_examples_is_named(
    tmp_path: Path, specs: dict[str, FindingSpec], content: str, reason: str
) -> None:
    (tmp_path / "wrong.yml").write_text(content, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=reason):
        load_examples(tmp_path, tmp_path / "none", specs)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_messages_put_together_say_what_their_parts_say(examples: list[Example], share: float) -> None:
    for seed in range(5):
        some = random.Random(seed).sample(examples, 200)
        composed = list(compose(some, share, random.Random(seed)))
        for part in (part for part in some if len(part.text) > UNMISTAKABLE):
            whole = next(example for example in composed if part.text.rstrip(".") in example.text)
            assert all(whole.told.get(aspect) is value for aspect, value in part.told.items())
            assert part.unknown <= whole.unknown
        said = sum(len(example.text) for example in composed)
        assert said >= sum(len(example.text.rstrip(".")) for example in some)


def test_what_one_part_leaves_open_stays_open() -> None:
    one = Example("hot", {"fever": Assertion.PRESENT}, frozenset({"side"}))
    other = Example("left", {"side=left": Assertion.PRESENT}, frozenset({"region"}))
    joined = [
        e for seed in range(20) for e in compose([one, other], 1.0, random.Random(seed)) if "hot" in e.text
    ]
    both = next(e for e in joined if "left" in e.text)
    assert both.unknown == {"region", "side"}
    assert both.told == {**one.told, **other.told}
    assert replace(both, text="").intent is None
