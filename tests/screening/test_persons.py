from __future__ import annotations

import re

import pytest

from backchat.knowledge import load_knowledge
from backchat.knowledge.models import Topic
from backchat.screening.persons import ThirdPerson
from backchat.screening.record import Known
from backchat.screening.speech import Speaker

KNOWLEDGE = load_knowledge()
SPEAKER = Speaker(KNOWLEDGE)
DAD = {"subject": Known("other", "my dad", 1), "sex": Known("male", "my dad", 1)}
HE, SHE, THEY = (ThirdPerson(KNOWLEDGE.persons, sex) for sex in ("male", "female", "other"))


@pytest.mark.parametrize(
    ("text", "he", "she", "they"),
    [
        ("Do you notice it?", "Does he notice it?", "Does she notice it?", "Do they notice it?"),
        ("How old are you?", "How old is he?", "How old is she?", "How old are they?"),
        ("if you're pregnant", "if he's pregnant", "if she's pregnant", "if they're pregnant"),
        (
            "until you've been seen",
            "until he's been seen",
            "until she's been seen",
            "until they've been seen",
        ),
        ("you lose your balance", "he loses his balance", "she loses her balance", "they lose their balance"),
        ("pain that wakes you", "pain that wakes him", "pain that wakes her", "pain that wakes them"),
        ("wetting yourself", "wetting himself", "wetting herself", "wetting themselves"),
        ("You told me about you", "You told me about him", "You told me about her", "You told me about them"),
    ],
)
def test_what_is_said_to_a_person_is_said_about_another(text: str, he: str, she: str, they: str) -> None:
    assert (HE.text(text), SHE.text(text), THEY.text(text)) == (he, she, they)


@pytest.mark.parametrize(
    ("label", "he", "they"),
    [
        (
            "I inject drugs, or have done so",
            "He injects drugs, or has done so",
            "They inject drugs, or have done so",
        ),
        ("Numb between my legs", "Numb between his legs", "Numb between their legs"),
        ("It wakes me when I move", "It wakes him when he moves", "It wakes them when they move"),
        ("I am pregnant", "He is pregnant", "They are pregnant"),
        ("None of these", "None of these", "None of these"),
    ],
)
def test_the_words_on_an_option_are_about_the_other_one(label: str, he: str, they: str) -> None:
    assert (HE.label(label), THEY.label(label)) == (he, they)


def test_the_persons_own_words_stay_as_they_are() -> None:
    assert HE.text("You wrote “my dad says you know”. Is it your dad?") == (
        "You wrote “my dad says you know”. Is it his dad?"
    )


@pytest.mark.parametrize("person", [HE, SHE, THEY])
def test_nothing_about_somebody_else_is_said_as_if_to_them(person: ThirdPerson) -> None:
    texts = [*(sign.text for sign in KNOWLEDGE.safety_net), *(rule.why for rule in KNOWLEDGE.rules)]
    texts += [text for q in KNOWLEDGE.questions for text in (q.text, q.plainer, q.why, q.name)]
    texts += [care.text for care in KNOWLEDGE.care]
    texts += [topic.answer for topic in KNOWLEDGE.topics.values() if not topic.about_backchat]
    texts += [text for pattern in KNOWLEDGE.patterns for text in (pattern.meaning, pattern.course)]
    texts += [text for a in KNOWLEDGE.advice.values() for text in (a.title, a.action, a.follow_up)]
    texts += [other.action for a in KNOWLEDGE.advice.values() for other in a.for_some]
    kept = re.compile("|".join(map(re.escape, KNOWLEDGE.persons.kept)), re.IGNORECASE)
    told = [kept.sub("", person.text(text)) for text in texts]
    assert not [text for text in told if re.search(r"\byou('re|'ve|r|rself)?\b", text, re.IGNORECASE)]


@pytest.mark.parametrize("person", [HE, SHE, THEY])
def test_no_option_about_somebody_else_says_i(person: ThirdPerson) -> None:
    labels = [person.label(label) for q in KNOWLEDGE.questions for label in q.options.values()]
    assert not [label for label in labels if re.search(r"\b(I|I'm|me|my|myself)\b", label)]


@pytest.mark.parametrize("text", ["Thank you.", "Call your local emergency number.", "whenever you like"])
def test_what_is_meant_for_the_writer_stays_theirs(text: str) -> None:
    assert HE.text(text) == text


def test_answers_speak_of_somebody_else_but_what_is_about_backchat_does_not() -> None:
    medicines, privacy = KNOWLEDGE.topics["medicines"], KNOWLEDGE.topics["privacy"]
    assert "safe for him" in SPEAKER.answer(medicines, DAD)
    assert "safe for you" in SPEAKER.answer(medicines, {})
    assert privacy.answer in SPEAKER.answer(privacy, DAD)


@pytest.mark.parametrize("exercise", SPEAKER.exercises().values(), ids=lambda exercise: exercise.id)
def test_how_to_exercise_is_said_as_it_is_and_read_out_to_somebody_else(exercise: Topic) -> None:
    read_out = KNOWLEDGE.wording["read_out"]
    assert SPEAKER.how_to(exercise, DAD) == f"{read_out}\n{SPEAKER.how_to(exercise, {})}"


def test_only_somebody_else_is_spoken_about() -> None:
    speaker, dad = SPEAKER, DAD
    assert speaker.told("How old are you?", dad) == "How old is he?"
    assert speaker.told("How old are you?", {"subject": Known("self", "I", 1)}) == "How old are you?"
    assert speaker.option("Between my legs", dad) == "Between his legs"
    assert speaker.option("Between my legs", {}) == "Between my legs"
