"""What sounds alarming and may mean less is asked about; what is old is kept as old."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backchat.knowledge import Finding

Read = Callable[[str], dict[str, Finding]]


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        ("night_pain", "it hurts at night"),
        ("night_pain", "the pain wakes me whenever I turn over"),
        ("major_trauma", "it was a minor bump in the car"),
        ("major_trauma", "hit in the back by a netball"),
        ("major_trauma", "feels like I was kicked by a horse"),
        ("cancer_history", "I had a cancer scare"),
        ("rash_on_one_side", "I have a rash on my hand"),
        ("breathlessness", "I'm breathless because of my asthma"),
    ],
)
def test_what_may_mean_less_is_asked_about(read: Read, finding: str, text: str) -> None:
    assert read(text)[finding].confirm


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        ("night_pain", "the pain wakes me at night"),
        ("night_pain", "it's worse at night, it wakes me"),
        ("major_trauma", "I had a crash on Tuesday"),
        ("major_trauma", "we were in a motorway pile up"),
        ("major_trauma", "kicked by a horse"),
        ("major_trauma", "hit by a van"),
        ("cancer_history", "I had cancer in 2012, and a cancer scare since"),
        ("rash_on_one_side", "a rash on my left side"),
        ("breathlessness", "I'm breathless. I have asthma"),
        ("fever", "fever and menopausal sweats"),
        ("unexplained_weight_loss", "lost a stone but I'm not on a diet"),
        ("urinary_incontinence", "leaking since I gave birth 2 weeks ago"),
        ("leg_weakness", "my leg went weak 2 days ago"),
        ("saddle_numbness", "does it make your bits numb? mine are numb"),
    ],
)
def test_what_is_plainly_told_is_not(read: Read, finding: str, text: str) -> None:
    assert read(text)[finding].value == "present"
    assert not read(text)[finding].confirm


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        ("urinary_incontinence", "I leak a little since my son was born 11 years ago"),
        ("urinary_incontinence", "my pee leaks when I laugh, since I had my kids"),
        ("leg_weakness", "my right leg went weak 20 years ago after polio"),
        ("urinary_retention", "I've had a catheter for years"),
        ("both_legs_affected", "paraplegic since 2010"),
        ("both_legs_affected", "calf pain, both legs, for 3 years"),
        ("fever", "I sweat at night but that is the menopause"),
    ],
)
def test_what_is_long_known_is_old(read: Read, finding: str, text: str) -> None:
    assert read(text)[finding].value == "longstanding"


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        ("saddle_numbness", "can it make your bits numb?"),
        ("known_condition", "could I die from a slipped disc"),
        ("region", "is it my kidneys"),
        ("postpartum", "I had a c section 3 months ago"),
        ("postpartum", "I've had my womb out"),
        ("cyclical_with_periods", "my period is due"),
        ("rash_on_one_side", "had the shingles vaccine"),
        ("major_trauma", "I had a sugar crash"),
        ("urinary_incontinence", "the roof is leaking"),
        ("sex", "I feel like an old man"),
    ],
)
def test_what_only_looks_like_it_is_not_told(read: Read, finding: str, text: str) -> None:
    assert finding not in read(text)
